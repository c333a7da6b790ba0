#include "storage/transfer/pg_tables.hpp"

#include "storage/transfer/record.hpp"

namespace historyd::transfer {

result<pg_tables> read_pg_tables(pg_connection& connection) {
    std::vector<std::string_view> names;
    for (const auto& t : tables()) {
        names.push_back(t.name);
        names.insert(names.end(), t.older_names.begin(), t.older_names.end());
    }
    auto rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY ($1::text[])"
        " ORDER BY table_name, ordinal_position",
        {array_literal(names)});
    if (!rows) return rows.error();
    pg_tables out;
    for (int i = 0; i < PQntuples(rows->get()); ++i) {
        const auto field = [&](int column) { return PQgetvalue(rows->get(), i, column); };
        out[field(0)].push_back({.name = field(1), .type = field(2)});
    }
    return out;
}

std::vector<std::string> names_of(const std::vector<pg_column>& columns) {
    std::vector<std::string> out;
    for (const auto& c : columns) out.push_back(c.name);
    return out;
}

}  // namespace historyd::transfer
