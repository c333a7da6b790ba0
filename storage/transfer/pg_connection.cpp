#include "storage/transfer/pg_connection.hpp"

namespace historyd::transfer {

namespace {

std::string message_text(const char* text) {
    std::string out = text == nullptr ? "" : text;
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

std::string name_of(const PGconn* c) {
    const std::string host = PQhost(c), port = PQport(c), database = PQdb(c);
    if (host.starts_with('/'))
        return "postgresql:///" + database + "?host=" + host + "&port=" + port;
    return "postgresql://" + host + ":" + port + "/" + database;
}

void ignore_notice(void* /*self*/, const char* /*message*/) {}

}  // namespace

result<pg_connection> pg_connection::connect(const std::string& url) {
    const char* const names[] = {"dbname", "client_encoding", "fallback_application_name",
                                 "connect_timeout", nullptr};
    const char* const values[] = {url.c_str(), "UTF8", "historyd", "10", nullptr};
    // What the URL says comes after, and wins.
    pg_connection c(PQconnectdbParams(names, values, 1));
    if (c.handle_ == nullptr) return sql_error(sqlstate::out_of_memory, "out of memory");
    if (PQstatus(c.handle_.get()) != CONNECTION_OK) {
        return sql_error(sqlstate::connection_exception,
                         message_text(PQerrorMessage(c.handle_.get())));
    }
    PQsetNoticeProcessor(c.handle_.get(), ignore_notice, nullptr);
    c.name_ = name_of(c.handle_.get());
    // Rows come and go as text, which is not to depend on the server's configuration.
    auto set = c.execute("SELECT set_config('DateStyle', 'ISO, MDY', false)");
    if (!set) return set.error();
    return c;
}

sql_error pg_connection::error_of(const PGresult* r) const {
    const char* state = r == nullptr ? nullptr : PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (state == nullptr) {
        return {sqlstate::connection_exception, message_text(PQerrorMessage(handle_.get()))};
    }
    const auto field = [&](int code) { return message_text(PQresultErrorField(r, code)); };
    sql_error out(state, field(PG_DIAG_MESSAGE_PRIMARY));
    out.detail = field(PG_DIAG_MESSAGE_DETAIL);
    out.hint = field(PG_DIAG_MESSAGE_HINT);
    out.where = field(PG_DIAG_CONTEXT);
    return out;
}

result<pg_result> pg_connection::execute(const std::string& sql,
                                         const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const auto& p : parameters) values.push_back(p.c_str());
    pg_result r(PQexecParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                             values.data(), nullptr, nullptr, 0));
    const auto status = PQresultStatus(r.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return r;
    return error_of(r.get());
}

result<void> pg_connection::begin_copy(const std::string& sql, ExecStatusType expected) {
    const pg_result r(PQexec(handle_.get(), sql.c_str()));
    if (PQresultStatus(r.get()) == expected) return {};
    return error_of(r.get());
}

// Reads what the server says after COPY, to the end.
result<void> pg_connection::finish_copy() {
    result<void> outcome;
    while (const pg_result r{PQgetResult(handle_.get())}) {
        if (PQresultStatus(r.get()) != PGRES_COMMAND_OK && outcome) outcome = error_of(r.get());
        if (PQstatus(handle_.get()) != CONNECTION_OK) break;
    }
    return outcome;
}

result<void> pg_connection::begin_copy_in(const std::string& sql) {
    return begin_copy(sql, PGRES_COPY_IN);
}

result<void> pg_connection::put(std::string_view bytes) {
    if (PQputCopyData(handle_.get(), bytes.data(), static_cast<int>(bytes.size())) == 1) return {};
    // The server has ended the COPY; why is in its result.
    if (auto ended = finish_copy(); !ended) return ended;
    return error_of(nullptr);
}

result<void> pg_connection::end_copy_in() {
    if (PQputCopyEnd(handle_.get(), nullptr) != 1) return error_of(nullptr);
    return finish_copy();
}

result<void> pg_connection::begin_copy_out(const std::string& sql) {
    return begin_copy(sql, PGRES_COPY_OUT);
}

result<bool> pg_connection::get(std::string_view& line) {
    char* bytes = nullptr;
    const int count = PQgetCopyData(handle_.get(), &bytes, 0);
    line_.reset(bytes);
    if (count > 0) {
        line = std::string_view(bytes, static_cast<std::size_t>(count));
        return true;
    }
    if (count == -1) {
        if (auto ended = finish_copy(); !ended) return ended.error();
        return false;
    }
    return error_of(nullptr);
}

std::string array_literal(const std::vector<std::string_view>& elements) {
    std::string out = "{";
    for (const auto element : elements) {
        out += out.size() == 1 ? "\"" : ",\"";
        for (const char c : element) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

}  // namespace historyd::transfer
