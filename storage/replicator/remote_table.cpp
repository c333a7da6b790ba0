#include "storage/replicator/remote_table.hpp"

#include <algorithm>

#include "storage/base/quoted.hpp"

namespace historyd::replicator {

namespace {

constexpr std::string_view describe = R"(
SELECT a.attname,
       -- As a cast "character" is character(1), and "bit" bit(1).
       CASE a.atttypid WHEN 'bpchar'::regtype THEN 'pg_catalog.bpchar'
                       WHEN 'bpchar[]'::regtype THEN 'pg_catalog._bpchar'
                       WHEN '"bit"'::regtype THEN 'pg_catalog."bit"'
                       WHEN '"bit"[]'::regtype THEN 'pg_catalog._bit'
                       ELSE format_type(a.atttypid, NULL) END,
       format_type(a.atttypid, a.atttypmod),
       a.attgenerated <> '',
       EXISTS (SELECT FROM pg_catalog.pg_constraint f
               WHERE f.contype = 'f' AND c.oid IN (f.conrelid, f.confrelid)),
       c.relkind = 'r' AND a.attname = 'memory_id'
           AND c.relname IN ('history', 'memory_history')
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                           WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL),
       n.nspname,
       a.attidentity = 'a',
       CASE WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                AND has_sequence_privilege(o.name, 'SELECT')
                AND has_sequence_privilege(o.name, 'UPDATE')
            THEN o.name END,
       (SELECT q.seqincrement < 0 FROM pg_catalog.pg_sequence q WHERE q.seqrelid = o.name::regclass),
       EXISTS (SELECT FROM pg_catalog.pg_constraint f
               WHERE f.contype = 'f' AND f.condeferrable AND NOT f.condeferred
                     AND c.oid IN (f.conrelid, f.confrelid))
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
CROSS JOIN LATERAL pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) AS o(name)
WHERE n.nspname = coalesce(nullif($1, ''), current_schema()) AND c.relname = $2 AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)";

}  // namespace

const remote_column* remote_table::find(std::string_view column) const {
    const auto found = std::ranges::find(columns, column, &remote_column::name);
    return found == columns.end() ? nullptr : &*found;
}

std::string remote_table::sql_name() const {
    return (schema_name.empty() ? "" : quote_name(schema_name) + ".") + quote_name(name);
}

postgres::query describe_table(const std::string& schema_name, const std::string& name) {
    return {
        .sql = std::string(describe),
        .parameters = {postgres::parameter::text(schema_name), postgres::parameter::text(name)}};
}

remote_table table_of(const std::string& schema_name, const std::string& name,
                      const postgres::rows& described) {
    remote_table t{.schema_name = schema_name, .name = name, .columns = {}};
    for (std::size_t i = 0; i < described.size(); ++i) {
        t.schema_name = described.text(i, 6);
        t.columns.push_back({.name = std::string(described.text(i, 0)),
                             .type = std::string(described.text(i, 1)),
                             .full_type = std::string(described.text(i, 2)),
                             .generated = described.text(i, 3) == "t",
                             .identity_always = described.text(i, 7) == "t",
                             .sequence = std::string(described.text(i, 8)),
                             .counts_down = described.text(i, 9) == "t"});
        t.has_foreign_keys = described.text(i, 4) == "t";
        t.has_keys_to_defer = described.text(i, 10) == "t";
        t.wants_memory_index = t.wants_memory_index || described.text(i, 5) == "t";
    }
    return t;
}

}  // namespace historyd::replicator
