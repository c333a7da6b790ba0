#include "storage/sql/type_name.hpp"

#include <gtest/gtest.h>

namespace historyd::sql {
namespace {

result<types::type_ref> resolve(const std::string& name) {
    const auto parsed = parse("select cast(null as " + name + ")");
    if (!parsed) return parsed.error();
    const auto& statement = parsed->front();
    const auto* target = statement.node->select_stmt->target_list[0]->res_target;
    return resolve_type_name(statement, *target->val->type_cast->type_name);
}

// Type OIDs and modifiers as PostgreSQL 15 reports them for a cast's result column.
TEST(type_name, names_and_modifiers_are_postgresqls) {
    struct sample {
        const char* name;
        types::oid id;
        int typmod;
    };
    for (const auto& [name, id, typmod] : {sample{"int", 23, -1},
                                           sample{"integer", 23, -1},
                                           sample{"int4", 23, -1},
                                           sample{"bigint", 20, -1},
                                           sample{"smallint", 21, -1},
                                           sample{"real", 700, -1},
                                           sample{"double precision", 701, -1},
                                           sample{"float", 701, -1},
                                           sample{"float(24)", 700, -1},
                                           sample{"decimal", 1700, -1},
                                           sample{"numeric(10,2)", 1700, 655366},
                                           sample{"numeric(5)", 1700, 327684},
                                           sample{"numeric(3,-2)", 1700, 198658},
                                           sample{"text", 25, -1},
                                           sample{"varchar", 1043, -1},
                                           sample{"varchar(20)", 1043, 24},
                                           sample{"character varying(1)", 1043, 5},
                                           sample{"char", 1042, 5},
                                           sample{"char(5)", 1042, 9},
                                           sample{"bpchar", 1042, -1},
                                           sample{"\"char\"", 18, -1},
                                           sample{"name", 19, -1},
                                           sample{"boolean", 16, -1},
                                           sample{"bytea", 17, -1},
                                           sample{"uuid", 2950, -1},
                                           sample{"json", 114, -1},
                                           sample{"jsonb", 3802, -1},
                                           sample{"date", 1082, -1},
                                           sample{"time", 1083, -1},
                                           sample{"time(3)", 1083, 3},
                                           sample{"time with time zone", 1266, -1},
                                           sample{"timestamp", 1114, -1},
                                           sample{"timestamp(0) without time zone", 1114, 0},
                                           sample{"timestamptz", 1184, -1},
                                           sample{"timestamp(3) with time zone", 1184, 3},
                                           sample{"timestamp(9)", 1114, 6},
                                           sample{"interval", 1186, -1},
                                           sample{"interval(3)", 1186, 2147418115},
                                           sample{"interval day", 1186, 589823},
                                           sample{"interval day to minute", 1186, 201916415},
                                           sample{"oid", 26, -1},
                                           sample{"regclass", 2205, -1},
                                           sample{"pg_catalog.int4", 23, -1},
                                           sample{"int[]", 1007, -1},
                                           sample{"int[3]", 1007, -1},
                                           sample{"text[][]", 1009, -1},
                                           sample{"varchar(5)[]", 1015, 9},
                                           sample{"int array", 1007, -1},
                                           sample{"_int4", 1007, -1},
                                           sample{"timestamptz[]", 1185, -1}}) {
        const auto type = resolve(name);
        ASSERT_TRUE(type) << name << ": " << type.error().message;
        EXPECT_EQ(type->id, id) << name;
        EXPECT_EQ(type->typmod, typmod) << name;
    }
}

TEST(type_name, errors_are_postgresqls) {
    struct sample {
        const char *name, *sqlstate, *message;
    };
    for (const auto& [name, sqlstate, message] :
         {sample{"datetime", "42704", "type \"datetime\" does not exist"},
          sample{"nosuch[]", "42704", "type \"nosuch[]\" does not exist"},
          sample{"other.int4", "42704", "type \"other.int4\" does not exist"},
          sample{"\"integer\"", "42704", "type \"integer\" does not exist"},
          sample{"serial", "42704", "type \"serial\" does not exist"},
          sample{"varchar(0)", "22023", "length for type varchar must be at least 1"},
          sample{"varchar(10485761)", "22023", "length for type varchar cannot exceed 10485760"},
          sample{"char(0)", "22023", "length for type char must be at least 1"},
          sample{"numeric(0)", "22023", "NUMERIC precision 0 must be between 1 and 1000"},
          sample{"numeric(5,2000)", "22023", "NUMERIC scale 2000 must be between -1000 and 1000"},
          sample{"text(5)", "42601", "type modifier is not allowed for type \"text\""},
          sample{"money", "0A000", "type \"money\" is not supported"}}) {
        const auto type = resolve(name);
        ASSERT_FALSE(type) << name;
        EXPECT_EQ(type.error().sqlstate, sqlstate) << name;
        EXPECT_EQ(type.error().message, message);
        EXPECT_EQ(type.error().position, 21) << name;
    }
}

}  // namespace
}  // namespace historyd::sql
