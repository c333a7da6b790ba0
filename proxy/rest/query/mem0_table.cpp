#include "proxy/rest/query/mem0_table.hpp"

namespace historyd::rest {

namespace {

constexpr std::string_view table_columns = R"( (
  id text PRIMARY KEY,
  memory_id text NOT NULL,
  previous_value text,
  new_value text,
  action text NOT NULL,
  created_at timestamp with time zone DEFAULT timezone('utc', now()),
  updated_at timestamp with time zone,
  is_deleted integer DEFAULT 0
))";

}  // namespace

std::vector<sql_statement> mem0_table_statements(std::string_view table_name) {
    schema::relation table;
    table.name = table_name;
    const types::io_settings io;
    sql_text create(table, io), index(table, io);
    create << "CREATE TABLE IF NOT EXISTS ";
    create.table();
    create << table_columns;
    index << "CREATE INDEX IF NOT EXISTS ";
    index.name(table.name + "_memory_id_idx");
    index << " ON ";
    index.table();
    index << " (memory_id)";
    return {create.take(), index.take()};
}

}  // namespace historyd::rest
