#include "storage/outbox/stored_change.hpp"

#include "storage/catalog/name_scope.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/entry_text.hpp"
#include "storage/types/foreign_form.hpp"

namespace historyd::outbox {

namespace {

void normalize(const schema::relation& r, std::vector<named_value>& values) {
    for (auto& v : values) {
        const auto* column = r.find_column(v.column);
        if (column == nullptr || is_null(v.value)) continue;
        // A value of another form than the type's can only be another program's, in any column.
        if (types::is_storage_form(column->type.id, view_of(v.value))) continue;
        auto stored = types::from_foreign_form(column->type.id, view_of(v.value));
        // What cannot be read stays as it is: the backend says so, with its own words.
        if (stored) v.value = std::move(*stored);
    }
}

}  // namespace

result<change> change_of(const std::vector<value>& stored, const schema::schema& schema) {
    const catalog::stored_row row(stored);
    change out;
    out.seq = row.integer(0);
    out.txid = row.integer(1);
    out.created_us = row.integer(6);
    auto op = to_op(row.text(2));
    if (!op) return op.error();
    out.op = *op;
    if (out.op == change_op::ddl || out.op == change_op::truncate) {
        out.search_path = row.text(3);
        auto settings = decode_entry(row.text(4));
        if (!settings) return settings.error();
        out.settings = std::move(*settings);
        out.sql = row.text(5);
        return out;
    }
    out.table = row.text(3);
    auto names = catalog::split_dotted(out.table);
    if (!names || names->size() != 2) {
        return sql_error(sqlstate::data_corrupted, "an entry of the outbox is damaged")
            .with_detail("table \"" + out.table + "\"");
    }
    out.schema_name = (*names)[0];
    out.table_name = (*names)[1];
    auto key = decode_entry(row.text(4));
    if (!key) return key.error();
    auto values = decode_entry(row.text(5));
    if (!values) return values.error();
    out.key = std::move(*key);
    out.row = std::move(*values);
    if (const auto* r = schema.find_relation(out.schema_name, out.table_name)) {
        normalize(*r, out.key);
        normalize(*r, out.row);
    }
    return out;
}

}  // namespace historyd::outbox
