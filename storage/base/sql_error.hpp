#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace historyd {

// SQLSTATEs we raise, named as PostgreSQL's errcodes.txt names them.
namespace sqlstate {
inline constexpr std::string_view successful_completion = "00000";
inline constexpr std::string_view warning = "01000";
inline constexpr std::string_view connection_exception = "08000";
inline constexpr std::string_view protocol_violation = "08P01";
inline constexpr std::string_view feature_not_supported = "0A000";
inline constexpr std::string_view cardinality_violation = "21000";
inline constexpr std::string_view string_data_right_truncation = "22001";
inline constexpr std::string_view numeric_value_out_of_range = "22003";
inline constexpr std::string_view null_value_not_allowed = "22004";
inline constexpr std::string_view invalid_datetime_format = "22007";
inline constexpr std::string_view datetime_field_overflow = "22008";
inline constexpr std::string_view invalid_time_zone_displacement_value = "22009";
inline constexpr std::string_view substring_error = "22011";
inline constexpr std::string_view division_by_zero = "22012";
inline constexpr std::string_view invalid_escape_sequence = "22025";
inline constexpr std::string_view interval_field_overflow = "22015";
inline constexpr std::string_view invalid_regular_expression = "2201B";
inline constexpr std::string_view invalid_argument_for_logarithm = "2201E";
inline constexpr std::string_view invalid_argument_for_power_function = "2201F";
inline constexpr std::string_view invalid_row_count_in_limit_clause = "2201W";
inline constexpr std::string_view invalid_row_count_in_offset_clause = "2201X";
inline constexpr std::string_view character_not_in_repertoire = "22021";
inline constexpr std::string_view invalid_parameter_value = "22023";
inline constexpr std::string_view array_subscript_error = "2202E";
inline constexpr std::string_view invalid_text_representation = "22P02";
inline constexpr std::string_view invalid_binary_representation = "22P03";
inline constexpr std::string_view bad_copy_file_format = "22P04";
inline constexpr std::string_view untranslatable_character = "22P05";
inline constexpr std::string_view integrity_constraint_violation = "23000";
inline constexpr std::string_view not_null_violation = "23502";
inline constexpr std::string_view foreign_key_violation = "23503";
inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view check_violation = "23514";
inline constexpr std::string_view invalid_cursor_state = "24000";
inline constexpr std::string_view active_sql_transaction = "25001";
inline constexpr std::string_view read_only_sql_transaction = "25006";
inline constexpr std::string_view no_active_sql_transaction = "25P01";
inline constexpr std::string_view in_failed_sql_transaction = "25P02";
inline constexpr std::string_view idle_in_transaction_session_timeout = "25P03";
inline constexpr std::string_view invalid_sql_statement_name = "26000";
inline constexpr std::string_view invalid_authorization_specification = "28000";
inline constexpr std::string_view invalid_password = "28P01";
inline constexpr std::string_view dependent_objects_still_exist = "2BP01";
inline constexpr std::string_view invalid_cursor_name = "34000";
inline constexpr std::string_view invalid_catalog_name = "3D000";
inline constexpr std::string_view external_routine_invocation_exception = "39000";
inline constexpr std::string_view invalid_savepoint_specification = "3B001";
inline constexpr std::string_view invalid_schema_name = "3F000";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock_detected = "40P01";
inline constexpr std::string_view syntax_error = "42601";
inline constexpr std::string_view invalid_name = "42602";
inline constexpr std::string_view duplicate_column = "42701";
inline constexpr std::string_view ambiguous_column = "42702";
inline constexpr std::string_view undefined_column = "42703";
inline constexpr std::string_view undefined_object = "42704";
inline constexpr std::string_view duplicate_object = "42710";
inline constexpr std::string_view duplicate_alias = "42712";
inline constexpr std::string_view ambiguous_function = "42725";
inline constexpr std::string_view grouping_error = "42803";
inline constexpr std::string_view datatype_mismatch = "42804";
inline constexpr std::string_view wrong_object_type = "42809";
inline constexpr std::string_view invalid_foreign_key = "42830";
inline constexpr std::string_view cannot_coerce = "42846";
inline constexpr std::string_view undefined_function = "42883";
inline constexpr std::string_view reserved_name = "42939";
inline constexpr std::string_view undefined_table = "42P01";
inline constexpr std::string_view undefined_parameter = "42P02";
inline constexpr std::string_view duplicate_cursor = "42P03";
inline constexpr std::string_view duplicate_prepared_statement = "42P05";
inline constexpr std::string_view duplicate_table = "42P07";
inline constexpr std::string_view ambiguous_parameter = "42P08";
inline constexpr std::string_view invalid_column_reference = "42P10";
inline constexpr std::string_view invalid_table_definition = "42P16";
inline constexpr std::string_view invalid_object_definition = "42P17";
inline constexpr std::string_view indeterminate_datatype = "42P18";
inline constexpr std::string_view insufficient_privilege = "42501";
inline constexpr std::string_view insufficient_resources = "53000";
inline constexpr std::string_view disk_full = "53100";
inline constexpr std::string_view out_of_memory = "53200";
inline constexpr std::string_view too_many_connections = "53300";
inline constexpr std::string_view configuration_limit_exceeded = "53400";
inline constexpr std::string_view program_limit_exceeded = "54000";
inline constexpr std::string_view statement_too_complex = "54001";
inline constexpr std::string_view too_many_columns = "54011";
inline constexpr std::string_view too_many_arguments = "54023";
inline constexpr std::string_view object_not_in_prerequisite_state = "55000";
inline constexpr std::string_view object_in_use = "55006";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view cant_change_runtime_param = "55P02";
inline constexpr std::string_view query_canceled = "57014";
inline constexpr std::string_view admin_shutdown = "57P01";
inline constexpr std::string_view cannot_connect_now = "57P03";
inline constexpr std::string_view io_error = "58030";
inline constexpr std::string_view config_file_error = "F0000";
inline constexpr std::string_view internal_error = "XX000";
inline constexpr std::string_view data_corrupted = "XX001";
}  // namespace sqlstate

enum class severity : std::uint8_t { debug, log, info, notice, warning, error, fatal, panic };

// One error, warning or notice in PostgreSQL's terms: the fields of ErrorResponse and
// NoticeResponse (PostgreSQL documentation, "Error and Notice Message Fields"). Empty strings are
// not sent.
struct sql_error {
    historyd::severity severity = historyd::severity::error;
    std::string sqlstate{sqlstate::internal_error};
    std::string message;
    std::string detail;
    std::string hint;
    int position = 0;  // 1-based, in characters of the client's query string; 0 when unknown
    std::string schema_name;
    std::string table_name;
    std::string column_name;
    std::string data_type_name;
    std::string constraint_name;
    std::string where;

    sql_error() = default;
    sql_error(std::string_view state, std::string text)
        : sqlstate(state), message(std::move(text)) {}

    // Fluent setters, so that an error is one expression where it is raised.
    // Both on a temporary and on a named error.
    sql_error&& with_detail(std::string text) && {
        detail = std::move(text);
        return std::move(*this);
    }
    sql_error&& with_hint(std::string text) && {
        hint = std::move(text);
        return std::move(*this);
    }
    sql_error&& with_position(int at) && {
        position = at;
        return std::move(*this);
    }
    sql_error&& with_severity(historyd::severity s) && {
        severity = s;
        return std::move(*this);
    }
};

// An error on the heap: results are returned and kept far more often than errors are made, and ten
// strings each would be most of every coroutine's frame.
class boxed_error {
public:
    boxed_error() = default;
    explicit boxed_error(sql_error error)
        : error_(std::make_shared<const sql_error>(std::move(error))) {}
    const sql_error& get() const;  // a default error where there is none

private:
    std::shared_ptr<const sql_error> error_;
};

// What fails as part of normal work returns this; the error always carries a SQLSTATE.
template <class T>
class result : public boost::system::result<T, boxed_error> {
    using base = boost::system::result<T, boxed_error>;

public:
    using base::base;
    result(sql_error error) : base(base::in_place_error, std::move(error)) {}

    // Shared with the result, which keeps it.
    const sql_error& error() const& { return base::error().get(); }
    sql_error error() && { return base::error().get(); }
};

// boost::system::result calls this from value() on an error; reaching it is a bug of ours.
[[noreturn]] void throw_exception_from_error(const boxed_error& error,
                                             const boost::source_location& at);

// 0A000 with a hint: SQL that historyd does not (yet) speak.
sql_error unsupported(std::string message, std::string hint = {});

std::string_view to_string(severity s);

}  // namespace historyd
