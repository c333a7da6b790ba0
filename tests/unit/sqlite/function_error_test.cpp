#include "storage/sqlite/function_error.hpp"

#include <gtest/gtest.h>

namespace historyd::sqlite {
namespace {

sql_error full_error() {
    sql_error e(sqlstate::division_by_zero, "division by zero");
    e.severity = severity::fatal;
    e.detail = "with \x01 and : inside, 12:34";
    e.hint = "hint";
    e.position = 17;
    e.schema_name = "public";
    e.table_name = "t";
    e.column_name = "c";
    e.data_type_name = "int4";
    e.constraint_name = "t_check";
    e.where = "somewhere\nelse";
    return e;
}

TEST(FunctionError, EveryFieldSurvivesPacking) {
    const auto before = full_error();
    const auto after = unpack_error(pack_error(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->severity, before.severity);
    EXPECT_EQ(after->sqlstate, before.sqlstate);
    EXPECT_EQ(after->message, before.message);
    EXPECT_EQ(after->detail, before.detail);
    EXPECT_EQ(after->hint, before.hint);
    EXPECT_EQ(after->position, before.position);
    EXPECT_EQ(after->schema_name, before.schema_name);
    EXPECT_EQ(after->table_name, before.table_name);
    EXPECT_EQ(after->column_name, before.column_name);
    EXPECT_EQ(after->data_type_name, before.data_type_name);
    EXPECT_EQ(after->constraint_name, before.constraint_name);
    EXPECT_EQ(after->where, before.where);
}

TEST(FunctionError, OrdinaryMessagesAreNotErrors) {
    EXPECT_FALSE(unpack_error("no such table: t"));
    EXPECT_FALSE(unpack_error(""));
}

TEST(FunctionError, TruncatedPackingIsRefused) {
    const auto packed = pack_error(full_error());
    for (std::size_t length = 0; length < packed.size(); ++length) {
        EXPECT_FALSE(unpack_error(std::string_view(packed).substr(0, length))) << length;
    }
    EXPECT_FALSE(unpack_error(packed + "x"));
}

TEST(FunctionError, LengthBeyondTheTextIsRefused) {
    EXPECT_FALSE(unpack_error("\x01HD99999999999999999999:x"));
    EXPECT_FALSE(unpack_error("\x01HD18446744073709551615:x"));
}

}  // namespace
}  // namespace historyd::sqlite
