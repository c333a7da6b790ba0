#include <openssl/evp.h>

#include "storage/sqlite/functions/families.hpp"

// md5() and the SHA-2 family.

namespace historyd::sqlite {
namespace {

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char b : bytes) {
        out += digits[static_cast<unsigned char>(b) >> 4];
        out += digits[static_cast<unsigned char>(b) & 15];
    }
    return out;
}

result<std::string> digest(const EVP_MD* algorithm, std::string_view bytes) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                   algorithm, nullptr) != 1) {
        return sql_error(sqlstate::internal_error, "could not compute a digest");
    }
    out.resize(size);
    return out;
}

result<value> md5(const function_call& c) {
    auto bytes = digest(EVP_md5(), c.text(0));
    if (!bytes) return bytes.error();
    return value(hex(*bytes));
}

template <const EVP_MD* (*Algorithm)()>
result<value> sha2(const function_call& c) {
    auto bytes = digest(Algorithm(), c.text(0));
    if (!bytes) return bytes.error();
    return value(blob{std::move(*bytes)});
}

}  // namespace

std::span<const scalar_function> digest_functions() {
    static constexpr scalar_function functions[] = {
        strict<md5>("pg_md5", 1),
        strict<sha2<EVP_sha224>>("pg_sha224", 1),
        strict<sha2<EVP_sha256>>("pg_sha256", 1),
        strict<sha2<EVP_sha384>>("pg_sha384", 1),
        strict<sha2<EVP_sha512>>("pg_sha512", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
