#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/rest/query/request.hpp"
#include "storage/schema/schema.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::rest {

// One statement: text with $1, $2, ..., their types and their values in storage form.
struct sql_statement {
    std::string text;
    std::vector<types::oid> types;
    std::vector<value> parameters;
};

// Writes the pieces of a statement over one table. Names are quoted; every value is a parameter of
// the type its column was declared with. A column that is not there is left to the engine, whose
// error says so. Errors: those of the types' input functions.
class sql_text {
public:
    sql_text(const schema::relation& table, const types::io_settings& io)
        : table_(table), io_(io) {}

    sql_text& operator<<(std::string_view text) {
        out_.text += text;
        return *this;
    }
    void table();
    void column(std::string_view name);
    void name(std::string_view name);
    // "a", "b"
    void names(const std::vector<std::string>& all);
    // A value of the type; the typmod is applied as in an assignment.
    result<void> parameter(types::type_ref type, std::string_view text);
    void null_parameter(types::oid type);

    void select(const std::vector<select_item>& items, bool strip_nulls);
    // " WHERE ..." unless there is none.
    result<void> where(const std::vector<condition_node>& all);
    void order_by(const std::vector<order_term>& terms);
    // ", a, b": what the terms order by, as columns.
    void order_columns(const std::vector<order_term>& terms);
    void limit(const row_range& range);

    sql_statement take() { return std::move(out_); }

private:
    // Returns: the field's type.
    types::oid field(const rest::field& of);
    void typed_parameter(types::oid type, value v);
    void item(const select_item& item, bool strip_nulls);
    result<void> node(const condition_node& node);
    result<void> group(const condition_group& group);
    result<void> condition(const rest::condition& c);
    result<void> compare(const comparison& c, types::oid type);
    result<void> in(const in_list& list, types::oid type);

    const schema::relation& table_;
    const types::io_settings& io_;
    sql_statement out_;
};

}  // namespace historyd::rest
