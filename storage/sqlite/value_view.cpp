#include "storage/sqlite/value_view.hpp"

namespace historyd::sqlite {

value_view to_view(sqlite3_value* v) {
    const auto bytes = [v](const void* data) -> std::string_view {
        if (data == nullptr) return {};  // an empty one, or no memory
        return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_value_bytes(v))};
    };
    switch (sqlite3_value_type(v)) {
        case SQLITE_INTEGER:
            return sqlite3_value_int64(v);
        case SQLITE_FLOAT:
            return sqlite3_value_double(v);
        case SQLITE_TEXT:
            return bytes(sqlite3_value_text(v));
        case SQLITE_BLOB:
            return blob_view{bytes(sqlite3_value_blob(v))};
        default:
            return std::monostate{};
    }
}

}  // namespace historyd::sqlite
