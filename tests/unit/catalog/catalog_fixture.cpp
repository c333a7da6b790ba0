#include "catalog_fixture.hpp"

namespace historyd::catalog {

namespace {

namespace t = types::type_oid;

schema::column column(std::int16_t attnum, std::string name, schema::type_ref type,
                      bool not_null = false) {
    schema::column c;
    c.name = std::move(name);
    c.type = type;
    c.attnum = attnum;
    c.not_null = not_null;
    return c;
}

schema::constraint constraint(schema::oid id, std::string name, schema::constraint_kind kind,
                              std::vector<std::int16_t> columns, schema::oid index = 0) {
    schema::constraint c;
    c.id = id;
    c.name = std::move(name);
    c.kind = kind;
    c.columns = std::move(columns);
    c.index = index;
    return c;
}

schema::index unique_index(schema::oid id, std::string name, std::int16_t attnum, bool primary) {
    schema::index i;
    i.id = id;
    i.name = std::move(name);
    i.keys = {{.attnum = attnum, .expression_sql = {}}};
    i.unique = true;
    i.primary = primary;
    return i;
}

std::shared_ptr<schema::relation> table_p() {
    auto p = std::make_shared<schema::relation>();
    p->id = 16389;
    p->name = "p";
    p->comment = "tbl";
    p->columns = {column(1, "id", {t::int4, -1}, true), column(2, "x", {t::text, -1}),
                  column(3, "n", {t::numeric, 655366})};
    p->columns[1].comment = "colx";
    p->columns[2].default_sql = "0";
    p->next_attnum = 4;
    auto check = constraint(16393, "p_n_check", schema::constraint_kind::check, {3});
    check.check_sql = "(n > (0)::numeric)";
    p->constraints = {check,
                      constraint(16397, "p_pkey", schema::constraint_kind::primary_key, {1}, 16396),
                      constraint(16399, "p_x_key", schema::constraint_kind::unique, {2}, 16398)};
    p->indexes = {unique_index(16396, "p_pkey", 1, true), unique_index(16398, "p_x_key", 2, false)};
    return p;
}

std::shared_ptr<schema::relation> table_c() {
    auto c = std::make_shared<schema::relation>();
    c->id = 16401;
    c->name = "c";
    c->columns = {column(1, "id", {t::int4, -1}, true), column(2, "pid", {t::int4, -1}),
                  column(3, "u", {t::text, -1})};
    c->columns[0].default_sql = "nextval('c_id_seq'::regclass)";
    c->next_attnum = 4;
    auto key = constraint(16409, "c_pid_fkey", schema::constraint_kind::foreign_key, {2});
    key.foreign_relation = 16389;
    key.foreign_columns = {1};
    key.on_delete = 'c';
    c->constraints = {constraint(16408, "c_pkey", schema::constraint_kind::primary_key, {1}, 16407),
                      key};
    schema::index ci;
    ci.id = 16414;
    ci.name = "ci";
    ci.keys = {{.attnum = 3, .expression_sql = {}, .descending = true, .nulls_first = true},
               {.attnum = 0, .expression_sql = "lower(u)"}};
    ci.predicate_sql = "(u IS NOT NULL)";
    c->indexes = {unique_index(16407, "c_pkey", 1, true), ci};
    return c;
}

std::shared_ptr<schema::relation> view_v() {
    auto v = std::make_shared<schema::relation>();
    v->id = 16415;
    v->name = "v";
    v->kind = schema::relation_kind::view;
    v->columns = {column(1, "id", {t::int4, -1}), column(2, "x", {t::text, -1})};
    v->next_attnum = 3;
    v->view_sql = " SELECT p.id,\n    p.x\n   FROM p";
    v->depends_on = {16389};
    return v;
}

std::shared_ptr<schema::relation> other_p() {
    auto p = std::make_shared<schema::relation>();
    p->id = 16421;
    p->namespace_id = 16420;
    p->name = "p";
    p->columns = {column(1, "id", {t::int4, -1})};
    p->next_attnum = 2;
    return p;
}

}  // namespace

std::shared_ptr<schema::schema> example_schema() {
    auto s = std::make_shared<schema::schema>();
    s->epoch = 1;
    s->namespaces = {{schema::pg_catalog_oid, "pg_catalog", ""},
                     {schema::public_oid, "public", ""},
                     {schema::information_schema_oid, "information_schema", ""},
                     {16420, "s", ""}};
    for (const auto& r : catalog_relations()) s->relations.push_back(r);
    for (const auto& r : {table_p(), table_c(), view_v(), other_p()}) s->relations.push_back(r);
    schema::sequence owned;
    owned.id = 16400;
    owned.name = "c_id_seq";
    owned.type = t::int4;
    owned.max = INT32_MAX;
    owned.owner_relation = 16401;
    owned.owner_attnum = 1;
    schema::sequence free;
    free.id = 16419;
    free.name = "sq";
    s->sequences = {owned, free};
    s->next_oid = 16500;
    s->index_names();
    return s;
}

void catalog_fixture::SetUp() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    file_ = std::filesystem::temp_directory_path() /
            ("historyd-catalog-" + std::to_string(getpid()) + "-" + test->name() + ".db");
    std::filesystem::remove(file_);
    const sqlite::database::extension extension = register_catalog;
    auto opened = sqlite::database::open(file_, sqlite::open_mode::read_write_create,
                                         std::span(&extension, 1));
    ASSERT_TRUE(opened) << opened.error().message;
    db_ = std::move(*opened);
    context_.schema = example_schema();
    context_.io = settings_.io();
    context_.settings = settings_.snapshot();
    context_.user = "mem0";
    context_.database = "mem0db";
    db_->set_context(&context_);
}

void catalog_fixture::TearDown() {
    db_.reset();
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(file_.string() + suffix);
    }
}

std::string catalog_fixture::query(const std::string& sql) {
    value_rows rows;
    const auto ran = db_->execute(sql, {}, &rows);
    if (!ran) return ran.error().sqlstate + " " + ran.error().message;
    std::string out;
    for (const auto& row : rows.rows) {
        for (const auto& v : row) {
            if (&v != &row.front()) out += '|';
            if (const auto* number = std::get_if<std::int64_t>(&v)) out += std::to_string(*number);
            if (const auto* text = std::get_if<std::string>(&v)) out += *text;
            if (const auto* real = std::get_if<double>(&v)) out += std::to_string(*real);
        }
        out += '\n';
    }
    return out;
}

}  // namespace historyd::catalog
