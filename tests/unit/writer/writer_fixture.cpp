#include "writer_fixture.hpp"

namespace historyd::writer {

std::shared_ptr<sqlite::statement_context> WriterTest::context() {
    auto c = std::make_shared<sqlite::statement_context>();
    c->schema = w().schema();
    c->io = std::make_shared<const types::io_settings>();
    c->sequences = sequences_.get();
    return c;
}

sql::plan_ptr WriterTest::ddl(std::vector<std::string> steps) {
    auto plan = std::make_shared<sql::plan>();
    plan->command = sql::command::ddl;
    plan->schema_epoch = w().schema()->epoch;
    plan->search_path = "public";
    for (auto& step : steps) {
        plan->repeatable_sql += (plan->repeatable_sql.empty() ? "" : "; ") + step;
        plan->steps.push_back({std::move(step), {}});
    }
    return plan;
}

sql::plan_ptr WriterTest::dml(std::string sql, sql::command command, const std::string& table) {
    auto plan = std::make_shared<sql::plan>();
    plan->command = command;
    plan->schema_epoch = w().schema()->epoch;
    plan->sql = std::move(sql);
    if (const auto* r = w().schema()->find_relation("public", table)) plan->target = r->id;
    return plan;
}

write_statement WriterTest::rows_into(const std::string& table,
                                      std::vector<std::vector<value>> rows) {
    auto plan = std::make_shared<sql::plan>();
    plan->command = sql::command::insert;
    plan->schema_epoch = w().schema()->epoch;
    const auto& relation = *w().schema()->find_relation("public", table);
    plan->target = relation.id;
    auto& insert = plan->insert.emplace();
    insert.table = relation.id;
    insert.width = relation.columns.size();
    insert.insert_sql = "INSERT INTO " + table + " VALUES (";
    for (std::size_t i = 1; i <= insert.width; ++i) {
        insert.insert_sql += (i > 1 ? ", ?" : "?") + std::to_string(i);
    }
    insert.insert_sql += ")";
    write_statement s;
    s.plan = plan;
    s.concrete = true;
    s.rows = std::move(rows);
    return s;
}

write_statement WriterTest::statement(const sql::plan_ptr& plan, row_sink* sink) {
    write_statement s;
    s.plan = plan;
    s.sink = sink;
    return s;
}

write_unit WriterTest::unit(std::vector<write_statement> statements) {
    write_unit u;
    u.schema_epoch = w().schema()->epoch;
    u.context = context();
    u.statements = std::move(statements);
    return u;
}

void WriterTest::make(const std::string& create_table) {
    const auto made = run(unit(ddl({create_table})));
    ASSERT_TRUE(made) << made.error().message;
}

void WriterTest::settle() {
    auto nothing = []() -> asio::awaitable<void> { co_return; };
    io_.run(nothing());
}

lease WriterTest::acquire(std::chrono::milliseconds idle_timeout) {
    auto taken = io_.run(w().acquire(idle_timeout, context()));
    EXPECT_TRUE(taken) << taken.error().message;
    return std::move(*taken);
}

void WriterTest::tell_when_running(std::promise<void>& running) {
    extensions_ = {[&running](sqlite::database& db) -> result<void> {
        sqlite3_create_function_v2(
            db.handle(), "tell", 1, SQLITE_UTF8, &running,
            [](sqlite3_context* c, int, sqlite3_value** v) {
                auto* told = static_cast<std::promise<void>*>(sqlite3_user_data(c));
                if (sqlite3_value_int64(v[0]) == 5) told->set_value();
                sqlite3_result_value(c, v[0]);
            },
            nullptr, nullptr, nullptr);
        return {};
    }};
}

std::int64_t WriterTest::committed(const std::string& sql) {
    const auto db = sqlite::database::open(file(), sqlite::open_mode::read_only, {});
    EXPECT_TRUE(db) << db.error().message;
    value_rows rows;
    const auto done = (*db)->execute(sql, {}, &rows);
    EXPECT_TRUE(done) << done.error().message;
    return std::get<std::int64_t>(rows.rows.at(0).at(0));
}

}  // namespace historyd::writer
