// session: COPY table FROM STDIN, COPY table|(query) TO STDOUT, in text and CSV.

#include <algorithm>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"
#include "storage/base/quoted.hpp"
#include "storage/types/copy_format.hpp"

namespace historyd::session {

namespace {

constexpr std::size_t row_bytes_max = 64u << 20;
// Each batch is a walk to the writer and back.
constexpr std::size_t batch_rows = 2048;

std::string qualified(const sql::copy_statement& s) {
    return s.schema_name.empty() ? quote_name(s.table)
                                 : quote_name(s.schema_name) + "." + quote_name(s.table);
}

std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + quote_name(name);
    return out;
}

result<char> single(const std::optional<std::string>& given, char otherwise,
                    std::string_view what) {
    if (!given) return otherwise;
    if (given->size() == 1) return given->front();
    return sql_error(sqlstate::feature_not_supported,
                     "COPY " + std::string(what) + " must be a single one-byte character");
}

result<types::copy_options> options_of(const sql::copy_statement& s) {
    types::copy_options o;
    if (s.format == "binary") {
        return unsupported("COPY in binary format is not supported", "Use the text or CSV format.");
    }
    o.csv = s.format == "csv";
    o.header = s.header;
    auto delimiter = single(s.delimiter, o.csv ? ',' : '\t', "delimiter");
    if (!delimiter) return delimiter.error();
    auto quote = single(s.quote, '"', "quote");
    if (!quote) return quote.error();
    auto escape = single(s.escape, *quote, "escape");
    if (!escape) return escape.error();
    o.delimiter = *delimiter;
    o.quote = *quote;
    o.escape = *escape;
    o.null_text = s.null_text.value_or(o.csv ? "" : "\\N");
    return o;
}

sql_error not_a_table(const sql::copy_statement& s, bool is_view, bool is_index) {
    if (is_index) return {sqlstate::wrong_object_type, "\"" + s.table + "\" is an index"};
    sql_error error(sqlstate::wrong_object_type,
                    std::string("cannot copy ") + (s.from ? "to" : "from") + " " +
                        (is_view ? "view" : "sequence") + " \"" + s.table + "\"");
    if (!is_view) return error;
    return std::move(error).with_hint(
        s.from ? "To enable copying to a view, provide an INSTEAD OF INSERT trigger."
               : "Try the COPY (SELECT ...) TO variant.");
}

// The columns that are copied: those of the statement, else all that are not generated.
result<std::vector<std::string>> columns_of(const sql::copy_statement& s,
                                            const schema::relation& table) {
    std::vector<std::string> out;
    if (s.columns.empty()) {
        for (const auto& column : table.columns) {
            if (column.generated == 0) out.push_back(column.name);
        }
    }
    for (const auto& name : s.columns) {
        const auto* column = table.find_column(std::string_view(name));
        if (column == nullptr) {
            return sql_error(sqlstate::undefined_column, "column \"" + name + "\" of relation \"" +
                                                             table.name + "\" does not exist");
        }
        if (column->generated != 0) {
            return sql_error(sqlstate::invalid_column_reference,
                             "column \"" + name + "\" is a generated column")
                .with_detail("Generated columns cannot be used in COPY.");
        }
        if (std::ranges::find(out, name) != out.end()) {
            return sql_error(sqlstate::duplicate_column,
                             "column \"" + name + "\" specified more than once");
        }
        out.push_back(name);
    }
    return out;
}

// The same COPY with its columns named.
result<sql::copy_statement> with_columns(sql::copy_statement s, const sql_session& session) {
    if (s.query) return s;
    const auto id = session.find_class(s.schema_name, s.table);
    if (!id) return id.error();
    const auto schema = session.schema();
    const auto* table = schema->find_relation(*id);
    if (table == nullptr || table->kind != schema::relation_kind::table) {
        const bool is_index = table == nullptr && schema->find_sequence(*id) == nullptr;
        return not_a_table(s, table != nullptr, is_index);
    }
    auto columns = columns_of(s, *table);
    if (!columns) return columns.error();
    s.columns = std::move(*columns);
    return s;
}

// Sends every row as one CopyData message.
class copy_encoder : public row_sink {
public:
    copy_encoder(const sql::plan& plan, const types::copy_options& options,
                 std::shared_ptr<const types::io_settings> io)
        : plan_(plan), options_(options), io_(std::move(io)) {}

    result<void> add(std::span<const value_view> row) override {
        std::string line, field;
        for (std::size_t i = 0; i < row.size(); ++i) {
            field.clear();
            std::optional<std::string_view> text;
            if (!is_null(row[i])) {
                auto done = types::text_out(plan_.columns[i].type, row[i], *io_, field);
                if (!done) return done.error();
                text = field;
            }
            types::append_copy_field(options_, i == 0, text, line);
        }
        line.push_back('\n');
        protocol::copy_data{line}.encode(out_);
        return {};
    }
    std::size_t bytes() const override { return out_.size(); }
    void rewind(std::size_t mark) override { out_.resize(mark); }
    void move_to(std::string& out) {
        out += out_;
        out_.clear();
    }

private:
    const sql::plan& plan_;
    const types::copy_options& options_;
    std::shared_ptr<const types::io_settings> io_;
    std::string out_;
};

}  // namespace

asio::awaitable<session::impl::outcome> session::impl::on_copy(run_options options,
                                                               const sql::copy_statement& given) {
    auto format = options_of(given);
    if (!format) co_return format.error();
    const auto named = with_columns(given, sql_);
    if (!named) co_return named.error();
    const auto& s = *named;
    if (!s.from) co_return co_await copy_out(options, s, *format);

    // The rows are INSERTs of one transaction, the open one or COPY's own.
    const bool own = !sql_.in_transaction();
    if (own) sql_.begin();
    auto copied = co_await copy_in(s, *format);
    if (!own) co_return copied;
    if (!copied) {
        co_await sql_.rollback();
        co_return copied;
    }
    if (auto committed = co_await sql_.commit(); !committed) co_return committed.error();
    co_return copied;
}

asio::awaitable<session::impl::outcome> session::impl::copy_out(run_options options,
                                                                const sql::copy_statement& s,
                                                                const types::copy_options& format) {
    prepared_statement select;
    if (s.query) {
        select.raw = *s.query;
        select.parameters_fixed = true;
        if (auto ready = sql_.prepare_once(select); !ready) co_return ready.error();
    } else {
        auto ready = sql_.prepare_text("SELECT " + list_of(s.columns) + " FROM " + qualified(s));
        if (!ready) co_return ready.error();
        select = std::move(*ready);
    }
    const auto plan = select.plan;
    if (!plan->returns_rows) {
        co_return sql_error(sqlstate::feature_not_supported,
                            "COPY query must have a RETURNING clause");
    }
    copy_encoder encoder(*plan, format, sql_.io());
    const reader::fetch_limits budget{.rows = 0, .bytes = parameters_.limits.result_buffer_bytes};
    std::vector<value> none;
    auto ran = co_await sql_.execute(select, std::move(none), encoder, budget, options.mode);
    if (!ran) co_return ran.error();
    auto& out = transport_->out();
    protocol::copy_out_response{plan->columns.size()}.encode(out);
    if (format.header) {
        std::string line;
        for (std::size_t i = 0; i < plan->columns.size(); ++i) {
            types::append_copy_field(format, i == 0, plan->columns[i].name, line);
        }
        line.push_back('\n');
        protocol::copy_data{line}.encode(out);
    }
    encoder.move_to(out);
    std::uint64_t total = ran->rows;
    auto cursor = std::move(ran->cursor);
    while (cursor) {
        if (!co_await transport_->flush()) {
            co_return sql_error(sqlstate::connection_exception, "client closed the connection");
        }
        auto more = co_await sql_.fetch(cursor, encoder, budget);
        if (!more) co_return more.error();
        encoder.move_to(out);
        total += more->rows;
    }
    protocol::copy_done{}.encode(out);
    co_return completion{
        .tag = "COPY " + std::to_string(total), .suspended = false, .silent = false};
}

asio::awaitable<session::impl::outcome> session::impl::copy_in(const sql::copy_statement& s,
                                                               const types::copy_options& format) {
    auto insert = co_await prepare_copy_insert(s);
    if (!insert) co_return insert.error();
    const auto columns = insert->plan->parameters.size();
    protocol::copy_in_response{columns}.encode(transport_->out());
    if (!co_await transport_->flush()) {
        co_return sql_error(sqlstate::connection_exception, "client closed the connection");
    }
    types::copy_reader reader(format, row_bytes_max);
    std::vector<std::vector<value>> batch;
    std::uint64_t total = 0;
    for (bool more = true; more;) {
        co_await transport_->arrival();
        const auto frame = transport_->take_frame();
        if (!frame) {
            auto error = frame.error();
            error.severity = severity::fatal;
            co_return error;
        }
        switch (frame->type) {
            case 'd':
                reader.push(frame->body);
                break;
            case 'c':
                reader.finish();
                more = false;
                break;
            case 'f': {
                const auto reason = frame->body.substr(0, frame->body.find('\0'));
                co_return sql_error(sqlstate::query_canceled,
                                    "COPY from stdin failed: " + std::string(reason));
            }
            case 'H':
            case 'S':
                continue;  // allowed in between, and meaningless
            default:
                co_return sql_error(sqlstate::protocol_violation, "unexpected message type 0x" +
                                                                      std::to_string(frame->type) +
                                                                      " during COPY from stdin");
        }
        auto taken = take_copy_rows(reader, *insert, s, batch);
        if (!taken) co_return taken.error();
        if (batch.size() >= batch_rows || (!more && !batch.empty())) {
            total += batch.size();
            auto stored = co_await sql_.insert_rows(*insert, std::move(batch));
            batch.clear();
            if (!stored) co_return stored.error();
        }
    }
    co_return completion{
        .tag = "COPY " + std::to_string(total), .suspended = false, .silent = false};
}

asio::awaitable<result<prepared_statement>> session::impl::prepare_copy_insert(
    const sql::copy_statement& s) {
    std::string placeholders;
    for (std::size_t i = 1; i <= s.columns.size(); ++i) {
        placeholders += (i == 1 ? "$" : ", $") + std::to_string(i);
    }
    auto insert = sql_.prepare_text("INSERT INTO " + qualified(s) + " (" + list_of(s.columns) +
                                    ") OVERRIDING SYSTEM VALUE VALUES (" + placeholders + ")");
    if (!insert) co_return insert.error();
    if (auto allowed = sql_.check_writable("COPY FROM"); !allowed) co_return allowed.error();
    if (auto held = co_await sql_.hold_writer(); !held) co_return held.error();
    if (auto current = sql_.refresh(*insert, false); !current) co_return current.error();
    co_return std::move(*insert);
}

result<void> session::impl::take_copy_rows(types::copy_reader& reader,
                                           const prepared_statement& insert,
                                           const sql::copy_statement& s,
                                           std::vector<std::vector<value>>& batch) {
    const auto& types = insert.plan->parameters;
    const auto io = sql_.io();
    const auto located = [&](sql_error error) {
        error.where = "COPY " + s.table + ", line " + std::to_string(reader.line());
        return error;
    };
    for (;;) {
        auto row = reader.next();
        if (!row) return located(row.error());
        if (!*row) return {};
        const auto& fields = **row;
        if (fields.size() > types.size()) {
            return located(
                {sqlstate::bad_copy_file_format, "extra data after last expected column"});
        }
        if (fields.size() < types.size()) {
            return located({sqlstate::bad_copy_file_format,
                            "missing data for column \"" + s.columns[fields.size()] + "\""});
        }
        std::vector<value> parameters;
        parameters.reserve(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (!fields[i]) {
                parameters.emplace_back();
                continue;
            }
            auto v = types::text_in({types[i].id, -1}, *fields[i], *io);
            if (!v) {
                auto error = located(v.error());
                error.where += ", column " + s.columns[i] + ": \"" + *fields[i] + "\"";
                return error;
            }
            parameters.push_back(std::move(*v));
        }
        batch.push_back(std::move(parameters));
    }
}

}  // namespace historyd::session
