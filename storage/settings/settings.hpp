#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/types/type_io.hpp"

// SET, SHOW, RESET, pg_settings and ParameterStatus from one table of settings.

namespace historyd::settings {

enum class context : std::uint8_t { internal, postmaster, sighup, backend, superuser, user };
enum class kind : std::uint8_t { boolean, integer, real, string, enumeration };

struct definition {
    std::string_view name;       // as PostgreSQL spells it: DateStyle, search_path
    std::string_view default_value;
    settings::kind kind;
    settings::context context;
    std::string_view unit;       // "ms", "kB", "8kB" or empty
    std::string_view category;   // pg_settings.category
    std::string_view description;  // our own words
    std::string_view enum_values;  // comma separated, for enumerations
    std::string_view min, max;
    bool report;  // sent as ParameterStatus when it changes (GUC_REPORT)
};

std::span<const definition> all();
// Case-insensitive, as in PostgreSQL. Returns: nullptr when unknown (custom "a.b" names included).
const definition* find(std::string_view name);

struct report { std::string name, value; };

// The settings of one session: values by name, with PostgreSQL's transaction rules (SET is undone by
// ROLLBACK and by ROLLBACK TO, SET LOCAL ends with the transaction). Not thread-safe.
class session_settings {
public:
    // `startup`: options of the startup packet (already lower-level parsed: name, value).
    session_settings();

    // Checks and stores. Errors as PostgreSQL's: 42704 unknown, 22023 bad value, 55P02 cannot be
    // changed. The canonical spelling is what SHOW prints ("ISO, MDY", "on", "read committed").
    result<void> set(std::string_view name, std::string_view value, bool local);
    // As set, and makes it the session's default, which RESET goes back to (startup options).
    result<void> set_default(std::string_view name, std::string_view value);
    result<void> reset(std::string_view name, bool local = false);
    void reset_all();
    // SHOW's text. "transaction_isolation" and the like answer too.
    result<std::string> show(std::string_view name) const;
    std::string get(std::string_view name) const;  // empty when unknown
    // "30s", "500ms", "0" of a setting with unit ms. Returns: milliseconds.
    std::int64_t get_ms(std::string_view name) const;
    bool get_bool(std::string_view name) const;

    // Transaction marks, driven by the session's transaction state.
    void begin();
    void commit();
    void rollback();
    void savepoint();          // push a level
    void release();            // pop a level, keeping its changes
    void rollback_to();        // undo the changes of the top level, keeping the level

    // Reported settings that changed since the last call, in PostgreSQL's order.
    std::vector<report> take_reports();
    // All reported settings, for the start of a session.
    std::vector<report> all_reports() const;

    // How values are read and printed now (now_us left 0). Cached; cheap to call per statement.
    std::shared_ptr<const types::io_settings> io() const;
    // Grows whenever a setting changes that io() or name resolution depends on.
    std::uint64_t io_epoch() const;
    std::vector<std::string> search_path() const;  // folded names, "$user" left out

    // Name to value for every setting, pg_settings' and SHOW ALL's input.
    std::shared_ptr<const std::map<std::string, std::string>> snapshot() const;
};

}  // namespace historyd::settings
