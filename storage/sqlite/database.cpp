#include "storage/sqlite/database.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <thread>
#include <unordered_map>

#include "storage/sqlite/configuration.hpp"
#include "storage/sqlite/memory_budget.hpp"

namespace historyd::sqlite {

namespace {

// Texts of the hot path are few; a daemon's long tail must not hold memory for ever.
constexpr std::size_t cached_statements_max = 512;
// Virtual machine steps between two looks at cancellation: well under a millisecond.
constexpr int progress_steps = 1000;
// About a tenth of a millisecond.
constexpr int looks_between_offers = 2;
// Another program (stock mem0) writes for moments only; see storage/DESIGN.md.
constexpr std::chrono::milliseconds busy_patience{5000}, busy_pause{1};
// To be switched off. They hash a join's keys by their length (up to 3.40), also where the
// collation takes texts of different length for equal: char(n), jsonb, interval. The number is that
// of sqliteInt.h; tests/sql/cases/select_joins.slt would tell.
constexpr int bloom_filters = 0x00080000;

// storage/DESIGN.md, "Small pages".
constexpr auto new_file_pages = "PRAGMA page_size=2048";

// Another program holds the lock. SQLite's own handler soon looks ten times a second only, and one
// that writes again and again lets go for less than a millisecond.
int wait_for_lock(void*, int looks) {
    if (looks * busy_pause >= busy_patience) return 0;
    std::this_thread::sleep_for(busy_pause);
    return 1;
}

value_view column_view(sqlite3_stmt* s, int i) {
    const auto bytes = [&](const void* data) {
        return std::string_view(static_cast<const char*>(data),
                                static_cast<std::size_t>(sqlite3_column_bytes(s, i)));
    };
    switch (sqlite3_column_type(s, i)) {
        case SQLITE_INTEGER:
            return sqlite3_column_int64(s, i);
        case SQLITE_FLOAT:
            return sqlite3_column_double(s, i);
        case SQLITE_TEXT:
            return bytes(sqlite3_column_text(s, i));
        case SQLITE_BLOB: {
            const void* data = sqlite3_column_blob(s, i);
            return blob_view{data == nullptr ? std::string_view() : bytes(data)};
        }
        default:
            return std::monostate{};
    }
}

struct binder {
    sqlite3_stmt* statement;
    int index;
    int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
    int operator()(std::int64_t i) const { return sqlite3_bind_int64(statement, index, i); }
    int operator()(double d) const { return sqlite3_bind_double(statement, index, d); }
    int operator()(std::string_view s) const {
        return sqlite3_bind_text64(statement, index, data_of(s), s.size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    }
    int operator()(const blob& b) const { return (*this)(blob_view{b.bytes}); }
    int operator()(blob_view b) const {
        return sqlite3_bind_blob64(statement, index, data_of(b.bytes), b.bytes.size(),
                                   SQLITE_STATIC);
    }
    // A null pointer would bind NULL.
    static const char* data_of(std::string_view s) { return s.data() == nullptr ? "" : s.data(); }
};

}  // namespace

struct database::impl {
    std::unique_ptr<sqlite3, connection_closer> handle;
    const statement_context* context = nullptr;
    const std::deque<value_rows>* kept_rows = nullptr;
    std::optional<int> looks_left;         // of on_progress, before what runs is ended
    std::optional<int> looks_since_offer;  // of on_progress, since other threads had the core
    std::int64_t held_bytes = 0;           // by what was prepared last

    // Idle statements, most recently used first; by text, those on loan too.
    using entry = cached_statement::entry;
    std::list<entry> idle;
    std::unordered_map<std::string_view, std::list<entry>::iterator> by_text;

    ~impl() {
        by_text.clear();
        idle.clear();
    }

    std::list<entry> lend(std::list<entry>::iterator from_idle) {
        std::list<entry> loan;
        loan.splice(loan.begin(), idle, from_idle);
        return loan;
    }

    void put_back(std::list<entry> loan) {
        auto& back = loan.front();
        if (!back.is_known) {
            if (by_text.contains(back.text)) return;
            by_text.emplace(back.text, loan.begin());
            back.is_known = true;
        }
        back.is_lent = false;
        idle.splice(idle.begin(), loan);
        if (idle.size() > cached_statements_max) {
            by_text.erase(idle.back().text);
            idle.pop_back();
        }
    }

    static int on_progress(void* self) {
        auto& own = *static_cast<impl*>(self);
        if (own.looks_left && --*own.looks_left < 0) return 1;
        if (own.looks_since_offer && ++*own.looks_since_offer == looks_between_offers) {
            own.looks_since_offer = 0;
            std::this_thread::yield();
        }
        const auto* running = own.context;
        return running != nullptr && interruption(*running) ? 1 : 0;
    }
};

database::database(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
database::~database() = default;

result<std::unique_ptr<database>> database::open(const std::filesystem::path& file, open_mode mode,
                                                 std::span<const extension> extensions) {
    const int flags = (mode == open_mode::read_only ? SQLITE_OPEN_READONLY
                                                    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    configure();
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
    std::unique_ptr<database> db(new database(std::make_unique<impl>()));
    db->impl_->handle.reset(raw);
    if (code != SQLITE_OK) {
        return sql_error(sqlstate::io_error,
                         "could not open \"" + file.string() + "\": " + sqlite3_errstr(code));
    }
    sqlite3_busy_handler(raw, wait_for_lock, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    // Our own tables' CHECKs, defaults and views call functions of ours that are not marked
    // innocuous.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, raw, bloom_filters);
    sqlite3_progress_handler(raw, progress_steps, &impl::on_progress, db->impl_.get());
    if (auto set = db->run("PRAGMA synchronous=FULL"); !set) {
        return set.error();
    }
    const auto* const by_mode =
        mode == open_mode::read_only ? "PRAGMA query_only=ON" : new_file_pages;
    if (auto set = db->run(by_mode); !set) return set.error();
    for (const auto& extend : extensions) {
        if (auto extended = extend(*db); !extended) return extended.error();
    }
    return db;
}

sqlite3* database::handle() const { return impl_->handle.get(); }

const statement_context* database::context() const { return impl_->context; }

void database::set_context(const statement_context* context) { impl_->context = context; }

const std::deque<value_rows>* database::kept_rows() const { return impl_->kept_rows; }

void database::set_kept_rows(const std::deque<value_rows>* rows) { impl_->kept_rows = rows; }

bool database::has_pending_checks() const {
    int violated = 0, unused = 0;
    sqlite3_db_status(handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &violated, &unused, 0);
    return violated != 0;
}

result<void> database::put_off_checks(bool on) {
    return run(on ? "PRAGMA defer_foreign_keys = ON" : "PRAGMA defer_foreign_keys = OFF");
}

bool database::puts_off_checks() const {
    bool on = false;
    const auto read = [](void* to, int columns, char** values, char**) {
        *static_cast<bool*>(to) = columns == 1 && values[0] != nullptr && values[0][0] == '1';
        return 0;
    };
    sqlite3_exec(handle(), "PRAGMA defer_foreign_keys", read, &on, nullptr);
    return on;
}

bool database::in_autocommit() const { return sqlite3_get_autocommit(handle()) != 0; }

void database::interrupt() { sqlite3_interrupt(handle()); }

void database::limit_steps(std::optional<int> steps) {
    impl_->looks_left.reset();
    if (steps) impl_->looks_left = (*steps + progress_steps - 1) / progress_steps;
}

bool database::ran_out_of_steps() const { return impl_->looks_left && *impl_->looks_left < 0; }

void database::offer_core() { impl_->looks_since_offer = 0; }

result<void> database::run(const std::string& sql) {
    const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    const auto* running = context();
    return error_from(*this, code, running != nullptr ? running->schema.get() : nullptr);
}

result<cached_statement> database::prepare(const std::string& sql) {
    impl_->held_bytes = 0;
    auto& cache = *impl_;
    if (const auto found = cache.by_text.find(sql);
        found != cache.by_text.end() && !found->second->is_lent) {
        return cached_statement(*this, cache.lend(found->second));
    }
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql.c_str(), static_cast<int>(sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    statement_ptr statement(raw);
    if (code != SQLITE_OK) {
        const auto* running = context();
        return error_from(*this, code, running != nullptr ? running->schema.get() : nullptr);
    }
    if (statement == nullptr || *tail != '\0') {
        return sql_error(sqlstate::internal_error, "not one SQLite statement: " + sql);
    }
    std::list<cached_statement::entry> made;
    made.push_back({.text = sql, .statement = std::move(statement), .row = {}});
    return cached_statement(*this, std::move(made));
}

result<std::int64_t> database::execute(const std::string& sql, std::span<const value> parameters,
                                       row_sink* sink) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    if (auto bound = statement->bind(parameters); !bound) return bound.error();
    std::int64_t rows = 0;
    for (;;) {
        auto stepped = statement->step();
        if (!stepped) return stepped.error();
        if (!*stepped) break;
        ++rows;
        if (sink == nullptr) continue;
        if (auto taken = sink->add(statement->row()); !taken) return taken.error();
    }
    return statement->is_read_only() ? rows : sqlite3_changes64(handle());
}

cached_statement::cached_statement(database& db, std::list<entry> loan)
    : database_(&db), loan_(std::move(loan)) {
    loan_.front().is_lent = true;
}

cached_statement::cached_statement(cached_statement&& other) noexcept = default;

cached_statement& cached_statement::operator=(cached_statement&& other) noexcept {
    if (this != &other) {
        give_back();
        database_ = other.database_;
        loan_ = std::exchange(other.loan_, {});
        target_ = other.target_;
    }
    return *this;
}

cached_statement::~cached_statement() { give_back(); }

void cached_statement::give_back() {
    if (loan_.empty()) return;
    sqlite3_reset(statement());
    sqlite3_clear_bindings(statement());
    database_->impl_->put_back(std::exchange(loan_, {}));
}

result<void> cached_statement::bind(std::span<const value> parameters) {
    return bind_all(parameters);
}
result<void> cached_statement::bind(std::span<const value_view> parameters) {
    return bind_all(parameters);
}

template <class T>
result<void> cached_statement::bind_all(std::span<const T> parameters) {
    const auto count = std::min(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement())),
                                parameters.size());
    for (std::size_t i = 0; i < count; ++i) {
        const int code = std::visit(binder{statement(), static_cast<int>(i) + 1}, parameters[i]);
        if (code != SQLITE_OK) return error_from(*database_, code, nullptr);
    }
    return {};
}

result<bool> cached_statement::step() {
    const int code = [this] {
        const memory_budget::running counted(database_->impl_->held_bytes);
        return sqlite3_step(statement());
    }();
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    const auto* running = database_->context();
    auto error =
        error_from(*database_, code, running != nullptr ? running->schema.get() : nullptr, target_);
    sqlite3_reset(statement());
    return error;
}

std::span<const value_view> cached_statement::row() {
    auto& row = loan_.front().row;
    row.resize(static_cast<std::size_t>(sqlite3_data_count(statement())));
    for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = column_view(statement(), static_cast<int>(i));
    }
    return row;
}

void cached_statement::reset() { sqlite3_reset(statement()); }

int cached_statement::column_count() const { return sqlite3_column_count(statement()); }

bool cached_statement::is_read_only() const { return sqlite3_stmt_readonly(statement()) != 0; }

database& database_of(sqlite3_context* context) {
    return *static_cast<database*>(sqlite3_user_data(context));
}

}  // namespace historyd::sqlite
