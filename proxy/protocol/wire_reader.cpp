#include "proxy/protocol/wire_reader.hpp"

#include "storage/types/utf8.hpp"

namespace historyd::protocol {

namespace {
constexpr std::string_view too_short = "insufficient data left in message";
}

void wire_reader::fail(std::string_view message) {
    if (ok()) failure_ = message;
    rest_ = {};
}

std::uint64_t wire_reader::unsigned_number(std::size_t width) {
    std::uint64_t v = 0;
    for (const char c : bytes(static_cast<std::int64_t>(width))) {
        v = v << 8 | static_cast<unsigned char>(c);
    }
    return v;
}

char wire_reader::u8() {
    if (rest_.empty()) {
        fail("no data left in message");
        return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
}

std::string_view wire_reader::cstring() {
    const auto end = rest_.find('\0');
    if (end == rest_.npos) {
        fail("invalid string in message");
        return {};
    }
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
}

std::string_view wire_reader::text() {
    const auto read = cstring();
    if (types::check_utf8(read)) return read;
    invalid_text_ = read;
    fail("invalid byte sequence");
    return {};
}

std::string_view wire_reader::bytes(std::int64_t n) {
    if (n < 0 || static_cast<std::uint64_t>(n) > rest_.size()) {
        fail(too_short);
        return {};
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(n));
    rest_.remove_prefix(taken.size());
    return taken;
}

std::string_view wire_reader::rest() {
    const auto all = rest_;
    rest_ = {};
    return all;
}

result<void> wire_reader::finish() const {
    if (done()) return {};
    if (!invalid_text_.empty()) return types::check_utf8(invalid_text_);
    return sql_error(sqlstate::protocol_violation,
                     std::string(ok() ? "invalid message format" : failure_));
}

}  // namespace historyd::protocol
