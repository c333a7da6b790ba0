#include "storage/outbox/stored_change.hpp"

#include "storage/catalog/name_scope.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/entry_text.hpp"
#include "storage/types/foreign_form.hpp"

namespace historyd::outbox {

namespace {

void normalize(std::vector<named_value>& values, const change& c, const schema::relation* r,
               const former_types& former) {
    for (auto& v : values) {
        if (is_null(v.value)) continue;
        auto type = former.at(c.table, v.column, c.seq);
        if (!type) {
            const auto* column = r == nullptr ? nullptr : r->find_column(v.column);
            if (column == nullptr) continue;
            type = column->type.id;
        }
        // A value of another form than the type's can only be another program's, in any column.
        if (types::is_storage_form(*type, view_of(v.value))) continue;
        auto stored = types::from_foreign_form(*type, view_of(v.value));
        // What cannot be read stays as it is: the backend says so, with its own words.
        if (stored) v.value = std::move(*stored);
    }
}

}  // namespace

result<change> change_of(const std::vector<value>& stored, const schema::schema& schema,
                         const former_types& former) {
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
    const auto* r = schema.find_relation(out.schema_name, out.table_name);
    normalize(out.key, out, r, former);
    normalize(out.row, out, r, former);
    return out;
}

}  // namespace historyd::outbox
