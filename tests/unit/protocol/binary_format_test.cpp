#include "proxy/protocol/binary_format.hpp"

#include <gtest/gtest.h>

#include "../types/case_file.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::protocol {
namespace {

namespace type_oid = types::type_oid;
using types::describe;

std::string hex(std::string_view bytes) {
    std::string out;
    types::format_bytea_hex(bytes, out);
    return out.substr(2);
}
std::string from_hex(std::string_view text) {
    return *types::parse_bytea("\\x" + std::string(text));
}

std::string encoded(types::oid type, const value_view& v) {
    std::string out;
    const auto r = binary_out(type, v, out);
    return r ? hex(out) : describe(r.error());
}

// Lines of text.tsv with a value: type, its storage form here, and what PostgreSQL sends for it.
template <class Check>
void for_each_sent_value(Check check) {
    for (const auto& cells : types::read_cases("text.tsv")) {
        if (cells[3].starts_with('!')) continue;
        const auto type = types::type_of(cells[0]);
        const auto v = types::read_literal(type, cells[2], types::settings_of(cells[1]));
        if (!v) continue;  // text_io_test has the few deliberate differences
        check(type.id, *v, cells[4], cells[0] + " '" + cells[2] + "'");
    }
}

TEST(binary_format, sends_what_postgresql_sends) {
    for_each_sent_value(
        [](types::oid type, const value& v, const std::string& sent, const std::string& what) {
            EXPECT_EQ(encoded(type, view_of(v)), sent) << what;
        });
}

TEST(binary_format, reads_what_postgresql_sends) {
    for_each_sent_value(
        [](types::oid type, const value& v, const std::string& sent, const std::string& what) {
            const auto read = binary_in(type, from_hex(sent));
            ASSERT_TRUE(read) << what << " " << describe(read.error());
            EXPECT_EQ(*read, v) << what;
        });
}

TEST(binary_format, a_shorter_or_longer_value_is_refused_or_another_value) {
    for_each_sent_value([](types::oid type, const value&, const std::string& sent,
                           const std::string& what) {
        const std::string bytes = from_hex(sent);
        const auto* info = types::find_type(type);
        for (std::size_t n = 0; n <= bytes.size(); ++n) {
            const auto cut = binary_in(type, n == bytes.size() ? bytes + '\0' : bytes.substr(0, n));
            if (cut) continue;
            EXPECT_FALSE(cut.error().sqlstate.empty());
            EXPECT_NE(cut.error().sqlstate, sqlstate::internal_error) << what;
        }
        if (info->length > 0 && type != type_oid::name) {
            EXPECT_EQ(binary_in(type, bytes + '\0').error().sqlstate, "22P03") << what;
            EXPECT_EQ(binary_in(type, bytes.substr(1)).error().sqlstate, "22P03") << what;
        }
    });
}

TEST(binary_format, errors) {
    const auto error = [](types::oid type, std::string_view hex_bytes) {
        const auto r = binary_in(type, from_hex(hex_bytes));
        return r ? std::string("accepted") : describe(r.error());
    };
    EXPECT_EQ(error(type_oid::int4, "000001"), "!22P03|incorrect binary data format||");
    EXPECT_EQ(error(type_oid::text, "61ff"),
              "!22021|invalid byte sequence for encoding \"UTF8\": 0xff||");
    EXPECT_EQ(error(type_oid::text, "6100"),
              "!22021|invalid byte sequence for encoding \"UTF8\": 0x00||");
    EXPECT_EQ(error(type_oid::json, "7b"),
              "!22P02|invalid input syntax for type json|The input string ended unexpectedly.|");
    EXPECT_EQ(error(type_oid::jsonb, "027b7d"), "!22P03|unsupported jsonb version number 2||");
    EXPECT_EQ(error(type_oid::jsonb, ""), "!22P03|incorrect binary data format||");
    EXPECT_EQ(error(type_oid::timestamp, "7ffffffffffffffe"), "!22008|timestamp out of range||");
    EXPECT_EQ(error(type_oid::date, "7ffffffe"), "!22008|date out of range||");
    EXPECT_EQ(error(type_oid::time, "ffffffffffffffff"), "!22008|time out of range||");
    EXPECT_EQ(error(type_oid::timetz, "000000000000000000010000"),
              "!22009|time zone displacement out of range||");
    EXPECT_EQ(error(type_oid::numeric, "0001000012340000"),
              "!22P03|invalid sign in external \"numeric\" value||");
    EXPECT_EQ(error(type_oid::numeric, "00010000000000002710"),
              "!22P03|invalid digit in external \"numeric\" value||");
    EXPECT_EQ(error(type_oid::numeric, "000100000000ffff0001"),
              "!22P03|invalid scale in external \"numeric\" value||");
    EXPECT_EQ(error(type_oid::numeric, "ffff000000000000"),
              "!22P03|invalid length in external \"numeric\" value||");
    EXPECT_EQ(error(type_oid::record, ""),
              "!0A000|no binary input function available for type record||");
    EXPECT_EQ(error(type_oid::int4_array, "ffffffff0000000000000017"),
              "!22P03|invalid number of dimensions: -1||");
    EXPECT_EQ(error(type_oid::int4_array, "000000070000000000000017"),
              "!54000|number of array dimensions (7) exceeds the maximum allowed (6)||");
    EXPECT_EQ(error(type_oid::int4_array, "000000010000000200000017"),
              "!22P03|invalid array flags||");
    EXPECT_EQ(error(type_oid::int4_array, "000000000000000000000019"),
              "!42804|binary data has array element type 25 (text) instead of expected 23 "
              "(integer)||");
    // A length that promises far more than the message holds must not be believed.
    EXPECT_EQ(error(type_oid::int4_array, "00000001000000000000001707ffffff00000001"),
              "!22P03|incorrect binary data format||");
    EXPECT_EQ(error(type_oid::int4_array, "0000000100000000000000177fffffff00000001").substr(0, 6),
              "!54000");
}

TEST(binary_format, values_of_other_programs_are_read_on_the_way_out) {
    EXPECT_EQ(encoded(type_oid::timestamptz, "2000-01-01T00:00:00.000001Z"), "0000000000000001");
    EXPECT_EQ(encoded(type_oid::text, std::int64_t{12}), "3132");
    EXPECT_EQ(encoded(type_oid::int4, std::int64_t{1} << 40), "!22003|integer out of range||");
    EXPECT_EQ(encoded(type_oid::uuid, "x").substr(0, 6), "!XX001");
    EXPECT_EQ(encoded(type_oid::int2vector, "1 2"), encoded(type_oid::int2vector, "[0:1]={1,2}"));
    EXPECT_EQ(encoded(type_oid::float8, "NaN"), "7ff8000000000000");
}

}  // namespace
}  // namespace historyd::protocol
