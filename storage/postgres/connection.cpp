#include "storage/postgres/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>
#include <unistd.h>

#include <charconv>

#include "storage/postgres/plain_words.hpp"

namespace historyd::postgres {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint32_t text_oid = 25, text_array_oid = 1009;
constexpr std::string_view connection_failure = "08006";

void append_int32(std::string& out, std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}

// What is sent at once: libpq's arrays over our parameters.
struct parameter_arrays {
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths, formats;

    explicit parameter_arrays(const std::vector<parameter>& parameters) {
        for (const auto& p : parameters) {
            types.push_back(p.type);
            values.push_back(p.bytes ? p.bytes->c_str() : nullptr);
            lengths.push_back(p.bytes ? static_cast<int>(p.bytes->size()) : 0);
            formats.push_back(p.binary ? 1 : 0);
        }
    }
};

bool enqueue(PGconn* c, const query& q) {
    const parameter_arrays p(q.parameters);
    return PQsendQueryParams(c, q.sql.c_str(), static_cast<int>(p.values.size()), p.types.data(),
                             p.values.data(), p.lengths.data(), p.formats.data(), 0) == 1;
}

}  // namespace

void connection_closer::operator()(pg_conn* c) const { PQfinish(c); }
void result_clearer::operator()(pg_result* r) const { PQclear(r); }

// Layout: int32 dimensions, int32 has nulls, int32 element OID, int32 length, int32 lower bound;
// then for each element int32 length (-1: NULL) and its bytes.
parameter parameter::text_array(std::span<const std::optional<std::string>> elements) {
    std::size_t size = 20;
    for (const auto& e : elements) size += 4 + (e ? e->size() : 0);
    std::string out;
    out.reserve(size);
    append_int32(out, 1);
    append_int32(out, 1);
    append_int32(out, text_oid);
    append_int32(out, static_cast<std::uint32_t>(elements.size()));
    append_int32(out, 1);
    for (const auto& e : elements) {
        append_int32(out, e ? static_cast<std::uint32_t>(e->size()) : 0xffffffffU);
        if (e) out += *e;
    }
    return {.bytes = std::move(out), .type = text_array_oid, .binary = true};
}

std::size_t rows::size() const { return static_cast<std::size_t>(PQntuples(result_.get())); }

bool rows::is_null(std::size_t row, int column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), column) == 1;
}

std::string_view rows::text(std::size_t row, int column) const {
    const auto at = static_cast<int>(row);
    return {PQgetvalue(result_.get(), at, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), at, column))};
}

std::int64_t rows::number(std::size_t row, int column) const {
    std::int64_t out = 0;
    const auto digits = text(row, column);
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}

std::uint32_t rows::type(int column) const { return PQftype(result_.get(), column); }

connection::connection(asio::any_io_executor executor)
    : executor_(std::move(executor)), patience_(executor_) {}
connection::~connection() = default;

bool connection::check() {
    if (is_open() && PQconsumeInput(connection_.get()) != 1) close();
    return is_open();
}

bool connection::is_open() const {
    return connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK;
}

bool connection::in_transaction() const {
    return is_open() && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

void connection::close() { connection_.reset(); }

void connection::interrupt() {
    interrupted_ = true;
    patience_.cancel();
}

// Waits on a duplicate of the descriptor: libpq may close its own while it tries several addresses.
// Returns: false when the time was over first.
asio::awaitable<bool> connection::wait(readiness what, clock::time_point until) {
    if (interrupted_) co_return false;
    // Handlers may still be on their way when the wait is over.
    struct progress {
        bool ready = false, over = false;
    };
    const auto p = std::make_shared<progress>();
    const auto on_ready = [this, p](boost::system::error_code) {
        if (p->over) return;
        p->ready = true;  // also after an error: libpq will find out
        patience_.cancel();
    };
    using descriptor = asio::posix::stream_descriptor;
    descriptor socket(executor_, ::dup(PQsocket(connection_.get())));
    patience_.expires_at(until);
    if (what != readiness::write) socket.async_wait(descriptor::wait_read, on_ready);
    if (what != readiness::read) socket.async_wait(descriptor::wait_write, on_ready);
    boost::system::error_code ignored;
    co_await patience_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    p->over = true;
    co_return p->ready;
}

// libpq would wait on a host that is silent for as long as we let it, and never ask the next. As
// with libpq the next is asked when one is not there, starting, or not of the kind that is wanted.
asio::awaitable<result<void>> connection::open(const target& t, std::chrono::milliseconds timeout) {
    const auto current = t.with_current_password();
    if (!current) co_return current.error();
    std::optional<sql_error> failed;
    for (const auto& host : current->hosts()) {
        auto opened = co_await open_host(host, timeout);
        if (opened) co_return opened;
        auto e = opened.error();
        if (failed) e.message = failed->message + "; " + e.message;
        failed = std::move(e);
        const bool answered = failed->sqlstate != sqlstate::connection_exception &&
                              failed->sqlstate != sqlstate::cannot_connect_now;
        if (answered || interrupted_) break;
    }
    co_return *failed;
}

asio::awaitable<result<void>> connection::open_host(const target& t,
                                                    std::chrono::milliseconds timeout) {
    const auto until = clock::now() + timeout;
    shown_ = t.shown();
    connection_.reset(PQconnectStartParams(t.keywords().data(), t.values().data(), 0));
    if (connection_ == nullptr) co_return sql_error(sqlstate::out_of_memory, "out of memory");
    const auto failed = [&](std::string_view why) {
        auto e = connect_error(why, t);
        close();
        return e;
    };
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
        co_return failed(PQerrorMessage(connection_.get()));
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);  // for the SQLSTATE
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    auto state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        const auto what = state == PGRES_POLLING_READING ? readiness::read : readiness::write;
        const bool ready = co_await wait(what, until);
        if (!ready) {
            co_return failed("no answer within " + std::to_string(timeout.count()) + " ms");
        }
        state = PQconnectPoll(connection_.get());
        if (state == PGRES_POLLING_FAILED) co_return failed(PQerrorMessage(connection_.get()));
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    if (PQsetnonblocking(connection_.get(), 1) != 0 ||
        PQenterPipelineMode(connection_.get()) != 1) {
        co_return failed(PQerrorMessage(connection_.get()));
    }
    co_return result<void>();
}

sql_error connection::lost(std::string_view why) {
    auto e = sql_error(connection_failure, shown_ + ": " + std::string(why));
    while (!e.message.empty() && e.message.back() == '\n') e.message.pop_back();
    close();
    return e;
}

sql_error connection::error_of(const pg_result* r) const {
    const auto field = [r](int code) {
        const char* text = PQresultErrorField(r, code);
        return std::string(text == nullptr ? "" : text);
    };
    sql_error e(field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY));
    e.detail = field(PG_DIAG_MESSAGE_DETAIL);
    e.hint = field(PG_DIAG_MESSAGE_HINT);
    e.table_name = field(PG_DIAG_TABLE_NAME);
    e.column_name = field(PG_DIAG_COLUMN_NAME);
    e.constraint_name = field(PG_DIAG_CONSTRAINT_NAME);
    return e;
}

asio::awaitable<result<void>> connection::flush(std::chrono::milliseconds silence_max) {
    for (;;) {
        const int left = PQflush(connection_.get());
        if (left == 0) co_return result<void>();
        if (left < 0) co_return lost(PQerrorMessage(connection_.get()));
        // The server may not read on before what it has answered is read.
        const auto until = clock::now() + silence_max;
        const bool ready = co_await wait(readiness::both, until);
        if (!ready) {
            co_return lost("the server does not take what is sent to it");
        }
        if (PQconsumeInput(connection_.get()) != 1) {
            co_return lost(PQerrorMessage(connection_.get()));
        }
    }
}

// Waits until a result can be taken without blocking.
asio::awaitable<result<void>> connection::fill(std::chrono::milliseconds silence_max) {
    while (PQisBusy(connection_.get()) == 1) {
        const auto until = clock::now() + silence_max;
        const bool ready = co_await wait(readiness::read, until);
        if (!ready) {
            co_return lost("no answer within " + std::to_string(silence_max.count()) + " ms");
        }
        if (PQconsumeInput(connection_.get()) != 1) {
            co_return lost(PQerrorMessage(connection_.get()));
        }
    }
    co_return result<void>();
}

asio::awaitable<result<std::vector<rows>>> connection::run(std::span<const query> queries,
                                                           std::chrono::milliseconds silence_max) {
    for (const auto& q : queries) {
        if (auto sent = send(q); !sent) co_return sent.error();
    }
    co_return co_await answers(silence_max);
}

result<void> connection::send(const query& q) {
    if (!is_open()) return lost("not connected");
    if (!enqueue(connection_.get(), q)) return lost(PQerrorMessage(connection_.get()));
    return {};
}

asio::awaitable<result<std::vector<rows>>> connection::answers(
    std::chrono::milliseconds silence_max) {
    if (!is_open()) co_return lost("not connected");
    if (PQpipelineSync(connection_.get()) != 1) co_return lost(PQerrorMessage(connection_.get()));
    if (auto sent = co_await flush(silence_max); !sent) co_return sent.error();

    std::vector<rows> out;
    std::optional<sql_error> failed;
    for (;;) {
        if (auto filled = co_await fill(silence_max); !filled) co_return filled.error();
        result_ptr r(PQgetResult(connection_.get()));
        if (r == nullptr) continue;  // the end of one query's results
        switch (PQresultStatus(r.get())) {
            case PGRES_PIPELINE_SYNC:
                if (failed) co_return *failed;
                co_return out;
            case PGRES_COMMAND_OK:
            case PGRES_TUPLES_OK:
            case PGRES_EMPTY_QUERY:
                out.emplace_back(std::move(r));
                break;
            case PGRES_PIPELINE_ABORTED:
                break;
            default:
                if (PQstatus(connection_.get()) != CONNECTION_OK) {
                    // An administrator's shutdown says so before the connection ends.
                    auto e = error_of(r.get());
                    auto gone = lost(PQerrorMessage(connection_.get()));
                    if (e.sqlstate.empty()) co_return gone;
                    co_return e;
                }
                if (!failed) failed = error_of(r.get());
        }
    }
}

asio::awaitable<result<void>> connection::rollback(std::chrono::milliseconds silence_max) {
    const query q = plain("ROLLBACK");
    auto done = co_await run({&q, 1}, silence_max);
    if (!done) co_return done.error();
    co_return result<void>();
}

}  // namespace historyd::postgres
