// Any request to PostgREST's interface: first line the method and target, second the headers that
// count (Accept, Content-Type, Range, Prefer, split by bars), then the body. What parses becomes
// statements, whose parameters are as many as their types.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/rest/query/statements.hpp"

namespace historyd::rest {

namespace {

std::string_view take(std::string_view& text, char end) {
    const auto part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

schema::relation table_of_every_kind() {
    namespace t = types::type_oid;
    schema::relation r;
    r.name = "t";
    for (const auto type : {t::int4, t::text, t::bool_, t::float8, t::numeric, t::timestamptz,
                            t::uuid, t::json, t::jsonb, t::bytea, t::text_array, t::int4_array}) {
        schema::column c;
        c.attnum = r.next_attnum++;
        c.name = std::string(1, static_cast<char>('a' + c.attnum - 1));
        c.type = {.id = type};
        r.columns.push_back(c);
    }
    schema::constraint key;
    key.kind = schema::constraint_kind::primary_key;
    key.columns = {1, 2};
    r.constraints.push_back(key);
    return r;
}

void check(const result<sql_statement>& s) {
    if (s && s->types.size() != s->parameters.size()) std::abort();
}

void write_statements(const request& r) {
    static const auto table = table_of_every_kind();
    const types::io_settings io;
    check(select_statement(r, table, io));
    check(count_statement(r, table, io));
    check(delete_statement(r, returning::selection, table, io));
    if (r.what == action::update && !r.body.rows.empty()) {
        check(update_statement(r, returning::selection, table, io));
    }
    if (r.what != action::insert) return;
    const auto inserts = insert_statements(r, returning::key, table, io);
    if (!inserts) return;
    for (const auto& s : *inserts) check(s);
}

}  // namespace

}  // namespace historyd::rest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace historyd::rest;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    auto first = take(input, '\n');
    auto headers = take(input, '\n');
    request_head head;
    head.method = take(first, ' ');
    head.target = first;
    head.accept = take(headers, '|');
    head.content_type = take(headers, '|');
    head.range = take(headers, '|');
    head.prefer.emplace_back(headers);
    if (const auto r = parse_request(head, input)) write_statements(*r);
    return 0;
}
