#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::transfer {

struct pg_connection_closer {
    void operator()(PGconn* c) const { PQfinish(c); }
};
struct pg_result_clearer {
    void operator()(PGresult* r) const { PQclear(r); }
};
using pg_result = std::unique_ptr<PGresult, pg_result_clearer>;

// A blocking libpq connection: what a command line tool needs, and no more. One thread.
class pg_connection {
public:
    // Errors: 08000 with libpq's words; the password of the URL is in none of them.
    static result<pg_connection> connect(const std::string& url);

    // One statement; parameters and results as text.
    result<pg_result> execute(const std::string& sql,
                              const std::vector<std::string>& parameters = {});

    // COPY ... FROM STDIN: begin, any number of pieces, end. An error ends it.
    result<void> begin_copy_in(const std::string& sql);
    result<void> put(std::string_view bytes);
    result<void> end_copy_in();

    // COPY ... TO STDOUT. `line` is borrowed until the next call. Returns: false at the end.
    result<void> begin_copy_out(const std::string& sql);
    result<bool> get(std::string_view& line);

    // postgresql://host:port/database, without user and password.
    const std::string& name() const { return name_; }

private:
    struct memory_freer {
        void operator()(char* p) const { PQfreemem(p); }
    };
    explicit pg_connection(PGconn* c) : handle_(c) {}
    sql_error error_of(const PGresult* r) const;
    result<void> begin_copy(const std::string& sql, ExecStatusType expected);
    result<void> finish_copy();

    std::unique_ptr<PGconn, pg_connection_closer> handle_;
    std::unique_ptr<char, memory_freer> line_;
    std::string name_;
};

// An array literal of texts.
std::string array_literal(const std::vector<std::string_view>& elements);

}  // namespace historyd::transfer
