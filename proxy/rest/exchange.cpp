#include "proxy/rest/exchange.hpp"

#include <algorithm>

#include "proxy/rest/query/mem0_table.hpp"
#include "proxy/rest/query/url_text.hpp"
#include "proxy/rest/returned_order.hpp"

namespace historyd::rest {

namespace {

// Statements that come in one shape only are worth keeping translated.
constexpr std::size_t cached_parameters_max = 64;
// Rows of one look-up of keys: SQLite's expressions are not deeper than a thousand.
constexpr std::size_t lookup_rows_max = 200;

bool is_singular(const request& r) { return r.answer.as == media::form::object; }

bool is_rolled_back(const request& r) { return !r.prefer.commit.value_or(true); }

// Something is to be looked at between the change and its commit.
bool may_be_refused(const request& r) {
    return is_singular(r) || is_rolled_back(r) || r.prefer.max_affected.has_value();
}

sql_error not_singular(std::int64_t rows) {
    return sql_error("PGRST116", "Cannot coerce the result to a single JSON object")
        .with_detail("The result contains " + std::to_string(rows) + " rows");
}

session::activity_view requester() {
    session::activity_view v;
    v.user = v.database = "mem0";
    v.application_name = "rest";
    return v;
}

}  // namespace

exchange::exchange(engine& e, session::statement_log& statements, const exchange_options& options,
                   request r)
    : statements_(statements),
      who_(requester()),
      options_(options),
      request_(std::move(r)),
      session_(e, {.user = "mem0", .database = "mem0", .client_address = {}}) {}

result<void> exchange::apply_settings() {
    auto& settings = session_.settings();
    const auto timeout = std::to_string(options_.statement_timeout_ms);
    if (auto set = settings.set("statement_timeout", timeout, false); !set) return set.error();
    if (!request_.prefer.timezone) return {};
    if (settings.set("TimeZone", *request_.prefer.timezone, false)) return {};
    if (request_.prefer.strict.value_or(false)) {
        return sql_error("PGRST122", "Invalid preferences given with handling=strict")
            .with_detail("Invalid preferences: timezone=" + *request_.prefer.timezone);
    }
    request_.prefer.timezone.reset();
    return {};
}

result<schema::schema_ptr> exchange::find_table() {
    auto now = session_.schema();
    const auto* found = now->find_relation("public", request_.table);
    using kind = schema::relation_kind;
    if (found == nullptr || (found->kind != kind::table && found->kind != kind::view)) {
        return sql_error("PGRST205", "Could not find the table 'public." + request_.table +
                                         "' in the schema cache");
    }
    table_ = found;
    return now;
}

asio::awaitable<result<void>> exchange::create_table() {
    session_.begin();
    for (const auto& statement : mem0_table_statements(request_.table)) {
        auto prepared = prepare(statement);
        if (!prepared) co_return prepared.error();
        value_rows nothing;
        auto done = co_await execute(*prepared, statement, nothing, run_mode::in_transaction);
        if (!done) co_return done.error();
    }
    co_return co_await commit();
}

asio::awaitable<result<execution>> exchange::execute(prepared_statement& prepared,
                                                     sql_statement statement, row_sink& into,
                                                     run_mode mode) {
    const auto began = std::chrono::steady_clock::now();
    const auto kind = session::kind_of(prepared);
    auto done = co_await session_.execute(prepared, std::move(statement.parameters), into,
                                          reader::unlimited, mode);
    if (done) {
        const auto took = std::chrono::steady_clock::now() - began;
        statements_.succeeded({kind, took, statement.text}, who_);
    } else {
        statements_.failed(kind, done.error(), who_);
    }
    co_return done;
}

asio::awaitable<result<void>> exchange::commit() {
    constexpr auto kind = session::statement_kind::transaction;
    const auto began = std::chrono::steady_clock::now();
    auto done = co_await session_.commit();
    if (done) {
        statements_.succeeded({kind, std::chrono::steady_clock::now() - began, "COMMIT"}, who_);
    } else {
        statements_.failed(kind, done.error(), who_);
    }
    co_return done;
}

asio::awaitable<result<answer>> exchange::run() {
    if (auto applied = apply_settings(); !applied) co_return applied.error();
    session_.start_command();
    auto done = co_await run_action();
    if (session_.in_transaction()) co_await session_.rollback();
    co_return done;
}

asio::awaitable<result<answer>> exchange::run_action() {
    auto found = find_table();
    if (!found && !options_.create_table.empty() && request_.table == options_.create_table) {
        auto created = co_await create_table();
        if (!created) co_return created.error();
        found = find_table();
    }
    if (!found) co_return found.error();
    schema_ = *found;
    rows_.emplace(request_.answer, session_.io(), bytes_max());
    if (request_.what == action::read) co_return co_await read();
    co_return co_await write();
}

// What an INSERT returns is made of the request, whose size is limited, and may only be there when
// the rows are on the disk: too late for an error.
std::size_t exchange::bytes_max() const {
    return request_.what == action::insert ? SIZE_MAX : options_.response_bytes_max;
}

result<prepared_statement> exchange::prepare(const sql_statement& statement) {
    prepared_statement prepared;
    prepared.declared_types = statement.types;
    const bool cached = statement.types.size() <= cached_parameters_max;
    if (cached) {
        auto parsed = session_.parse(statement.text);
        if (!parsed) return parsed.error();
        prepared.raw = (*parsed)->at(0).raw;
    } else {
        auto parsed = sql::parse(statement.text);
        if (!parsed) return parsed.error();
        prepared.raw = parsed->at(0);
    }
    auto ready = cached ? session_.prepare(prepared) : session_.prepare_once(prepared);
    if (!ready) return ready.error();
    return prepared;
}

asio::awaitable<result<execution>> exchange::run_statement(sql_statement statement, run_mode mode) {
    auto prepared = prepare(statement);
    if (!prepared) co_return prepared.error();
    row_sink* sink = &*rows_;
    if (request_.what != action::read && (wanted_rows() == returning::key || is_ordered_here())) {
        kept_columns_ = prepared->plan->columns;
        if (!kept_) kept_.emplace(bytes_max());
        sink = &*kept_;
    } else {
        rows_->set_columns(prepared->plan->columns);
    }
    co_return co_await execute(*prepared, std::move(statement), *sink, mode);
}

asio::awaitable<result<std::int64_t>> exchange::run_count(sql_statement statement, run_mode mode) {
    auto prepared = prepare(statement);
    if (!prepared) co_return prepared.error();
    value_rows counted;
    auto done = co_await execute(*prepared, std::move(statement), counted, mode);
    if (!done) co_return done.error();
    co_return std::get<std::int64_t>(counted.rows.at(0).at(0));
}

asio::awaitable<result<answer>> exchange::read() {
    const auto io = session_.io();
    auto select = select_statement(request_, *table_, *io);
    if (!select) co_return select.error();
    std::optional<std::int64_t> total;
    auto mode = run_mode::autocommit;
    if (request_.prefer.count) {
        // Rows and their number are of one snapshot.
        auto count = count_statement(request_, *table_, *io);
        if (!count) co_return count.error();
        mode = run_mode::in_transaction;
        session_.begin();
        auto set = session_.settings().set("transaction_isolation", "repeatable read", true);
        if (!set) co_return set.error();
        auto counted = co_await run_count(std::move(*count), mode);
        if (!counted) co_return counted.error();
        total = *counted;
        if (request_.range.offset > *total) {
            co_return sql_error("PGRST103", "Requested range not satisfiable")
                .with_detail("An offset of " + std::to_string(request_.range.offset) +
                             " was requested, but there are only " + std::to_string(*total) +
                             " rows.");
        }
    }
    auto done = co_await run_statement(std::move(*select), mode);
    if (!done) co_return done.error();
    if (is_singular(request_) && rows_->count() != 1) {
        co_return not_singular(static_cast<std::int64_t>(rows_->count()));
    }
    co_return std::move(*this).read_answer(total);
}

returning exchange::wanted_rows() const {
    if (request_.prefer.returning == preferences::representation::full) return returning::selection;
    if (request_.what == action::insert && !key_columns(*table_).empty() &&
        request_.prefer.returning == preferences::representation::headers_only) {
        return returning::key;
    }
    return returning::nothing;
}

bool exchange::is_ordered_here() const {
    return wanted_rows() == returning::selection && !request_.order.empty();
}

result<void> exchange::order_rows() {
    if (!is_ordered_here() || !kept_) return {};
    order_returned(kept_->rows, request_.order, kept_columns_);
    const auto width = kept_columns_.size() - request_.order.size();
    rows_->set_columns({kept_columns_.begin(), kept_columns_.begin() + static_cast<long>(width)});
    std::vector<value_view> row;
    for (const auto& kept : kept_->rows) {
        row.clear();
        for (std::size_t i = 0; i < width; ++i) row.push_back(view_of(kept[i]));
        if (auto added = rows_->add(row); !added) return added;
    }
    return {};
}

result<std::vector<sql_statement>> exchange::changes() const {
    const auto io = session_.io();
    const auto what = wanted_rows();
    if (request_.what == action::insert) return insert_statements(request_, what, *table_, *io);
    const bool updates = request_.what == action::update;
    if (request_.where.empty() && request_.range.is_all()) {
        return sql_error(sqlstate::cardinality_violation,
                         std::string(updates ? "UPDATE" : "DELETE") + " requires a WHERE clause");
    }
    std::vector<sql_statement> statements;
    if (updates && (request_.body.columns.empty() || request_.body.rows.empty())) return statements;
    auto statement = updates ? update_statement(request_, what, *table_, *io)
                             : delete_statement(request_, what, *table_, *io);
    if (!statement) return statement.error();
    statements.push_back(std::move(*statement));
    return statements;
}

result<void> exchange::check_affected() const {
    if (is_singular(request_) && affected_ != 1) return not_singular(affected_);
    const auto& most = request_.prefer.max_affected;
    if (request_.prefer.strict.value_or(false) && most && affected_ > *most &&
        request_.what != action::insert) {
        return sql_error("PGRST124", "Query result exceeds max-affected preference constraint")
            .with_detail("The query affects " + std::to_string(affected_) + " rows");
    }
    return {};
}

asio::awaitable<result<void>> exchange::run_changes(std::vector<sql_statement> statements,
                                                    bool guarded) {
    const auto mode = guarded ? run_mode::in_transaction : run_mode::autocommit;
    if (guarded) session_.begin();
    for (auto& statement : statements) {
        auto done = co_await run_statement(std::move(statement), mode);
        if (!done) co_return done.error();
        affected_ += done->affected;
    }
    if (auto right = check_affected(); !right) co_return right;
    if (auto ordered = order_rows(); !ordered) co_return ordered;
    if (!guarded || is_rolled_back(request_)) co_return result<void>{};
    co_return co_await commit();
}

asio::awaitable<result<bool>> exchange::adds_rows() {
    const auto key = conflict_columns(request_, *table_);
    if (!request_.prefer.merge_duplicates.value_or(false) || key.empty()) co_return true;
    const auto& columns = request_.body.columns;
    for (const auto& name : key) {
        const bool given = std::find(columns.begin(), columns.end(), name) != columns.end();
        if (!given || table_->find_column(name) == nullptr) co_return true;
    }
    const auto rows = request_.body.rows.size();
    const auto io = session_.io();
    for (std::size_t first = 0; first < rows; first += lookup_rows_max) {
        const auto count = std::min(lookup_rows_max, rows - first);
        auto lookup = existing_statement(request_, first, count, *table_, *io);
        if (!lookup) co_return lookup.error();
        auto found = co_await run_count(std::move(*lookup), run_mode::autocommit);
        if (!found) co_return found.error();
        if (*found < static_cast<std::int64_t>(count)) co_return true;
    }
    co_return rows == 0;
}

asio::awaitable<result<answer>> exchange::write() {
    auto statements = changes();
    if (!statements) co_return statements.error();
    bool added = true;
    if (request_.what == action::insert) {
        auto adds = co_await adds_rows();
        if (!adds) co_return adds.error();
        added = *adds;
    }
    const bool guarded = may_be_refused(request_) || is_ordered_here() || statements->size() > 1;
    auto done = co_await run_changes(std::move(*statements), guarded);
    if (!done) co_return done.error();
    co_return std::move(*this).write_answer(added);
}

void exchange::add_body(answer& a) {
    a.headers.emplace_back("Content-Type", request_.answer.content_type());
    if (request_.names_schema) a.headers.emplace_back("Content-Profile", "public");
    a.body = std::move(*rows_).body();
}

std::string exchange::location() const {
    if (wanted_rows() != returning::key || !kept_ || kept_->rows.size() != 1) return {};
    const auto io = session_.io();
    const auto key = key_columns(*table_);
    std::string out = "/" + percent_encode(request_.table);
    for (std::size_t i = 0; i < key.size(); ++i) {
        std::string text;
        const auto printed = types::text_out(table_->find_column(key[i])->type,
                                             view_of(kept_->rows[0][i]), *io, text);
        if (!printed) return {};
        out += (i == 0 ? "?" : "&") + percent_encode(key[i]) + "=eq." + percent_encode(text);
    }
    return out;
}

answer exchange::read_answer(std::optional<std::int64_t> total) && {
    answer a;
    const auto rows = static_cast<std::int64_t>(rows_->count());
    a.status = total && rows < *total ? 206 : 200;
    a.headers.emplace_back("Content-Range", content_range(request_.range.offset, rows, total));
    if (auto applied = request_.prefer.applied({}); !applied.empty()) {
        a.headers.emplace_back("Preference-Applied", std::move(applied));
    }
    add_body(a);
    return a;
}

answer exchange::write_answer(bool added) && {
    answer a;
    const bool inserts = request_.what == action::insert;
    const bool returns = wanted_rows() == returning::selection;
    const auto total = request_.prefer.count ? std::optional(affected_) : std::nullopt;
    const auto shown = request_.what == action::update ? affected_ : 0;
    a.status = inserts ? (added ? 201 : 200) : (returns ? 200 : 204);
    a.headers.emplace_back("Content-Range", content_range(0, shown, total));
    if (auto where = location(); !where.empty()) a.headers.emplace_back("Location", where);
    const preferences::usage used{
        .resolution = inserts && !conflict_columns(request_, *table_).empty(),
        .missing = request_.what != action::remove,
        .returning = true,
        .max_affected = !inserts};
    if (auto applied = request_.prefer.applied(used); !applied.empty()) {
        a.headers.emplace_back("Preference-Applied", std::move(applied));
    }
    if (returns) add_body(a);
    return a;
}

}  // namespace historyd::rest
