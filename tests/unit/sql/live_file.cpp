#include "tests/unit/sql/live_file.hpp"

#include <stdlib.h>

#include <stdexcept>

#include "storage/base/value_rows.hpp"
#include "storage/catalog/schema_store.hpp"
#include "storage/sqlite/functions/register.hpp"

namespace historyd::sql::testing {

namespace {

void require(const result<void>& done) {
    if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace

std::string message_text(const sql_error& e) {
    const auto* kind = e.severity == severity::notice    ? "NOTICE"
                       : e.severity == severity::warning ? "WARNING"
                                                         : "ERROR";
    std::string out = std::string(kind) + ":  " + e.sqlstate + ": " + e.message + "\n";
    if (!e.detail.empty()) out += "DETAIL:  " + e.detail + "\n";
    if (!e.hint.empty()) out += "HINT:  " + e.hint + "\n";
    return out;
}

live_file::live_file() {
    std::string name = (std::filesystem::temp_directory_path() / "historyd-live-XXXXXX").string();
    file_ = ::mkdtemp(name.data());
    const sqlite::database::extension extensions[] = {sqlite::register_functions,
                                                      catalog::register_catalog};
    auto opened = sqlite::database::open(file_ / "live.db", sqlite::open_mode::read_write_create,
                                         extensions);
    if (!opened) throw std::runtime_error(opened.error().message);
    db_ = std::move(*opened);
    require(db_->run("PRAGMA synchronous = OFF"));
    context_.io = settings_.io();
    context_.settings = settings_.snapshot();
    context_.user = "postgres";
    context_.database = "postgres";
    context_.sequences = &sequences_;
    context_.currval = std::make_shared<std::map<std::string, std::int64_t>>();
    require(db_->run("BEGIN"));
    require(catalog::create_own_tables(*db_));
    require(db_->run("COMMIT"));
    reload();
}

live_file::~live_file() {
    db_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(file_, ignored);
}

void live_file::reload() {
    const auto epoch = context_.schema == nullptr ? 0 : context_.schema->epoch;
    auto loaded = catalog::load_schema(*db_);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    (*loaded)->epoch = epoch + 1;
    auto positions = catalog::load_sequence_positions(*db_);
    if (!positions) throw std::runtime_error(positions.error().message);
    db_->set_context(nullptr);
    context_.schema = std::move(*loaded);
    sequences_.refresh(*context_.schema, *positions);
    db_->set_context(&context_);
}

result<plan_ptr> live_file::translate(const std::string& statement,
                                      std::span<const oid> parameter_types) {
    auto parsed = parse(statement);
    if (!parsed) return parsed.error();
    if (parsed->size() != 1) return sql_error(sqlstate::syntax_error, "one statement is wanted");
    return sql::translate(parsed->front(), {.schema = *context_.schema,
                                            .io = context_.io,
                                            .search_path = {"public"},
                                            .parameter_types = parameter_types,
                                            .user = context_.user,
                                            .database = context_.database});
}

result<void> live_file::run_steps(const plan& p) {
    require(catalog::store_sequence_positions(*db_, sequences_.take_dirty()));
    sqlite3_db_config(db_->handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0, nullptr);
    result<void> outcome;
    for (const auto& step : p.steps) {
        auto done = db_->execute(step.sql, step.parameters, nullptr);
        if (done) continue;
        outcome = done.error();
        break;
    }
    sqlite3_db_config(db_->handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    return outcome;
}

std::string live_file::run_plan(const plan& p) {
    require(db_->run("BEGIN"));
    value_rows rows;
    result<std::int64_t> done = 0;
    if (p.steps.empty()) {
        done = db_->execute(p.sql, {}, &rows);
    } else if (auto stepped = run_steps(p); !stepped) {
        done = stepped.error();
    }
    if (!done) {
        require(db_->run("ROLLBACK"));
        return message_text(done.error());
    }
    require(catalog::store_sequence_positions(*db_, sequences_.take_dirty()));
    require(db_->run("COMMIT"));
    if (!p.steps.empty()) reload();

    std::string out;
    for (const auto& notice : p.notices) out += message_text(notice);
    if (p.returns_rows) {
        for (const auto& row : rows.rows) {
            std::string line;
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i > 0) line += '|';
                if (is_null(row[i])) continue;
                std::string text;
                auto printed = types::text_out(p.columns.at(i).type, view_of(row[i]), *context_.io,
                                               text);
                line += printed ? text : printed.error().message;
            }
            out += line + "\n";
        }
    }
    if (p.command != command::select) {
        const auto count = p.returns_rows ? static_cast<std::int64_t>(rows.rows.size()) : *done;
        out += p.tag_has_count ? p.tag + " " + std::to_string(count) + "\n" : p.tag + "\n";
    }
    return out;
}

std::string live_file::run(const std::string& statement) {
    auto translated = translate(statement);
    if (!translated) return message_text(translated.error());
    return run_plan(**translated);
}

}  // namespace historyd::sql::testing
