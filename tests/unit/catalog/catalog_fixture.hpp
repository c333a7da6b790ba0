#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "storage/base/value_rows.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/schema/schema.hpp"
#include "storage/settings/settings.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// The schema that these statements make in PostgreSQL:
//   create table p(id int primary key, x text unique, n numeric(10,2) default 0, check (n > 0));
//   create table c(id serial primary key, pid int references p(id) on delete cascade, u text);
//   create index ci on c(u desc, lower(u)) where u is not null;
//   create view v as select id, x from p;
//   create sequence sq;
//   create schema s; create table s.p(id int);
//   comment on table p is 'tbl'; comment on column p.x is 'colx';
std::shared_ptr<schema::schema> example_schema();

// A connection with the catalog registered and the example schema in its context.
class catalog_fixture : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    // The rows, a line each, values separated by '|'; NULL is empty. An error: its SQLSTATE and
    // text.
    std::string query(const std::string& sql);

    std::filesystem::path file_;
    std::unique_ptr<sqlite::database> db_;
    settings::session_settings settings_;
    sqlite::statement_context context_;
};

}  // namespace historyd::catalog
