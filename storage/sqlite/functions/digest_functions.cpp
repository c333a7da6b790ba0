#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>

#include "storage/sqlite/functions/families.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

// md5() and the SHA-2 family; digest(), hmac() and gen_random_bytes() of the extension pgcrypto,
// and the UUIDs that uuid-ossp makes of names.

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

result<const EVP_MD*> algorithm_named(std::string_view name) {
    std::string known(name);
    std::ranges::transform(known, known.begin(), types::to_lower);
    const auto* found = EVP_get_digestbyname(known.c_str());
    if (found != nullptr) return found;
    return sql_error(sqlstate::invalid_parameter_value,
                     "Cannot use \"" + std::string(name) + "\": No such hash algorithm");
}

result<value> named_digest(const function_call& c) {
    auto algorithm = algorithm_named(c.text(1));
    if (!algorithm) return algorithm.error();
    auto bytes = digest(*algorithm, c.text(0));
    if (!bytes) return bytes.error();
    return value(blob{std::move(*bytes)});
}

result<value> hmac(const function_call& c) {
    auto algorithm = algorithm_named(c.text(2));
    if (!algorithm) return algorithm.error();
    const auto data = c.text(0), key = c.text(1);
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    const auto* made = HMAC(*algorithm, key.empty() ? "" : key.data(), static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                            reinterpret_cast<unsigned char*>(out.data()), &size);
    if (made == nullptr) return sql_error(sqlstate::internal_error, "could not compute an hmac");
    out.resize(size);
    return value(blob{std::move(out)});
}

result<value> random_bytes(const function_call& c) {
    constexpr std::int64_t bytes_max = 1024;
    const auto size = c.integer(0);
    if (size < 1 || size > bytes_max) {
        return sql_error(sqlstate::external_routine_invocation_exception, "Length not in range");
    }
    std::string out(static_cast<std::size_t>(size), '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) != 1) {
        return sql_error(sqlstate::internal_error, "could not generate random bytes");
    }
    return value(blob{std::move(out)});
}

// RFC 4122, 4.3: of a namespace and a name in it.
template <const EVP_MD* (*Algorithm)(), int Version>
result<value> name_uuid(const function_call& c) {
    auto space = types::parse_uuid(c.text(0));
    if (!space) return space.error();
    std::string named;
    types::append_uuid_bytes(*space, named);
    auto made = digest(Algorithm(), named.append(c.text(1)));
    if (!made) return made.error();
    auto& bytes = *made;
    bytes.resize(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | (Version << 4));
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    types::append_uuid_text(bytes, text);
    return value(std::move(text));
}

}  // namespace

std::span<const scalar_function> digest_functions() {
    static constexpr scalar_function functions[] = {
        strict<md5>("pg_md5", 1),
        strict<sha2<EVP_sha224>>("pg_sha224", 1),
        strict<sha2<EVP_sha256>>("pg_sha256", 1),
        strict<sha2<EVP_sha384>>("pg_sha384", 1),
        strict<sha2<EVP_sha512>>("pg_sha512", 1),
        strict<named_digest>("pg_digest", 2),
        strict<hmac>("pg_hmac", 3),
        strict_volatile<random_bytes>("pg_random_bytes", 1),
        strict<name_uuid<EVP_md5, 3>>("pg_uuid_v3", 2),
        strict<name_uuid<EVP_sha1, 5>>("pg_uuid_v5", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
