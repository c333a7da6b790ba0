#include "storage/outbox/entry_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace historyd::outbox {

namespace {

constexpr std::array<std::pair<change_op, std::string_view>, 6> op_names{{
    {change_op::insert, "insert"},
    {change_op::put, "put"},
    {change_op::update, "update"},
    {change_op::remove, "delete"},
    {change_op::truncate, "truncate"},
    {change_op::ddl, "ddl"},
}};

sql_error damaged(std::string_view what) {
    return sql_error(sqlstate::data_corrupted, "an entry of the outbox is damaged")
        .with_detail(std::string(what));
}

// A cursor over literals; the first failure sticks.
class literal_reader {
public:
    explicit literal_reader(std::string_view text) : text_(text) {}

    bool failed() const { return failed_; }
    bool at_end() const { return at_ == text_.size(); }

    void comma() {
        if (at_end() || text_[at_++] != ',') failed_ = true;
    }
    std::string quoted() {
        std::string out;
        if (at_end() || text_[at_] != '\'') return fail(out);
        for (++at_;;) {
            const auto quote = text_.find('\'', at_);
            if (quote == std::string_view::npos) return fail(out);
            out += text_.substr(at_, quote - at_);
            at_ = quote + 1;
            if (at_end() || text_[at_] != '\'') return out;
            out += '\'';
            ++at_;
        }
    }
    historyd::value literal() {
        if (at_end()) return fail(historyd::value());
        if (text_[at_] == '\'') return quoted();
        if (text_[at_] == 'X' || text_[at_] == 'x') {
            ++at_;
            return bytes();
        }
        const auto word = text_.substr(at_, text_.find(',', at_) - at_);
        at_ += word.size();
        if (word == "NULL") return {};
        return number(word);
    }

private:
    template <class T>
    T fail(T v) {
        failed_ = true;
        return v;
    }
    static int digit(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }
    historyd::value bytes() {
        const auto hex = quoted();
        blob out;
        if (hex.size() % 2 != 0) failed_ = true;
        for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
            const int high = digit(hex[i]), low = digit(hex[i + 1]);
            if (high < 0 || low < 0) failed_ = true;
            out.bytes += static_cast<char>(high * 16 + low);
        }
        return out;
    }
    historyd::value number(std::string_view word) {
        const char* const end = word.data() + word.size();
        std::int64_t whole = 0;
        if (const auto [to, error] = std::from_chars(word.data(), end, whole);
            error == std::errc() && to == end && !word.empty()) {
            return whole;
        }
        // SQLite's infinity: Inf, in newer versions 9.0e+999.
        const bool negative = word.starts_with('-');
        constexpr auto infinity = std::numeric_limits<double>::infinity();
        if (word.substr(negative ? 1 : 0) == "Inf") return negative ? -infinity : infinity;
        double real = 0;
        const auto [to, error] = std::from_chars(word.data(), end, real);
        if (error == std::errc::result_out_of_range && to == end) {
            return word.find("e-") != std::string_view::npos ? 0.0
                   : negative                                ? -infinity
                                                             : infinity;
        }
        if (error != std::errc() || to != end) failed_ = true;
        return real;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

void append_quoted(std::string& out, std::string_view text) {
    out += '\'';
    for (;;) {
        const auto quote = text.find('\'');
        out += text.substr(0, quote);
        if (quote == std::string_view::npos) break;
        out += "''";
        text.remove_prefix(quote + 1);
    }
    out += '\'';
}

struct literal_writer {
    std::string& out;
    void operator()(std::monostate) const { out += "NULL"; }
    void operator()(std::int64_t n) const { out += std::to_string(n); }
    void operator()(double d) const {
        if (std::isinf(d)) {
            out += d < 0 ? "-Inf" : "Inf";
            return;
        }
        std::array<char, 32> text{};
        const auto [end, error] =
            std::to_chars(text.data(), text.data() + text.size(), d, std::chars_format::scientific);
        out.append(text.data(), end);
    }
    void operator()(std::string_view text) const { append_quoted(out, text); }
    void operator()(blob_view b) const {
        constexpr std::string_view digits = "0123456789ABCDEF";
        out += "X'";
        for (const char c : b.bytes) {
            const auto byte = static_cast<unsigned char>(c);
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
        out += '\'';
    }
};

}  // namespace

result<std::vector<named_value>> decode_entry(std::string_view text) {
    std::vector<named_value> out;
    literal_reader reader(text);
    while (!reader.at_end() && !reader.failed()) {
        if (!out.empty()) reader.comma();
        auto& v = out.emplace_back();
        v.column = reader.quoted();
        reader.comma();
        v.value = reader.literal();
    }
    if (reader.failed()) return damaged("not a list of names and values");
    return out;
}

void append_literal(std::string& out, const value_view& v) { std::visit(literal_writer{out}, v); }

std::string encode_entry(const std::vector<named_value>& values) {
    std::string out;
    for (const auto& v : values) {
        if (!out.empty()) out += ',';
        append_quoted(out, v.column);
        out += ',';
        append_literal(out, view_of(v.value));
    }
    return out;
}

std::string_view to_text(change_op op) { return op_names.at(static_cast<std::size_t>(op)).second; }

result<change_op> to_op(std::string_view text) {
    for (const auto& [op, name] : op_names) {
        if (name == text) return op;
    }
    return damaged("operation \"" + std::string(text) + "\"");
}

}  // namespace historyd::outbox
