#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/types/pg_type.hpp"

// Values between PostgreSQL's external text form and storage form (see storage_form in
// pg_type.hpp). Pure; the binary wire format is proxy/protocol/binary_format.hpp.

namespace historyd::types {

enum class date_style : std::uint8_t { iso, sql, postgres, german };
enum class date_order : std::uint8_t { mdy, dmy, ymd };
enum class interval_style : std::uint8_t { postgres, postgres_verbose, sql_standard, iso_8601 };
enum class bytea_output : std::uint8_t { hex, escape };

// Names of what the reg* types point at, for the ones that are in a database's schema and not built
// in: provided by the layer that knows the schema. Any thread.
class object_names {
public:
    virtual ~object_names() = default;
    // Returns: the OID, or nullopt when there is no such object (42P01 and the like are raised
    // here).
    virtual std::optional<oid> find(oid reg_type, std::string_view name) const = 0;
    // Returns: the name as the reg* type prints it, or nullopt.
    virtual std::optional<std::string> name(oid reg_type, oid object) const = 0;
};

// The session's settings that change how values are read and printed.
struct io_settings {
    date_style style = date_style::iso;
    date_order order = date_order::mdy;
    interval_style intervals = interval_style::postgres;
    bytea_output bytea = bytea_output::hex;
    int extra_float_digits = 1;
    absl::TimeZone time_zone = absl::UTCTimeZone();
    std::string time_zone_name = "UTC";
    std::int64_t now_us =
        0;  // transaction start, microseconds since 1970-01-01 UTC ('now', 'today')
    std::shared_ptr<const object_names> names = nullptr;  // may be empty: reg* are numbers then
};

// Reads PostgreSQL's external text form of a value of `type`, applying its typmod as an input
// function does (varchar(n) longer than n: 22001 unless the excess is blanks; numeric(p,s) rounds,
// 22003 on overflow). Returns storage form, or 22P02, 22007, 22008, 22003, 22001, 22021, ...
result<value> text_in(type_ref type, std::string_view text, const io_settings& settings);

// Appends PostgreSQL's external text form of `v`, a non-NULL value in storage form.
// Tolerates what another program wrote into the file where it can be read as the type (INTEGER in a
// text column, ISO text with 'T' and any offset in a timestamptz column); else XX001.
result<void> text_out(type_ref type, const value_view& v, const io_settings& settings,
                      std::string& out);

// Forces a value already of type.id to the typmod, as an assignment (explicit = false) or as an
// explicit cast (explicit = true: varchar(n) truncates silently).
result<value> apply_typmod(type_ref type, value v, bool explicit_cast);

// Converts a value in storage form from one type to another as PostgreSQL's cast function does
// (int4 to text, numeric to int4 with rounding, timestamp to timestamptz in the session's zone,
// text to anything by its input function, anything to text by its output function, arrays element
// by element). Returns 42846 when there is no such cast.
result<value> cast(type_ref from, type_ref to, value v, const io_settings& settings,
                   bool explicit_cast);

}  // namespace historyd::types
