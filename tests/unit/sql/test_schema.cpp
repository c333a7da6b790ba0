#include "tests/unit/sql/test_schema.hpp"

#include "storage/sql/parse.hpp"
#include "storage/sql/type_name.hpp"

namespace historyd::sql::testing {

namespace {

using namespace types::type_oid;

struct column_definition {
    std::string_view name;
    type_ref type;
    bool not_null = false;
};
struct table_definition {
    std::string_view name;
    std::vector<column_definition> columns;
    bool keyed = true;  // the first column is the primary key
    bool view = false;
};

const std::vector<table_definition>& definitions() {
    static const std::vector<table_definition> tables = {
        {"history",
         {{"id", {text}, true},
          {"memory_id", {text}},
          {"old_memory", {text}},
          {"new_memory", {text}},
          {"event", {text}},
          {"created_at", {timestamptz}},
          {"updated_at", {timestamptz}},
          {"is_deleted", {int4}},
          {"actor_id", {text}},
          {"role", {text}}}},
        {"messages",
         {{"id", {text}, true},
          {"session_scope", {text}},
          {"role", {text}},
          {"content", {text}},
          {"name", {text}},
          {"created_at", {timestamptz}}}},
        {"memory_history",
         {{"id", {text}, true},
          {"memory_id", {text}, true},
          {"previous_value", {text}},
          {"new_value", {text}},
          {"action", {text}, true},
          {"created_at", {timestamptz}},
          {"updated_at", {timestamptz}},
          {"is_deleted", {int4}}}},
        {"inf",
         {{"i2", {int2}},      {"i4", {int4}},        {"i8", {int8}},       {"f4", {float4}},
          {"f8", {float8}},    {"n", {numeric}},      {"t", {text}},        {"v", {varchar, 24}},
          {"c", {bpchar, 9}},  {"b", {bool_}},        {"by", {bytea}},      {"u", {uuid}},
          {"ts", {timestamp}}, {"tz", {timestamptz}}, {"d", {date}},        {"ti", {time}},
          {"j", {json}},       {"jb", {jsonb}},       {"ta", {text_array}}, {"ia", {int4_array}}},
         false},
        {"author", {{"id", {int4}, true}, {"name", {text}, true}, {"born", {date}}}},
        {"book",
         {{"id", {int4}, true},
          {"author_id", {int4}, true},
          {"title", {varchar, 54}, true},
          {"price", {numeric, 655366}},
          {"sold", {int8}}}},
        {"cheap",
         {{"id", {int4}}, {"title", {varchar, 54}}, {"price", {numeric, 655366}}},
         false,
         true},
    };
    return tables;
}

std::string_view affinity(oid type) {
    switch (types::find_type(type)->form) {
        case types::storage_form::integer:
            return "INTEGER";
        case types::storage_form::real:
            return "REAL";
        case types::storage_form::text:
            return "TEXT";
        case types::storage_form::blob:
            return "BLOB";
    }
    return "";
}

}  // namespace

std::shared_ptr<const schema::schema> test_schema() {
    auto out = std::make_shared<schema::schema>();
    out->epoch = 7;
    out->namespaces = {{.id = schema::pg_catalog_oid, .name = "pg_catalog", .comment = {}},
                       {.id = schema::public_oid, .name = "public", .comment = {}}};
    oid next = schema::first_user_oid;
    for (const auto& table : definitions()) {
        auto r = std::make_shared<schema::relation>();
        r->id = next++;
        r->name = table.name;
        r->sqlite_name = table.name;
        if (table.view) r->kind = schema::relation_kind::view;
        for (const auto& c : table.columns) {
            schema::column column;
            column.name = c.name;
            column.type = c.type;
            column.not_null = c.not_null;
            column.attnum = r->next_attnum++;
            r->columns.push_back(std::move(column));
        }
        if (table.keyed) {
            schema::constraint key;
            key.name = r->name + "_pkey";
            key.kind = schema::constraint_kind::primary_key;
            key.columns = {1};
            r->constraints.push_back(std::move(key));
        }
        out->relations.push_back(std::move(r));
    }
    out->next_oid = next;
    out->index_names();
    return out;
}

std::string test_schema_sqlite() {
    std::string out;
    for (const auto& table : definitions()) {
        out += "CREATE TABLE \"" + std::string(table.name) + "\" (";
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const auto& c = table.columns[i];
            out += (i > 0 ? ", \"" : "\"") + std::string(c.name) + "\" ";
            out += affinity(c.type.id);
            if (c.not_null) out += " NOT NULL";
            if (i == 0 && table.keyed) out += " PRIMARY KEY";
        }
        out += ");\n";
    }
    return out + "CREATE INDEX history_memory ON history(memory_id);\n";
}

result<plan_ptr> translate_text(const std::string& sql, std::span<const oid> parameter_types) {
    static const auto schema = test_schema();
    auto statements = parse(sql);
    if (!statements) return statements.error();
    const translate_input input{.schema = *schema,
                                .io = std::make_shared<const types::io_settings>(),
                                .search_path = {"public"},
                                .parameter_types = parameter_types,
                                .user = "tester",
                                .database = "mem0"};
    return translate(statements->front(), input);
}

}  // namespace historyd::sql::testing
