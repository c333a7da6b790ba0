#include "storage/hydrate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>

#include "storage/backend_definitions.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/outbox/hydration_mark.hpp"
#include "storage/sql_session.hpp"
#include "storage/types/type_io.hpp"

namespace historyd {

namespace {

using outbox::hydration_mark;
using postgres::plain;

// Rows in a transaction here, and in a round trip there.
constexpr std::size_t rows_at_once = 2000;
constexpr std::chrono::seconds tell_interval{2};

// The settings under which texts mean what they say; they end with the transaction.
std::vector<postgres::query> begin_queries() {
    return {plain("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            plain("SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', "
                  "true), set_config('IntervalStyle', 'postgres', true), set_config('bytea_output',"
                  " 'hex', true), set_config('extra_float_digits', '1', true)"),
            plain("SELECT to_regclass('historyd.meta') IS NOT NULL")};
}

bool is_of_the_connection(const sql_error& e) {
    return e.sqlstate.starts_with("08") || e.sqlstate.starts_with("57") ||
           e.sqlstate.starts_with("53") || e.sqlstate.starts_with("40");
}

// How long the start of a daemon may wait for a backend that it can do without.
constexpr std::chrono::milliseconds decide_max{900};

// One attempt, from connecting to the last row. One thread.
class hydrator {
public:
    hydrator(asio::any_io_executor executor, const hydrate_options& options,
             const postgres::target& target, sqlite::database& file)
        : executor_(std::move(executor)),
          options_(options),
          target_(target),
          file_(file),
          connection_(executor_) {}

    // Whether an attempt has begun to fill the file, this or an earlier one.
    bool is_filling() const { return filling_; }

    asio::awaitable<result<hydration>> run() {
        auto mark = outbox::load_hydration(file_);
        if (!mark) co_return mark.error();
        filling_ = mark->has_value();
        auto now_target = target_.with_current_password();
        if (!now_target) co_return now_target.error();
        // A file that is not begun can be served empty, and soon; it is filled at a later start.
        const auto patience =
            filling_ ? options_.connect_timeout : std::min(options_.connect_timeout, decide_max);
        auto opened = co_await connection_.open(*now_target, patience);
        if (!opened) co_return opened.error();
        if (auto found = co_await read_definitions(); !found) co_return found.error();
        if (filling_ && (*mark)->backend_uuid != there_.backend_uuid) {
            co_return sql_error(sqlstate::object_not_in_prerequisite_state,
                                "the file is partly filled from another database than the one at " +
                                    target_.shown())
                .with_hint("Remove the file to begin anew.");
        }
        if (!filling_ && there_.tables.empty()) co_return hydration::nothing;
        hydration_mark now{.backend_uuid = there_.backend_uuid, .complete = false};
        engine storage(options_.storage);
        const bool resumes = filling_;
        if (!filling_) {
            tell("filling the new file from " + target_.shown());
            if (auto saved = outbox::save_hydration(file_, now); !saved) co_return saved.error();
            filling_ = true;
        }
        session_identity self;
        self.user = self.database = "historyd";
        sql_session session(storage, std::move(self));
        session_ = &session;
        auto filled = co_await fill(resumes);
        session_ = nullptr;
        storage.drain(std::chrono::milliseconds(0));
        if (!filled) co_return filled.error();
        now.complete = true;
        if (auto saved = outbox::save_hydration(file_, now); !saved) co_return saved.error();
        tell("the file is filled: " + std::to_string(pulled_) + " rows in this run");
        co_return hydration::done;
    }

private:
    using rows_result = result<std::vector<postgres::rows>>;

    void tell(const std::string& line) const {
        if (options_.told) options_.told(line);
    }

    asio::awaitable<rows_result> ask(std::vector<postgres::query> queries) {
        co_return co_await connection_.run(queries, options_.silence);
    }
    asio::awaitable<rows_result> ask(postgres::query q) {
        co_return co_await connection_.run({&q, 1}, options_.silence);
    }

    asio::awaitable<result<void>> read_definitions() {
        auto queries = begin_queries();
        auto begun = co_await ask(std::move(queries));
        if (!begun) co_return begun.error();
        const bool known = begun->at(2).text(0, 0) == "t";
        auto definitions = definition_queries();
        if (known) definitions.push_back(backend_uuid_query());
        auto found = co_await ask(std::move(definitions));
        if (!found) co_return found.error();
        there_ = definitions_of(*found);
        if (known && found->at(3).size() == 1) there_.backend_uuid = found->at(3).text(0, 0);
        co_return result<void>();
    }

    // One statement of ours here, a transaction of its own.
    asio::awaitable<result<execution>> here(std::string sql, row_sink* rows = nullptr) {
        session_->start_command();
        auto statement = session_->prepare_text(sql);
        if (!statement) co_return statement.error();
        value_rows nothing;
        std::vector<value> none;
        co_return co_await session_->execute(*statement, std::move(none),
                                             rows == nullptr ? nothing : *rows, reader::unlimited,
                                             run_mode::autocommit);
    }

    asio::awaitable<result<void>> fill(bool resumes) {
        for (const auto& s : there_.sequences) {
            if (!s.create.empty()) co_await make("sequence " + s.name, s.create);
        }
        co_await make_tables();
        // What refers to each other may have changed since: such tables are begun again.
        for (auto t = tables_.rbegin(); resumes && t != tables_.rend(); ++t) {
            if (!t->has_foreign_keys) continue;
            auto cleared = co_await here("DELETE FROM " + t->name);
            if (!cleared) co_return cleared.error();
        }
        for (const auto& t : tables_) {
            auto pulled = co_await pull_table(t, resumes && !t.has_foreign_keys);
            if (!pulled) co_return pulled;
        }
        for (const auto& i : there_.indexes) co_await make("index " + i.name, i.create);
        for (const auto& s : there_.sequences) {
            for (const auto& sql : {s.own, s.position}) {
                if (!sql.empty()) co_await make("sequence " + s.name, sql);
            }
        }
        co_return result<void>();
    }

    // What cannot be made here is left out: its statement is told, and nothing of it is guessed.
    asio::awaitable<bool> make(std::string what, std::string sql) {
        auto made = co_await here(sql);
        if (made || made.error().sqlstate == sqlstate::duplicate_table) co_return true;
        // Of a table that was left out.
        if (made.error().sqlstate == sqlstate::undefined_table) co_return false;
        spdlog::warn("{} of the backend is not taken over: {}", what, made.error().message);
        co_return false;
    }

    // A table that refers to one that is not there yet has to wait for it.
    asio::awaitable<void> make_tables() {
        tables_.clear();
        std::vector<backend_table> waiting;
        for (const auto& t : there_.tables) {
            if (t.key.empty()) {
                spdlog::warn("table {} of the backend is not taken over: it has no primary key",
                             t.name);
            } else {
                waiting.push_back(t);
            }
        }
        for (std::size_t before = waiting.size() + 1; waiting.size() < before;) {
            before = waiting.size();
            std::vector<backend_table> left;
            for (auto& t : waiting) {
                auto made = co_await here(t.create);
                if (made || made.error().sqlstate == sqlstate::duplicate_table) {
                    tables_.push_back(std::move(t));
                } else if (made.error().sqlstate == sqlstate::undefined_table) {
                    left.push_back(std::move(t));
                } else {
                    spdlog::warn("table {} of the backend is not taken over: {}", t.name,
                                 made.error().message);
                }
            }
            waiting = std::move(left);
        }
        for (const auto& t : waiting) {
            spdlog::warn("table {} of the backend is not taken over: it refers to one that is not",
                         t.name);
        }
    }

    asio::awaitable<result<std::int64_t>> count_here(const backend_table& t) {
        value_rows rows;
        auto counted = co_await here("SELECT count(*) FROM " + t.name, &rows);
        if (!counted) co_return counted.error();
        co_return std::get<std::int64_t>(rows.rows.at(0).at(0));
    }

    asio::awaitable<result<void>> pull_table(const backend_table& t, bool resumes) {
        auto counted = co_await ask(plain("SELECT count(*) FROM " + t.name));
        if (!counted) co_return counted.error();
        const auto total = counted->at(0).number(0, 0);
        for (bool goes_on = resumes && t.resumable;; goes_on = false) {
            if (!goes_on && resumes) {
                auto cleared = co_await here("DELETE FROM " + t.name);
                if (!cleared) co_return cleared.error();
            }
            auto copied = co_await copy_rows(t, goes_on, total);
            if (!copied) co_return copied;
            auto have = co_await count_here(t);
            if (!have) co_return have.error();
            if (*have == total) break;
            // Rows came and went between two runs.
            if (goes_on) continue;
            co_return sql_error(sqlstate::data_corrupted,
                                "table " + t.name + ": " + std::to_string(*have) + " rows of " +
                                    std::to_string(total) + " have arrived");
        }
        tell("table " + t.name + ": all " + std::to_string(total) + " rows are here");
        co_return result<void>();
    }

    // The query for the rows that are not here yet; those that are, are the first by their key.
    asio::awaitable<result<postgres::query>> cursor_of(const backend_table& t, bool goes_on) {
        postgres::query q = plain("DECLARE historyd_rows NO SCROLL CURSOR FOR SELECT " + t.columns +
                                  " FROM " + t.name);
        if (goes_on) {
            value_rows last;
            auto statement = session_->prepare_text("SELECT " + t.key + " FROM " + t.name +
                                                    " ORDER BY " + t.key_descending + " LIMIT 1");
            if (!statement) co_return statement.error();
            std::vector<value> none;
            auto read = co_await session_->execute(*statement, std::move(none), last,
                                                   reader::unlimited, run_mode::autocommit);
            if (!read) co_return read.error();
            if (!last.rows.empty()) {
                q.sql += " WHERE (" + t.key_order + ") > (" + t.key_parameters + ")";
                for (std::size_t i = 0; i < last.rows[0].size(); ++i) {
                    std::string text;
                    auto printed = types::text_out(statement->plan->columns[i].type,
                                                   view_of(last.rows[0][i]), *session_->io(), text);
                    if (!printed) co_return printed.error();
                    q.parameters.push_back(postgres::parameter::text(std::move(text)));
                }
            }
        }
        q.sql += " ORDER BY " + t.key_order;
        co_return q;
    }

    asio::awaitable<result<void>> copy_rows(const backend_table& t, bool goes_on,
                                            std::int64_t total) {
        std::string places;
        for (std::size_t i = 1; i <= t.column_count; ++i) {
            places += (i == 1 ? "$" : ", $") + std::to_string(i);
        }
        auto insert = session_->prepare_text("INSERT INTO " + t.name + " (" + t.columns +
                                             ") OVERRIDING SYSTEM VALUE VALUES (" + places + ")");
        if (!insert) co_return insert.error();
        auto here_before = co_await count_here(t);
        if (!here_before) co_return here_before.error();
        auto declared = co_await cursor_of(t, goes_on);
        if (!declared) co_return declared.error();
        auto begun = co_await ask(*std::move(declared));
        if (!begun) co_return begun.error();
        auto have = *here_before;
        for (;;) {
            auto fetched = co_await ask(
                plain("FETCH " + std::to_string(rows_at_once) + " FROM historyd_rows"));
            if (!fetched) co_return fetched.error();
            const auto& rows = fetched->at(0);
            if (rows.size() > 0) {
                if (auto stored = co_await store(*insert, rows); !stored) co_return stored;
            }
            have += static_cast<std::int64_t>(rows.size());
            pulled_ += rows.size();
            const auto now = std::chrono::steady_clock::now();
            if (now - told_ >= tell_interval) {
                told_ = now;
                tell("table " + t.name + ": " + std::to_string(have) + " of " +
                     std::to_string(total) + " rows");
            }
            if (rows.size() < rows_at_once) break;
        }
        auto closed = co_await ask(plain("CLOSE historyd_rows"));
        if (!closed) co_return closed.error();
        co_return result<void>();
    }

    asio::awaitable<result<void>> store(const prepared_statement& insert,
                                        const postgres::rows& rows) {
        const auto io = session_->io();
        const auto& types = insert.plan->parameters;
        std::vector<std::vector<value>> values(rows.size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
            for (std::size_t i = 0; i < types.size(); ++i) {
                const auto column = static_cast<int>(i);
                if (rows.is_null(row, column)) {
                    values[row].emplace_back();
                    continue;
                }
                auto v = types::text_in({types[i].id, -1}, rows.text(row, column), *io);
                if (!v) co_return v.error();
                values[row].push_back(*std::move(v));
            }
        }
        session_->start_command();
        session_->begin();
        auto stored = co_await session_->hold_writer();
        if (stored) stored = co_await session_->insert_rows(insert, std::move(values));
        if (stored) co_return co_await session_->commit();
        co_await session_->rollback();
        co_return stored;
    }

    asio::any_io_executor executor_;
    const hydrate_options& options_;
    const postgres::target& target_;
    sqlite::database& file_;
    postgres::connection connection_;
    sql_session* session_ = nullptr;
    backend_definitions there_;
    std::vector<backend_table> tables_;
    std::size_t pulled_ = 0;
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
    bool filling_ = false;
};

// A file that is partly filled is nobody's history: it waits until the rest can be had.
asio::awaitable<result<hydration>> persist(const hydrate_options& options,
                                           const postgres::target& target, sqlite::database& file) {
    const auto executor = co_await asio::this_coro::executor;
    for (std::string last;;) {
        hydrator attempt(executor, options, target, file);
        auto done = co_await attempt.run();
        if (done) co_return done;
        const auto& why = done.error();
        if (!attempt.is_filling()) {
            spdlog::warn("the file is new and is not filled from the backend: {}", why.message);
            co_return hydration::unreachable;
        }
        if (!is_of_the_connection(why)) co_return done;
        if (std::exchange(last, why.message) != why.message) {
            spdlog::warn("filling the file has to wait: {}", why.message);
        }
        asio::steady_timer pause(executor, options.retry);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace

result<hydration> hydrate(const hydrate_options& options, const postgres::target& target) {
    auto file =
        sqlite::database::open(options.storage.storage, sqlite::open_mode::read_write_create, {});
    if (!file) return file.error();
    auto mark = outbox::load_hydration(**file);
    if (!mark) return mark.error();
    if (*mark && (*mark)->complete) return hydration::not_needed;
    if (!*mark) {
        auto untouched = outbox::is_untouched(**file);
        if (!untouched) return untouched.error();
        if (!*untouched) return hydration::not_needed;
    }
    asio::io_context loop;
    result<hydration> outcome = hydration::not_needed;
    auto work = persist(options, target, **file);
    asio::co_spawn(loop, std::move(work),
                   [&](const std::exception_ptr& failed, result<hydration> done) {
                       if (failed) std::rethrow_exception(failed);
                       outcome = std::move(done);
                   });
    loop.run();
    return outcome;
}

result<bool> is_partly_hydrated(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return false;
    auto db = sqlite::database::open(file, sqlite::open_mode::read_only, {});
    if (!db) return db.error();
    auto mark = outbox::load_hydration(**db);
    if (!mark) return mark.error();
    return mark->has_value() && !(*mark)->complete;
}

}  // namespace historyd
