#include "proxy/rest/query/text_cursor.hpp"

namespace historyd::rest {

sql_error text_cursor::failure(std::string detail) const {
    return sql_error("PGRST100", "\"failed to parse " + std::string(parameter_) + " (" +
                                     std::string(text_) + ")\" (line 1, column " +
                                     std::to_string(at_ + 1) + ")")
        .with_detail(std::move(detail));
}

sql_error text_cursor::expected(std::string_view wanted) const {
    const auto found = done() ? std::string("end of input") : "\"" + std::string(1, peek()) + "\"";
    return failure("unexpected " + found + " expecting " + std::string(wanted));
}

}  // namespace historyd::rest
