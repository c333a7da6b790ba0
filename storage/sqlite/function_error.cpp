#include "storage/sqlite/function_error.hpp"

#include <algorithm>
#include <charconv>

namespace historyd::sqlite {

namespace {

constexpr std::string_view mark = "\x01HD";

void pack(std::string_view field, std::string& out) {
    // SQLite ends a message at the first NUL.
    const auto length = std::min(field.find('\0'), field.size());
    out += std::to_string(length);
    out += ':';
    out += field.substr(0, length);
}

// Takes fields off a packed message; sticky: one bad field fails all.
class unpacker {
public:
    explicit unpacker(std::string_view text) : text_(text) {}

    std::string field() {
        std::size_t length = 0;
        const auto* const end = text_.data() + text_.size();
        const auto [at, code] = std::from_chars(text_.data(), end, length);
        if (code != std::errc{} || at == end || *at != ':' ||
            length > static_cast<std::size_t>(end - at - 1)) {
            failed_ = true;
            text_ = {};
            return {};
        }
        std::string out(at + 1, length);
        text_.remove_prefix(static_cast<std::size_t>(at - text_.data()) + 1 + length);
        return out;
    }

    int number() {
        const auto text = field();
        int n = 0;
        std::from_chars(text.data(), text.data() + text.size(), n);
        return n;
    }

    bool done() const { return !failed_ && text_.empty(); }

private:
    std::string_view text_;
    bool failed_ = false;
};

}  // namespace

std::string pack_error(const sql_error& error) {
    std::string out(mark);
    pack(std::to_string(static_cast<int>(error.severity)), out);
    pack(std::to_string(error.position), out);
    for (const auto* field : {&error.sqlstate, &error.message, &error.detail, &error.hint,
                              &error.schema_name, &error.table_name, &error.column_name,
                              &error.data_type_name, &error.constraint_name, &error.where}) {
        pack(*field, out);
    }
    return out;
}

std::optional<sql_error> unpack_error(std::string_view message) {
    if (!message.starts_with(mark)) return std::nullopt;
    unpacker in(message.substr(mark.size()));
    sql_error error;
    const int level = in.number();
    error.position = in.number();
    for (auto* field : {&error.sqlstate, &error.message, &error.detail, &error.hint,
                        &error.schema_name, &error.table_name, &error.column_name,
                        &error.data_type_name, &error.constraint_name, &error.where}) {
        *field = in.field();
    }
    if (!in.done() || level < 0 || level > static_cast<int>(severity::panic)) return std::nullopt;
    error.severity = static_cast<severity>(level);
    return error;
}

void set_function_error(sqlite3_context* context, const sql_error& error) {
    const auto packed = pack_error(error);
    sqlite3_result_error(context, packed.c_str(), static_cast<int>(packed.size()));
}

void set_table_error(sqlite3_vtab* table, const sql_error& error) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s", pack_error(error).c_str());
}

}  // namespace historyd::sqlite
