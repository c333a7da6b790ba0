#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>

#include "storage/base/value_rows.hpp"
#include "storage/sqlite/functions/register.hpp"
#include "storage/sqlite/live_functions.hpp"
#include "storage/sqlite/statement_context.hpp"
#include "storage/types/timezone.hpp"

namespace historyd::test {

// A connection to an empty database in memory with the functions on it, and a session in UTC at
// 2024-02-29 12:34:56.789012.
class connection_fixture {
public:
    connection_fixture() {
        const std::array<sqlite::database::extension, 2> extensions = {
            sqlite::register_functions,
            [this](sqlite::database& db) { return sqlite::register_live_functions(db, live_); }};
        auto opened =
            sqlite::database::open(":memory:", sqlite::open_mode::read_write_create, extensions);
        if (!opened) throw std::runtime_error(opened.error().message);
        db_ = std::move(*opened);
        set_zone("UTC");
        context_.settings = std::make_shared<std::map<std::string, std::string>>(
            std::map<std::string, std::string>{{"TimeZone", "UTC"},
                                               {"server_version", "15.8"},
                                               {"search_path", "\"$user\", public"}});
        auto schema = std::make_shared<schema::schema>();
        schema->namespaces.resize(2);
        schema->namespaces[0].id = schema::pg_catalog_oid;
        schema->namespaces[0].name = "pg_catalog";
        schema->namespaces[1].id = schema::public_oid;
        schema->namespaces[1].name = "public";
        schema::sequence sequence;
        sequence.id = 20000;
        sequence.name = "s";
        sequence.max = 3;
        schema->sequences.push_back(sequence);
        schema->index_names();
        sequences_.refresh(*schema, {});
        context_.schema = schema;
        context_.sequences = &sequences_;
        context_.user = "tester";
        context_.database = "mem0";
        context_.process_id = 4711;
        context_.transaction_id = 42;
        context_.statement_start_us = now_us + 5;
        context_.currval = std::make_shared<std::map<std::string, std::int64_t>>();
        db_->set_context(&context_);
    }
    ~connection_fixture() { db_->set_context(nullptr); }

    void set_zone(const std::string& name) {
        auto io = std::make_shared<types::io_settings>();
        const auto zone = types::find_time_zone(name);
        if (!zone) throw std::runtime_error("no time zone " + name);
        io->time_zone = zone->zone;
        io->time_zone_name = zone->name;
        io->now_us = now_us;
        context_.io = io;
    }

    // The rows of a query.
    result<std::vector<std::vector<value>>> query(const std::string& sql) {
        value_rows rows;
        if (auto ok = db_->execute(sql, {}, &rows); !ok) return ok.error();
        return std::move(rows.rows);
    }

    // The single value of a query, or the error.
    result<value> one(const std::string& sql) {
        auto rows = query(sql);
        if (!rows) return rows.error();
        if (rows->size() != 1 || rows->front().size() != 1) {
            return sql_error("XX000", "not one value: " + sql);
        }
        return std::move(rows->front().front());
    }

    // The same as text; "NULL", or "SQLSTATE message".
    std::string text(const std::string& sql) {
        const auto v = one(sql);
        if (!v) return v.error().sqlstate + ' ' + v.error().message;
        struct printer {
            std::string operator()(std::monostate) const { return "NULL"; }
            std::string operator()(std::int64_t i) const { return std::to_string(i); }
            std::string operator()(double d) const { return std::to_string(d); }
            std::string operator()(const std::string& s) const { return s; }
            std::string operator()(const blob& b) const { return b.bytes; }
        };
        return std::visit(printer{}, *v);
    }

    sqlite::statement_context& context() { return context_; }
    sqlite::database& db() { return *db_; }

    static constexpr std::int64_t now_us = 1'709'210'096'789'012;

private:
    sqlite::live_server* live_ = nullptr;  // no sessions but its own
    std::unique_ptr<sqlite::database> db_;
    sqlite::sequence_registry sequences_;
    sqlite::statement_context context_;
};

}  // namespace historyd::test
