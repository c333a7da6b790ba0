// session: the extended query flow (PostgreSQL documentation, "Extended Query").

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/binary_format.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/session/session_impl.hpp"

namespace historyd::session {

namespace {

bool ends_transaction(const sql::statement& kind) {
    return std::holds_alternative<sql::commit_statement>(kind) ||
           std::holds_alternative<sql::rollback_statement>(kind) ||
           std::holds_alternative<sql::rollback_to_statement>(kind);
}

bool starts_transaction(const sql::statement& kind) {
    return std::holds_alternative<sql::begin_statement>(kind);
}

// A Parse of an empty string: remembered, answered by EmptyQueryResponse when executed.
bool is_empty(const prepared_statement& statement) { return statement.raw.node == nullptr; }

result<value> parameter_value(types::type_ref type, std::int16_t code,
                              const std::optional<std::string_view>& bytes,
                              const types::io_settings& io) {
    if (!bytes) return value{};
    switch (code) {
        case 0:
            return types::text_in({type.id, -1}, *bytes, io);
        case 1: {
            // PostgreSQL's receive functions read the message itself, so a short value ends it.
            const auto* info = types::find_type(type.id);
            if (info != nullptr && info->length > 0 && info->id != types::type_oid::name &&
                bytes->size() < static_cast<std::size_t>(info->length)) {
                return sql_error(sqlstate::protocol_violation, "insufficient data left in message");
            }
            return protocol::binary_in(type.id, *bytes);
        }
        default:
            return sql_error(sqlstate::invalid_parameter_value,
                             "unsupported format code: " + std::to_string(code));
    }
}

}  // namespace

result<void> session::impl::check_runnable(const sql::statement& kind) const {
    if (ends_transaction(kind)) return {};
    return block_.check_usable();
}

result<void> session::impl::parse(std::string_view body) {
    auto message = protocol::parse_view::decode(body);
    if (!message) return message.error();
    start_command();
    auto parsed = sql_.parse(message->query);
    if (!parsed) return parsed.error();
    if ((*parsed)->size() > 1) {
        return sql_error(sqlstate::syntax_error,
                         "cannot insert multiple commands into a prepared statement");
    }
    auto statement = std::make_shared<named_statement>();
    statement->created_us = sql_.command_started_us();
    auto& prepared = statement->statement;
    prepared.declared_types.assign(message->parameter_types.begin(),
                                   message->parameter_types.end());
    if (!(*parsed)->empty()) {
        prepared.raw = (*parsed)->front().raw;
        prepared.kind = (*parsed)->front().kind;
        if (auto runnable = check_runnable(prepared.kind); !runnable) return runnable.error();
        if (auto ready = sql_.prepare(prepared); !ready) return ready.error();
    }
    if (auto added = store_.add_statement(std::string(message->statement), std::move(statement));
        !added) {
        return added.error();
    }
    if (!deferred_.empty()) parsed_meanwhile_.emplace_back(deferred_.size(), message->statement);
    protocol::parse_complete{}.encode(transport_->out());
    return {};
}

result<void> session::impl::bind(std::string_view body) {
    auto message = protocol::bind_view::decode(body);
    if (!message) return message.error();
    start_command();
    auto found = store_.find_statement(std::string(message->statement));
    if (!found) return found.error();
    auto& prepared = (*found)->statement;
    if (!is_empty(prepared)) {
        if (auto runnable = check_runnable(prepared.kind); !runnable) return runnable.error();
        if (auto current = sql_.refresh(prepared, (*found)->described); !current) {
            return current.error();
        }
    }
    const auto& types = prepared.parameters();
    const auto given = message->values.size();
    if (given != types.size()) {
        return sql_error(sqlstate::protocol_violation,
                         "bind message supplies " + std::to_string(given) +
                             " parameters, but prepared statement \"" +
                             std::string(message->statement) + "\" requires " +
                             std::to_string(types.size()));
    }
    const auto& codes = message->parameter_formats;
    if (codes.size() > 1 && codes.size() != given) {
        return sql_error(sqlstate::protocol_violation,
                         "bind message has " + std::to_string(codes.size()) +
                             " parameter formats but " + std::to_string(given) + " parameters");
    }
    auto p = std::make_shared<portal>();
    p->name = std::string(message->portal);
    p->statement = *found;
    p->savepoint_depth = sql_.savepoint_depth();
    p->created_us = sql_.command_started_us();
    p->formats.assign(message->result_formats.begin(), message->result_formats.end());
    p->parameters.reserve(given);
    const auto io = sql_.io();
    for (std::size_t i = 0; i < given; ++i) {
        const std::int16_t code = codes.empty()       ? std::int16_t{0}
                                  : codes.size() == 1 ? codes[0]
                                                      : codes[i];
        auto v = parameter_value(types[i], code, message->values[i], *io);
        if (!v) {
            auto error = v.error();
            if (error.message == "incorrect binary data format") {
                error.message += " in bind parameter " + std::to_string(i + 1);
            }
            return error;
        }
        p->parameters.push_back(std::move(*v));
    }
    if (prepared.plan && prepared.plan->returns_rows) {
        if (auto spread = spread_formats(p->formats, prepared.plan->columns.size()); !spread) {
            return spread.error();
        }
    }
    if (auto added = store_.add_portal(std::move(p)); !added) return added.error();
    protocol::bind_complete{}.encode(transport_->out());
    return {};
}

result<std::optional<std::vector<sql::result_column>>> session::impl::columns_of(
    const named_statement& statement) const {
    using columns = std::vector<sql::result_column>;
    const auto text_column = [](std::string name) {
        return sql::result_column{.name = std::move(name), .type = {types::type_oid::text, -1}};
    };
    const auto& prepared = statement.statement;
    if (prepared.plan) {
        if (!prepared.plan->returns_rows) return std::optional<columns>{};
        return std::optional<columns>(prepared.plan->columns);
    }
    if (const auto* show = std::get_if<sql::show_statement>(&prepared.kind)) {
        if (auto live = live_columns(*show)) {
            columns out;
            for (auto& name : *live) out.push_back(text_column(std::move(name)));
            return std::optional<columns>(std::move(out));
        }
        if (!show->name) {
            return std::optional<columns>(
                columns{text_column("name"), text_column("setting"), text_column("description")});
        }
        const auto* definition = settings::find(*show->name);
        return std::optional<columns>(
            columns{text_column(definition ? std::string(definition->name) : *show->name)});
    }
    if (const auto* explain = std::get_if<sql::explain_statement>(&prepared.kind)) {
        auto plan = text_column("QUERY PLAN");
        if (explain->format == sql::explain_format::json) plan.type.id = types::type_oid::json;
        if (explain->format == sql::explain_format::xml) plan.type.id = types::type_oid::xml;
        return std::optional<columns>(columns{std::move(plan)});
    }
    if (const auto* execute = std::get_if<sql::execute_statement>(&prepared.kind)) {
        auto target = store_.find_statement(execute->name);
        if (!target) return target.error();
        return columns_of(**target);
    }
    if (const auto* fetch = std::get_if<sql::fetch_statement>(&prepared.kind)) {
        if (fetch->move) return std::optional<columns>{};
        auto cursor = store_.find_portal(fetch->portal);
        if (!cursor) return std::optional<columns>{};
        return columns_of(*(*cursor)->statement);
    }
    return std::optional<columns>{};
}

void session::impl::row_description(const std::vector<sql::result_column>& columns,
                                    const std::vector<format>& formats) {
    protocol::row_description_writer row(transport_->out(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto& c = columns[i];
        const auto* info = types::find_type(c.type.id);
        row.add(
            {.name = c.name,
             .table = c.table,
             .attnum = c.attnum,
             .type = c.type.id,
             .length = info != nullptr ? info->length : std::int16_t{-1},
             .typmod = c.type.typmod,
             .format = static_cast<std::int16_t>(i < formats.size() ? formats[i] : format::text)});
    }
}

result<void> session::impl::describe(std::string_view body) {
    auto message = protocol::describe_view::decode(body);
    if (!message) return message.error();
    named_statement_ptr statement;
    std::vector<std::int16_t> codes;
    auto& out = transport_->out();
    if (message->kind == 'S') {
        auto found = store_.find_statement(std::string(message->name));
        if (!found) return found.error();
        statement = *found;
        if (statement->statement.plan) {
            if (auto current = sql_.refresh(statement->statement, statement->described); !current) {
                return current.error();
            }
        }
    } else {
        auto found = store_.find_portal(std::string(message->name));
        if (!found) return found.error();
        statement = (*found)->statement;
        codes = (*found)->formats;
    }
    if (!is_empty(statement->statement)) {
        if (block_.state() == transaction_fsm::block::failed) {
            auto returns = columns_of(*statement);
            if (returns && *returns) return block_.check_usable();
        }
    }
    auto columns = columns_of(*statement);
    if (!columns) return columns.error();
    if (message->kind == 'S') {
        std::vector<types::oid> oids;
        for (const auto& type : statement->statement.parameters()) oids.push_back(type.id);
        protocol::parameter_description{oids}.encode(out);
    }
    if (!*columns) {
        protocol::no_data{}.encode(out);
        return {};
    }
    statement->described = true;
    auto formats = spread_formats(codes, (*columns)->size());
    if (!formats) return formats.error();
    row_description(**columns, *formats);
    return {};
}

asio::awaitable<result<void>> session::impl::execute(std::string_view body) {
    auto message = protocol::execute_view::decode(body);
    if (!message) co_return message.error();
    auto found = store_.find_portal(std::string(message->portal));
    if (!found) co_return found.error();
    const auto p = *found;
    start_command();
    auto& out = transport_->out();
    const auto& kind = p->statement->statement.kind;
    if (is_empty(p->statement->statement)) {
        protocol::empty_query_response{}.encode(out);
        co_return result<void>{};
    }
    if (auto runnable = check_runnable(kind); !runnable) co_return runnable.error();

    // A statement directly before Sync is a transaction of its own; otherwise it opens the implicit
    // one that Sync ends.
    auto mode = run_mode::in_transaction;
    if (block_.state() == transaction_fsm::block::idle && !ends_transaction(kind) &&
        !starts_transaction(kind) && !sql::runs_alone(kind)) {
        if (transport_->peek_type() == 'S') {
            mode = run_mode::autocommit;
        } else if (block_.enter_implicit(transaction_fsm::origin::pipeline)) {
            sql_.begin();
        }
    }
    const run_options options{
        .max_rows = message->max_rows > 0 ? static_cast<std::uint64_t>(message->max_rows) : 0,
        .describe = false,
        .mode = mode};
    const auto statement = p->statement;  // and with it the text
    const auto running = watch(kind_of(statement->statement), statement->statement.raw.text());
    auto done = co_await run(*p, options);
    if (!done) co_return done.error();
    if (!done->deferred) succeeded(running);
    send_notices();
    if (done->suspended) {
        protocol::portal_suspended{}.encode(out);
    } else if (!done->silent) {
        protocol::command_complete{done->tag}.encode(out);
    }
    co_return result<void>{};
}

result<void> session::impl::close(std::string_view body) {
    auto message = protocol::close_view::decode(body);
    if (!message) return message.error();
    if (message->kind == 'S') {
        store_.remove_statement(std::string(message->name));
    } else {
        store_.remove_portal(std::string(message->name));
    }
    protocol::close_complete{}.encode(transport_->out());
    return {};
}

}  // namespace historyd::session
