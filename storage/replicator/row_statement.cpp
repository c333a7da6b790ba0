#include <algorithm>
#include <charconv>
#include <cmath>

#include "storage/base/quoted.hpp"
#include "storage/replicator/failure.hpp"
#include "storage/replicator/row_group.hpp"

namespace historyd::replicator {

namespace {

using outbox::change;
using outbox::change_op;
using outbox::named_value;
using postgres::parameter;

constexpr std::string_view row_settings =
    "set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true), "
    "set_config('IntervalStyle', 'postgres', true)";
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(hex_digits[byte >> 4]);
        out.push_back(hex_digits[byte & 15]);
    }
    return out;
}

std::string number_text(double d) {
    if (std::isinf(d)) return d > 0 ? "Infinity" : "-Infinity";
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d).ptr;
    return {buffer.data(), end};
}

// The text of a row's value as the column's type. TimeZone is UTC in the transaction: what stock
// mem0 wrote with an offset into a column without a time zone is the instant it names, and text
// without an offset is what it says.
std::string typed(const std::string& text, const std::string& type) {
    if (type == "timestamp without time zone") return "(" + text + "::timestamptz)::timestamp";
    return text + "::" + type;
}

std::string list(const std::vector<std::string>& names, const std::string& before,
                 const std::string& separator = ", ") {
    std::string out;
    for (const auto& name : names) {
        out += (out.empty() ? "" : separator) + before + quote_name(name);
    }
    return out;
}

using column_values = std::vector<named_value> change::*;

// One column of all rows of a group.
std::vector<std::optional<std::string>> texts_of(const row_group& g, const std::string& column,
                                                 column_values values) {
    std::vector<std::optional<std::string>> texts;
    texts.reserve(g.changes.size());
    // All changes of a group have the columns in the same order.
    const auto& first = g.changes.front()->*values;
    const auto at = std::ranges::find(first, column, &named_value::column) - first.begin();
    for (const auto* c : g.changes) {
        texts.push_back(value_text((c->*values)[static_cast<std::size_t>(at)].value));
    }
    return texts;
}

// A group's rows as a CTE "given" with typed columns: row values under their names, keys under
// theirs with a prefix, so that an update of a key has both.
class given_rows {
public:
    explicit given_rows(const row_group& g) : group_(g) {}

    void add_row_columns(const std::vector<std::string>& names) {
        for (const auto& name : names) add(name, name, &change::row);
    }
    void add_key_columns() {
        for (const auto& name : group_.key) add(name, "key " + name, &change::key);
    }

    std::string cte() const {
        return "WITH given AS (SELECT " + select_ + " FROM unnest(" + arguments_ + ") AS g(" +
               aliases_ + "))";
    }
    std::vector<parameter> take_parameters() { return std::move(parameters_); }

    // t's key is the given one.
    std::string same_key(const std::string& prefix) const {
        std::string out;
        for (const auto& name : group_.key) {
            out += (out.empty() ? "t." : " AND t.") + quote_name(name) + " = given." +
                   quote_name(prefix + name);
        }
        return out;
    }

private:
    void add(const std::string& column, const std::string& as, column_values values) {
        parameters_.push_back(parameter::text_array(texts_of(group_, column, values)));
        const auto n = std::to_string(parameters_.size());
        const std::string comma = parameters_.size() == 1 ? "" : ", ";
        arguments_ += comma + "$" + n;
        aliases_ += comma + "c" + n;
        select_ +=
            comma + typed("g.c" + n, group_.table->find(column)->type) + " AS " + quote_name(as);
    }

    const row_group& group_;
    std::vector<parameter> parameters_;
    std::string select_, arguments_, aliases_;
};

std::string raise(std::string_view marker, const std::string& value) {
    return "('" + std::string(marker) + ": ' || " + value + ")::int";
}

// Rows are new; one that is there already has to be the same. Where there is no key there is
// nothing to compare by, and the watermark alone keeps a row from coming twice. That all came is
// counted in any case: a trigger there may have kept some out.
std::string insert_sql(const row_group& g, const given_rows& given, duplicate_rule duplicates) {
    const auto insert = "INSERT INTO " + g.table->sql_name() + " (" + list(g.columns, "") +
                        ") OVERRIDING SYSTEM VALUE SELECT " + list(g.columns, "") + " FROM given";
    if (g.key.empty()) return given.cte() + " " + insert;
    const auto n = std::to_string(g.changes.size());
    if (duplicates == duplicate_rule::raise) {
        return given.cte() + ", added AS (" + insert +
               " RETURNING 1) SELECT CASE WHEN (SELECT count(*) FROM added) = " + n +
               " THEN 1 ELSE " + raise(differs_marker, "(SELECT count(*) FROM added)") + " END";
    }
    std::string same = given.same_key("");
    for (const auto& name : g.columns) {
        same += " AND t." + quote_name(name) + "::text IS NOT DISTINCT FROM given." +
                quote_name(name) + "::" + g.table->find(name)->full_type + "::text";
    }
    return given.cte() + ", added AS (" + insert + " ON CONFLICT DO NOTHING RETURNING 1) " +
           "SELECT CASE WHEN (SELECT count(*) FROM added) = " + n +
           " THEN 1 ELSE (SELECT CASE WHEN (SELECT count(*) FROM added) + count(*) = " + n +
           " THEN 1 ELSE " + raise(differs_marker, "count(*)") + " END FROM given JOIN " +
           g.table->sql_name() + " AS t ON " + same + ") END";
}

std::string put_sql(const row_group& g, const given_rows& given) {
    std::string set;
    for (const auto& name : g.columns) {
        if (std::ranges::find(g.key, name) != g.key.end()) continue;
        set += (set.empty() ? "" : ", ") + quote_name(name) + " = EXCLUDED." + quote_name(name);
    }
    return given.cte() + " INSERT INTO " + g.table->sql_name() + " (" + list(g.columns, "") +
           ") OVERRIDING SYSTEM VALUE SELECT " + list(g.columns, "") + " FROM given ON CONFLICT (" +
           list(g.key, "") + ") DO " + (set.empty() ? "NOTHING" : "UPDATE SET " + set);
}

std::string update_sql(const row_group& g, const given_rows& given) {
    std::string set;
    for (const auto& name : g.columns) {
        set += (set.empty() ? "" : ", ") + quote_name(name) + " = given." + quote_name(name);
    }
    return given.cte() + ", changed AS (UPDATE " + g.table->sql_name() + " AS t SET " + set +
           " FROM given WHERE " + given.same_key("key ") +
           " RETURNING 1) SELECT CASE WHEN (SELECT count(*) FROM changed) = " +
           std::to_string(g.changes.size()) + " THEN 1 ELSE " +
           raise(missing_marker, "(SELECT count(*) FROM changed)") + " END";
}

// A row that is gone already is no reason to stop: gone is what was asked for.
std::string remove_sql(const row_group& g, const given_rows& given) {
    return given.cte() + " DELETE FROM " + g.table->sql_name() + " AS t USING given WHERE " +
           given.same_key("key ");
}

// Those that PostgreSQL lets no UPDATE give a value: what ADD COLUMN numbered, or SET ... =
// DEFAULT.
std::vector<std::string> closed_columns(const row_group& g) {
    std::vector<std::string> out;
    std::ranges::copy_if(g.columns, std::back_inserter(out), [&](const std::string& name) {
        return g.table->find(name)->identity_always;
    });
    return out;
}

// The column's sequence goes on behind the values that came, as it does here. Values that it cannot
// have are none of its own.
postgres::query move_sequence(const row_group& g, const remote_column& column) {
    const std::string furthest = column.counts_down ? "min" : "max";
    const std::string beyond = column.counts_down ? " < " : " > ";
    return {.sql =
                "SELECT pg_catalog.setval(q.seqrelid::regclass, v.value) FROM "
                "pg_catalog.pg_sequence q, LATERAL (SELECT " +
                furthest +
                "(x::bigint) AS value FROM unnest($2::text[]) AS x WHERE x::bigint BETWEEN "
                "q.seqmin AND q.seqmax) AS v WHERE q.seqrelid = $1::regclass AND v.value IS NOT "
                "NULL AND (v.value" +
                beyond + "pg_catalog.pg_sequence_last_value(q.seqrelid)) IS NOT FALSE",
            .parameters = {parameter::text(column.sequence),
                           parameter::text_array(texts_of(g, column.name, &change::row))}};
}

postgres::query alter_identity(const row_group& g, const std::vector<std::string>& columns,
                               std::string_view generated) {
    std::string actions;
    for (const auto& name : columns) {
        actions += (actions.empty() ? " ALTER COLUMN " : ", ALTER COLUMN ") + quote_name(name) +
                   " SET GENERATED " + std::string(generated);
    }
    return postgres::plain("ALTER TABLE " + g.table->sql_name() + actions);
}

}  // namespace

std::optional<std::string> value_text(const value& v) {
    struct visitor {
        std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
        std::optional<std::string> operator()(std::int64_t i) const { return std::to_string(i); }
        std::optional<std::string> operator()(double d) const { return number_text(d); }
        std::optional<std::string> operator()(const std::string& s) const { return s; }
        std::optional<std::string> operator()(const blob& b) const { return "\\x" + hex(b.bytes); }
    };
    return std::visit(visitor{}, v);
}

std::vector<postgres::query> statements_of(const row_group& g, duplicate_rule duplicates) {
    given_rows given(g);
    std::string sql;
    switch (g.op) {
        case change_op::insert:
            given.add_row_columns(g.columns);
            sql = insert_sql(g, given, duplicates);
            break;
        case change_op::put:
            given.add_row_columns(g.columns);
            sql = g.key.empty() ? insert_sql(g, given, duplicates) : put_sql(g, given);
            break;
        case change_op::update:
            given.add_row_columns(g.columns);
            given.add_key_columns();
            sql = update_sql(g, given);
            break;
        case change_op::remove:
            given.add_key_columns();
            sql = remove_sql(g, given);
            break;
        case change_op::truncate:
        case change_op::ddl:
            break;  // not rows
    }
    std::vector<postgres::query> out;
    out.push_back({.sql = std::move(sql), .parameters = given.take_parameters()});
    if (g.op == change_op::remove) return out;
    for (const auto& name : g.columns) {
        const auto& column = *g.table->find(name);
        if (!column.sequence.empty()) out.push_back(move_sequence(g, column));
    }
    const auto closed = g.op == change_op::insert ? std::vector<std::string>() : closed_columns(g);
    if (closed.empty()) return out;
    out.insert(out.begin(), {postgres::plain(check_now), alter_identity(g, closed, "BY DEFAULT")});
    out.insert(out.end(), {postgres::plain(check_now), alter_identity(g, closed, "ALWAYS"),
                           postgres::plain(check_at_commit)});
    return out;
}

bool have_keys_to_defer(std::span<const row_group> groups) {
    return std::ranges::any_of(groups, [](const auto& g) { return g.table->has_keys_to_defer; });
}

postgres::query read_rows() { return postgres::plain("SELECT " + std::string(row_settings)); }

postgres::query move_watermark(const std::string& node_id, const std::string& incarnation,
                               const outbox::position& from, const outbox::position& to) {
    return {.sql =
                "WITH moved AS (UPDATE historyd.replica SET applied_seq = $5, applied_hash = $6, "
                "updated_at = now() WHERE node_id = $1 AND incarnation = $2 AND applied_seq = $3 "
                "AND applied_hash = $4 RETURNING 1) SELECT CASE WHEN (SELECT count(*) FROM moved) "
                "= 1 THEN 1 ELSE " +
                raise(moved_marker, "(SELECT count(*) FROM moved)") + " END, " +
                std::string(row_settings),
            .parameters = {parameter::text(node_id), parameter::text(incarnation),
                           parameter::number(from.seq), parameter::text(hash_text(from.hash)),
                           parameter::number(to.seq), parameter::text(hash_text(to.hash))}};
}

std::string hash_text(const outbox::chain_hash& h) {
    return hex({reinterpret_cast<const char*>(h.data()), h.size()});
}

outbox::chain_hash hash_of(std::string_view text) {
    outbox::chain_hash out{};
    for (std::size_t i = 0; i < out.size() && 2 * i + 2 <= text.size(); ++i) {
        std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, out[i], 16);
    }
    return out;
}

}  // namespace historyd::replicator
