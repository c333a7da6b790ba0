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
    std::string_view name;  // as PostgreSQL spells it: DateStyle, search_path
    std::string_view default_value;
    settings::kind kind;
    settings::context context;
    std::string_view unit;         // "ms", "kB", "8kB" or empty
    std::string_view category;     // pg_settings.category
    std::string_view description;  // our own words
    std::string_view enum_values;  // comma separated, for enumerations
    std::string_view min, max;
    bool report;  // sent as ParameterStatus when it changes (GUC_REPORT)
    bool hidden;  // answers SHOW, but is not in pg_settings or SHOW ALL
};

// In PostgreSQL's order: by name, case ignored.
std::span<const definition> all();
// Case-insensitive, as in PostgreSQL. Returns: nullptr when unknown (custom "a.b" names included).
const definition* find(std::string_view name);

struct report {
    std::string name, value;
};

// What is asked for each statement.
struct frequent_settings {
    std::int64_t statement_timeout_ms = 0, lock_timeout_ms = 0, idle_session_timeout_ms = 0;
    std::int64_t idle_in_transaction_session_timeout_ms = 0;
    bool read_only = false;           // transaction_read_only
    bool snapshot_isolation = false;  // transaction_isolation: repeatable read and above
    bool serializable = false;
    std::string application_name;
};

// The value in the setting's base unit as pg_settings.setting has it: "90000" for "90s".
std::string setting_text(const definition& setting, const std::string& shown);

// The settings of one session: values by name, with PostgreSQL's transaction rules (SET is undone
// by ROLLBACK and by ROLLBACK TO, SET LOCAL ends with the transaction). Not thread-safe.
class session_settings {
public:
    session_settings();

    // Checks and stores. Errors as PostgreSQL's: 42704 unknown, 22023 bad value, 55P02 cannot be
    // changed, 42501 for a superuser's. The stored spelling is what SHOW prints ("ISO, MDY", "on").
    // `local` outside a transaction checks and changes nothing.
    result<void> set(std::string_view name, std::string_view value, bool local);
    // As set, and makes it the session's default, which RESET goes back to (startup options).
    result<void> set_default(std::string_view name, std::string_view value);
    // As set_default for what only the server itself may change (session_authorization, port).
    result<void> set_internal(std::string_view name, std::string_view value);
    result<void> reset(std::string_view name, bool local = false);
    void reset_all();
    // SHOW's text. "transaction_isolation" and the like answer too.
    result<std::string> show(std::string_view name) const;
    std::string get(std::string_view name) const;  // empty when unknown
    // "30s", "500ms", "0" of a setting with a unit of time. Returns: milliseconds.
    std::int64_t get_ms(std::string_view name) const;
    bool get_bool(std::string_view name) const;
    // Read anew when a setting has changed.
    const frequent_settings& frequent() const;

    // Transaction marks, driven by the session's transaction state.
    void begin();
    void commit();
    void rollback();
    void savepoint();    // push a level
    void release();      // pop a level, keeping its changes
    void rollback_to();  // undo the changes of the top level, keeping the level

    // Reported settings that changed since the last call, in PostgreSQL's order.
    std::vector<report> take_reports();
    // All reported settings, for the start of a session.
    std::vector<report> all_reports() const;

    // How values are read and printed now (now_us left 0). Cached; cheap to call per statement.
    std::shared_ptr<const types::io_settings> io() const;
    // Grows whenever a setting changes that io() or name resolution depends on.
    std::uint64_t io_epoch() const { return io_epoch_; }
    std::vector<std::string> search_path() const;  // folded names, "$user" left out

    // Name (as all() spells it; custom ones folded) to SHOW's text for every setting that is set;
    // input of pg_settings, SHOW ALL and current_setting.
    std::shared_ptr<const std::map<std::string, std::string>> snapshot() const;

private:
    // A setting's value: the session's, and that of SET LOCAL, which hides it for a transaction.
    struct state {
        std::string session;
        std::optional<std::string> local;
        bool operator==(const state&) const = default;
    };
    // What a transaction or savepoint changed: the state before, nullopt when there was none.
    using undo_level = std::map<std::string, std::optional<state>, std::less<>>;

    result<void> check_changeable(const definition& setting) const;
    result<std::string> checked(const definition* setting, std::string_view given,
                                std::string_view value) const;
    void store(const std::string& key, std::string value, bool local);
    void store_default(const std::string& key, std::string value);
    void restore(undo_level& level);
    void changed(std::string_view key);
    const std::string* current(std::string_view key) const;
    const std::string* shown(std::string_view key) const;

    std::map<std::string, state, std::less<>> values_;          // by canonical name
    std::map<std::string, std::string, std::less<>> defaults_;  // what RESET goes back to
    std::vector<undo_level> levels_;                            // empty outside a transaction
    std::vector<std::string> reported_;  // what the client knows, in the order of all_reports()
    bool report_due_ = true;
    std::uint64_t io_epoch_ = 1;
    mutable std::optional<frequent_settings> frequent_;
    mutable std::shared_ptr<const types::io_settings> io_;
    mutable std::shared_ptr<const std::map<std::string, std::string>> snapshot_;
};

}  // namespace historyd::settings
