#include "storage/sql_session.hpp"

#include "storage/catalog/name_scope.hpp"
#include "storage/catalog/object_names.hpp"
#include "storage/settings/value_check.hpp"

#include <algorithm>

namespace historyd {

namespace {

std::int64_t wall_clock_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

bool same_columns(const sql::plan& a, const sql::plan& b) {
    return std::ranges::equal(a.columns, b.columns, [](const auto& x, const auto& y) {
        return x.name == y.name && x.type == y.type;
    });
}

bool needs_plan(const sql::statement& kind) {
    return std::holds_alternative<sql::optimizable_statement>(kind);
}

}  // namespace

sql_session::sql_session(engine& e, session_identity identity)
    : engine_(e), identity_(std::move(identity)) {
    // What an earlier run's session of the same number left, where this one is to drop it.
    made_temporary_ = schema()->find_namespace(temporary_schema()) != nullptr;
}

// What others wait for goes also where an exception has gone past end().
sql_session::~sql_session() {
    end_transaction_locks();
    release_session_locks();
    if (is_listening_) engine_.notifications().unlisten_all(identity_.process_id);
}

void sql_session::start_command() {
    cancelled_->store(false);
    command_started_us_ = wall_clock_us();
    const auto timeout_ms = settings_.frequent().statement_timeout_ms;
    deadline_ = timeout_ms > 0
                    ? std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)
                    : std::chrono::steady_clock::time_point::max();
}

schema::schema_ptr sql_session::schema() const {
    if (transaction_ && transaction_->lease) return transaction_->lease.schema();
    return engine_.schema();
}

std::vector<std::string> sql_session::search_path() const {
    auto path = settings_.search_path();
    if (!has_temporary_schema()) return path;
    return settings::searched_schemas(std::move(path), temporary_schema());
}

std::shared_ptr<const types::io_settings> sql_session::io() const {
    auto of_settings = settings_.io();
    auto now = schema();
    if (io_ && io_of_settings_ == of_settings && io_schema_ == now) return io_;
    auto io = std::make_shared<types::io_settings>(*of_settings);
    io->names = catalog::make_object_names(now, search_path(), identity_.user);
    io_ = std::move(io);
    io_of_settings_ = std::move(of_settings);
    io_schema_ = std::move(now);
    return io_;
}

sqlite::context_ptr sql_session::make_context(bool shows_session) {
    auto context = std::make_shared<sqlite::statement_context>();
    context->schema = schema();
    auto io = std::make_shared<types::io_settings>(*this->io());
    io->now_us = transaction_ ? transaction_->started_us : command_started_us_;
    context->io = std::move(io);
    context->settings = settings_.snapshot();
    context->statement_start_us = command_started_us_;
    context->user = identity_.user;
    context->database = identity_.database;
    if (has_temporary_schema()) context->temporary_schema = temporary_schema();
    context->application_name = settings_.frequent().application_name;
    context->client_address = identity_.client_address;
    context->client_port = identity_.client_port;
    context->process_id = identity_.process_id;
    context->transaction_id = engine_.writes().commit_count() + 1;
    context->read_only = is_read_only();
    context->sequences = &engine_.sequences();
    context->locks = &engine_.locks();
    context->notifications = &engine_.notifications();
    context->databases = engine_.databases;
    if (shows_session && own_objects) {
        context->own_objects = std::make_shared<const sqlite::session_objects>(own_objects());
    }
    if (auto* live = engine_.live) {
        context->live_rows = [live, viewer = context.get()](std::string_view table) {
            return live->rows(table, *viewer);
        };
    }
    context->cancelled = cancelled_;
    context->deadline = deadline_;
    if (const auto limit_ms = settings_.frequent().lock_timeout_ms; limit_ms > 0) {
        context->lock_deadline =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    }
    context->currval = currval_;
    return context;
}

void sql_session::cancel() {
    cancelled_->store(true);
    engine_.writes().progress().interrupt(*cancelled_);
    if (const auto& reads = engine_.backend_reads) reads->interrupt(*cancelled_);
    engine_.locks().interrupt(identity_.process_id);
}

result<sql::parsed_query> sql_session::parse(std::string_view text) {
    if (auto cached = engine_.plans().find_query(text)) return cached;
    auto raw = sql::parse(text);
    if (!raw) return raw.error();
    auto statements = std::make_shared<std::vector<sql::parsed_statement>>();
    statements->reserve(raw->size());
    for (auto& r : *raw) {
        auto kind = sql::classify(r);
        if (!kind) return kind.error();
        statements->push_back({std::move(r), std::move(*kind)});
    }
    engine_.plans().add_query(text, statements);
    return sql::parsed_query(statements);
}

result<types::oid> sql_session::find_class(std::string_view schema_name,
                                           std::string_view name) const {
    const auto seen = schema();
    const catalog::name_scope scope(*seen, search_path(), identity_.user);
    return scope.class_oid(schema_name, name);
}

const std::string& sql_session::settings_key() const {
    const bool temporary = has_temporary_schema();
    if (settings_key_of_ == settings_.io_epoch() && settings_key_temporary_ == temporary) {
        return settings_key_;
    }
    const auto io = settings_.io();
    auto& key = settings_key_;
    key = io->time_zone_name;
    key.push_back('\0');
    key.push_back(static_cast<char>('0' + static_cast<int>(io->style)));
    key.push_back(static_cast<char>('0' + static_cast<int>(io->order)));
    key.push_back(static_cast<char>('0' + static_cast<int>(io->intervals)));
    key += identity_.user;
    key.push_back('\0');
    for (const auto& name : search_path()) {
        key += name;
        key.push_back('\0');
    }
    settings_key_of_ = settings_.io_epoch();
    settings_key_temporary_ = temporary;
    return key;
}

std::shared_ptr<const types::io_settings> sql_session::stored_io() const {
    types::io_settings io;
    io.names = catalog::make_object_names(schema(), {"public"}, identity_.user);
    return std::make_shared<const types::io_settings>(std::move(io));
}

std::string sql_session::plan_key(const prepared_statement& statement) const {
    // Everything translation depends on beside the schema's epoch.
    const auto& settings = settings_key();
    const auto text = statement.raw.text();
    std::string key;
    key.reserve(settings.size() + 8 * statement.declared_types.size() + text.size() + 1);
    key = settings;
    for (const auto type : statement.declared_types) {
        key += std::to_string(type);
        key.push_back(',');
    }
    key.push_back('\0');
    key += text;
    return key;
}

result<sql::plan_ptr> sql_session::translate(const prepared_statement& statement,
                                             const schema::schema& s) const {
    auto io = std::make_shared<types::io_settings>(*this->io());
    io->now_us = transaction_ ? transaction_->started_us : command_started_us_;
    const sql::translate_input input{.schema = s,
                                     .io = std::move(io),
                                     .stored_io = stored_io(),
                                     .search_path = search_path(),
                                     .temporary_schema = temporary_schema(),
                                     .parameter_types = statement.declared_types,
                                     .parameters_fixed = statement.parameters_fixed,
                                     .user = identity_.user,
                                     .database = identity_.database};
    return sql::translate(statement.raw, input);
}

result<void> sql_session::prepare_once(prepared_statement& statement) {
    auto plan = translate(statement, *schema());
    if (!plan) return plan.error();
    statement.plan = std::move(*plan);
    return {};
}

result<void> sql_session::prepare(prepared_statement& statement) {
    if (!needs_plan(statement.kind)) return prepare_utility(statement);
    const auto s = schema();
    // A transaction's own uncommitted schema is no business of the shared cache.
    const bool shared = s == engine_.schema();
    std::string key;
    if (shared) {
        key = plan_key(statement);
        auto cached = engine_.plans().find_plan(key, s->epoch);
        const bool fits = cached && (!statement.parameters_fixed ||
                                     cached->parameters.size() <= statement.declared_types.size());
        if (fits) {
            statement.plan = std::move(cached);
            return {};
        }
    }
    auto plan = translate(statement, *s);
    if (!plan) return plan.error();
    statement.plan = std::move(*plan);
    if (shared && statement.plan->cacheable) engine_.plans().add_plan(key, statement.plan);
    return {};
}

// PostgreSQL analyses the query of EXPLAIN and DECLARE; nothing tells it more of others' parameters
// than the client.
result<void> sql_session::prepare_utility(prepared_statement& statement) {
    statement.utility_parameters.clear();
    if (const auto* query = sql::query_of(statement.kind)) {
        prepared_statement inner;
        inner.raw = *query;
        inner.declared_types = statement.declared_types;
        inner.parameters_fixed = statement.parameters_fixed;
        if (auto ready = prepare(inner); !ready) return ready;
        statement.utility_parameters = inner.plan->parameters;
        return {};
    }
    for (const auto type : statement.declared_types) {
        statement.utility_parameters.push_back({.id = type});
        if (type == 0 || type == types::type_oid::unknown) {
            return sql_error(sqlstate::indeterminate_datatype,
                             "could not determine data type of parameter $" +
                                 std::to_string(statement.utility_parameters.size()));
        }
    }
    return {};
}

result<prepared_statement> sql_session::prepare_text(std::string_view text) {
    auto raw = sql::parse(text);
    if (!raw) return raw.error();
    prepared_statement statement;
    statement.raw = std::move(raw->at(0));
    if (auto prepared = prepare(statement); !prepared) return prepared.error();
    return statement;
}

result<void> sql_session::refresh(prepared_statement& statement, bool described) {
    if (statement.plan == nullptr || statement.plan->schema_epoch == schema()->epoch) return {};
    const auto before = statement.plan;
    if (auto prepared = prepare(statement); !prepared) {
        statement.plan = before;
        return prepared.error();
    }
    if (described && !same_columns(*before, *statement.plan)) {
        return sql_error(sqlstate::feature_not_supported,
                         "cached plan must not change result type");
    }
    return {};
}

result<void> sql_session::check_writable(const sql::plan& plan) const {
    if (!is_read_only()) return {};
    if (plan.is_select() && !plan.locking) return {};
    const auto* target = schema()->find_relation(plan.target);
    if (!identity_.read_only && target != nullptr && plan.parts.empty() &&
        schema()->is_temporary(target->namespace_id)) {
        return {};
    }
    if (plan.locking) return check_writable("SELECT FOR UPDATE");
    return check_writable(plan.tag.substr(0, plan.tag.find(" 0")));
}

bool sql_session::is_read_only() const {
    return identity_.read_only || settings_.frequent().read_only;
}

result<void> sql_session::check_writable(std::string_view command) const {
    if (!is_read_only()) return {};
    auto error =
        sql_error(sqlstate::read_only_sql_transaction,
                  "cannot execute " + std::string(command) + " in a read-only transaction");
    if (identity_.read_only) {
        error.hint =
            "User \"" + identity_.user +
            "\" may only read here: its rule of [[auth.rules]] has access = \"read-only\".";
    }
    return error;
}

result<void> sql_session::apply_effects(const sqlite::statement_context& context) {
    auto& effects = *context.session_effects;
    for (auto& notice : effects.notices) notices_.push_back(std::move(notice));
    effects.notices.clear();
    for (const auto& [name, text, local] : effects.set_config) {
        if (auto set = settings_.set(name, text, local); !set) return set.error();
    }
    effects.set_config.clear();
    for (auto& n : effects.notifications) notify(std::move(n));
    effects.notifications.clear();
    return {};
}

std::vector<sql_error> sql_session::take_notices() { return std::exchange(notices_, {}); }

}  // namespace historyd
