#include "storage/catalog/foreign_type.hpp"

#include <gtest/gtest.h>

namespace historyd::catalog {
namespace {

namespace t = types::type_oid;

struct declaration {
    const char* declared;
    types::oid type;
    std::int32_t typmod;
    bool foreign_form;
};

TEST(foreign_type, declarations) {
    constexpr declaration cases[] = {
        {"", t::text, -1, false},
        {"TEXT", t::text, -1, false},
        {"text", t::text, -1, false},
        {"VARCHAR(36)", t::varchar, 40, false},
        {"varchar", t::varchar, -1, false},
        {"CHAR(2)", t::varchar, 6, false},
        {"VARCHAR(0)", t::varchar, -1, false},
        {"INTEGER", t::int4, -1, false},
        {"INT", t::int4, -1, false},
        {"BIGINT", t::int8, -1, false},
        {"SMALLINT", t::int2, -1, false},
        {"DATETIME", t::timestamptz, -1, true},
        {"TIMESTAMP", t::timestamptz, -1, true},
        {"DATE", t::date, -1, true},
        {"BOOLEAN", t::bool_, -1, true},
        {"REAL", t::float8, -1, false},
        {"DOUBLE PRECISION", t::float8, -1, false},
        {"NUMERIC(10,2)", t::numeric, -1, true},
        {"BLOB", t::bytea, -1, false},
        {"JSON", t::json, -1, false},
        {"WHATEVER", t::text, -1, false},
    };
    for (const auto& c : cases) {
        const auto found = type_of_declaration(c.declared, false);
        EXPECT_EQ(found.type.id, c.type) << c.declared;
        EXPECT_EQ(found.type.typmod, c.typmod) << c.declared;
        EXPECT_EQ(found.foreign_form, c.foreign_form) << c.declared;
    }
    EXPECT_EQ(type_of_declaration("INTEGER", true).type.id, t::int8);
}

TEST(foreign_type, defaults) {
    const auto text = [](std::string_view sqlite, types::oid type) {
        return default_of_declaration(sqlite, {.id = type}).value_or("none");
    };
    EXPECT_EQ(text("0", t::int4), "0");
    EXPECT_EQ(text("'x'", t::text), "'x'::text");
    EXPECT_EQ(text("(1.5)", t::float8), "1.5");
    EXPECT_EQ(text("1", t::bool_), "true");
    EXPECT_EQ(text("FALSE", t::bool_), "false");
    EXPECT_EQ(text("7", t::text), "'7'::text");
    EXPECT_EQ(text("CURRENT_TIMESTAMP", t::timestamptz), "now()");
    EXPECT_EQ(text("CURRENT_TIMESTAMP", t::text), "none");
    EXPECT_EQ(text("(datetime('now'))", t::text), "none");
}

}  // namespace
}  // namespace historyd::catalog
