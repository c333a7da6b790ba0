#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/session/row_encoder.hpp"
#include "storage/sql_session.hpp"

namespace historyd::session {

// A statement of Parse or PREPARE.
struct named_statement {
    prepared_statement statement;
    bool described = false;  // the client knows its result columns
    bool from_sql = false;   // PREPARE
    std::int64_t created_us = 0;
};
using named_statement_ptr = std::shared_ptr<named_statement>;

// A bound statement of Bind, or a cursor of DECLARE: one namespace, as in PostgreSQL.
struct portal {
    std::string name;
    named_statement_ptr statement;
    std::vector<value> parameters;
    std::vector<std::int16_t> formats;  // as Bind gave them

    bool is_cursor = false;           // DECLARE: fetched with FETCH
    bool binary = false;              // DECLARE BINARY
    bool scrollable = false;          // rows are kept for going back
    bool hold = false;                // survives COMMIT
    std::size_t savepoint_depth = 0;  // when it was made
    std::int64_t created_us = 0;

    // Progress. Rows taken from the statement and not yet handed out stand in `page` from `next`
    // on; a scrollable cursor keeps all of them.
    bool started = false;
    statement_cursor cursor;
    std::vector<std::vector<value>> page;
    std::size_t next = 0;
    bool after_last = false;    // the last fetch went past the end
    std::int64_t affected = 0;  // of a write
    std::uint64_t sent = 0;     // rows handed out so far

    bool exhausted() const { return started && !cursor && next >= page.size(); }
};
using portal_ptr = std::shared_ptr<portal>;

// Prepared statements and portals of one session, by name; "" is the unnamed one.
class statement_store {
public:
    statement_store(std::size_t statements_max, std::size_t portals_max)
        : statements_max_(statements_max), portals_max_(portals_max) {}

    // Errors: 42P05 a named one exists already, 53400 too many.
    result<void> add_statement(const std::string& name, named_statement_ptr statement);
    // Returns: 26000 when unknown.
    result<named_statement_ptr> find_statement(const std::string& name) const;
    bool remove_statement(const std::string& name) { return statements_.erase(name) != 0; }
    void remove_all_statements() { statements_.clear(); }

    // Errors: 42P03 a named one exists already, 53400 too many.
    result<void> add_portal(portal_ptr p);
    // Returns: 34000 when unknown.
    result<portal_ptr> find_portal(const std::string& name) const;
    bool remove_portal(const std::string& name) { return portals_.erase(name) != 0; }
    void remove_all_portals() { portals_.clear(); }
    // End of a transaction: only cursors WITH HOLD survive a COMMIT, nothing a ROLLBACK that made
    // it.
    void end_transaction(bool committed);
    void rollback_to_savepoint(std::size_t depth);
    std::vector<portal_ptr> held_cursors() const;
    // For pg_prepared_statements and pg_cursors.
    sqlite::session_objects objects() const;

    const std::map<std::string, portal_ptr>& portals() const { return portals_; }
    const std::map<std::string, named_statement_ptr>& statements() const { return statements_; }

private:
    const std::size_t statements_max_, portals_max_;
    std::map<std::string, named_statement_ptr> statements_;
    std::map<std::string, portal_ptr> portals_;
};

}  // namespace historyd::session
