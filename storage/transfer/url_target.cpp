#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "storage/base/quoted.hpp"
#include "storage/transfer/layout.hpp"
#include "storage/transfer/pg_tables.hpp"
#include "storage/transfer/row_target.hpp"
#include "storage/transfer/sqlite_name.hpp"
#include "storage/types/copy_format.hpp"

namespace historyd::transfer {

namespace {

constexpr std::size_t piece_bytes = 128 << 10;

std::string type_name(column_kind kind) {
    return kind == column_kind::instant ? "timestamptz"
           : kind == column_kind::flag  ? "integer"
                                        : "text";
}

std::string create_statement(const table& t) {
    std::string columns;
    for (const auto& c : t.columns) {
        columns += (columns.empty() ? "" : ", ") + quote_name(c.name) + " " + type_name(c.kind);
        if (c.name == "id") columns += " PRIMARY KEY";
    }
    return "CREATE TABLE IF NOT EXISTS " + quote_name(t.name) + " (" + columns + ")";
}

struct prepared_table {
    row_identity identity = row_identity::whole;
    std::vector<std::size_t> columns;  // of the present layout, those that are there
    std::string select, copy;          // of these
    layout found;                      // how rows of `select` are assembled
};

class url_target : public row_target {
public:
    explicit url_target(pg_connection connection) : connection_(std::move(connection)) {}

    const std::string& name() const override { return connection_.name(); }
    bool takes_defects() const override { return false; }

    result<row_identity> prepare(std::size_t index, bool dry_run) override {
        const auto& t = tables()[index];
        auto there = read_pg_tables(connection_);
        if (!there) return there.error();
        auto columns = (*there)[std::string(t.name)];
        if (columns.empty() && dry_run) return row_identity::whole;
        if (columns.empty()) {
            if (auto made = connection_.execute(create_statement(t)); !made) return made.error();
            for (const auto& c : t.columns) {
                columns.push_back({.name = std::string(c.name), .type = type_name(c.kind)});
            }
        }
        if (auto added = add_missing(t, columns, dry_run); !added) return added.error();
        auto& p = prepared_[index];
        const auto& id = *std::ranges::find(columns, std::string("id"), &pg_column::name);
        if (id.type == "bigint" || id.type == "integer") p.identity = row_identity::without_id;
        settle(index, columns, p);
        return p.identity;
    }

    result<std::vector<std::optional<record>>> find(std::span<const record> batch) override {
        std::vector<std::optional<record>> out(batch.size());
        const auto at = prepared_.find(batch.front().table);
        if (at == prepared_.end()) return out;  // a dry run, and no such table
        const auto& p = at->second;
        const std::size_t key = p.identity == row_identity::whole ? 0 : 1;
        std::unordered_multimap<std::string_view, std::size_t> wanted;
        std::vector<std::string_view> keys;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            // What PostgreSQL does not take as text cannot be there either.
            if (!batch[i].fields[key] || !batch[i].defect.empty()) continue;
            const std::string_view k = *batch[i].fields[key];
            if (!wanted.contains(k)) keys.push_back(k);
            wanted.emplace(k, i);
        }
        auto rows = connection_.execute(p.select, {array_literal(keys)});
        if (!rows) return rows.error();
        for (int r = 0; r < PQntuples(rows->get()); ++r) {
            auto found = record_of(p, rows->get(), r);
            if (!found.fields[key]) continue;
            const auto [first, last] = wanted.equal_range(*found.fields[key]);
            for (auto w = first; w != last; ++w) {
                if (p.identity == row_identity::without_id &&
                    row_hash(found, p.identity) != row_hash(batch[w->second], p.identity)) {
                    continue;
                }
                out[w->second] = found;
            }
        }
        return out;
    }

    result<std::size_t> insert(std::span<const record> batch) override {
        const auto& p = prepared_.at(batch.front().table);
        if (auto begun = connection_.begin_copy_in(p.copy); !begun) return begun.error();
        const types::copy_options options;
        std::string bytes;
        for (const auto& r : batch) {
            bool first = true;
            for (const auto i : p.columns) {
                if (i == 0 && p.identity == row_identity::without_id) continue;
                types::append_copy_field(options, std::exchange(first, false), r.fields[i], bytes);
            }
            bytes += '\n';
            if (bytes.size() < piece_bytes) continue;
            if (auto sent = connection_.put(bytes); !sent) return sent.error();
            bytes.clear();
        }
        if (!bytes.empty()) {
            if (auto sent = connection_.put(bytes); !sent) return sent.error();
        }
        if (auto ended = connection_.end_copy_in(); !ended) return ended.error();
        return 0;
    }

    result<void> finish() override {
        for (const auto& [index, p] : prepared_) {
            const auto& t = tables()[index];
            const auto& by = t.columns[1].name;
            auto indexed = connection_.execute(
                "SELECT 1 FROM pg_index i JOIN pg_attribute a"
                " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
                " WHERE i.indrelid = to_regclass($1) AND a.attname = $2",
                {quote_name(t.name), std::string(by)});
            if (!indexed) return indexed.error();
            if (PQntuples(indexed->get()) > 0) continue;
            const auto index_name = std::string(t.name) + "_" + std::string(by) + "_idx";
            auto made =
                connection_.execute("CREATE INDEX IF NOT EXISTS " + quote_name(index_name) +
                                    " ON " + quote_name(t.name) + " (" + quote_name(by) + ")");
            if (!made) return made.error();
        }
        return {};
    }

private:
    result<void> add_missing(const table& t, std::vector<pg_column>& columns, bool dry_run) {
        const auto has = [&](std::string_view name) {
            return std::ranges::find(columns, name, &pg_column::name) != columns.end();
        };
        for (const auto& c : t.columns) {
            if (has(c.name)) continue;
            const bool older = std::ranges::any_of(c.older_names, has) && !has("new_memory");
            if (older || c.name == "id" || c.name == t.columns[1].name) {
                return sql_error(sqlstate::feature_not_supported,
                                 "the table " + std::string(t.name) + " at " + name() +
                                     " has no column " + std::string(c.name))
                    .with_hint(
                        "It has the layout of an old mem0: import it from its file into a "
                        "database without that table.");
            }
            if (dry_run) continue;
            auto added = connection_.execute("ALTER TABLE " + quote_name(t.name) + " ADD COLUMN " +
                                             quote_name(c.name) + " " + type_name(c.kind));
            if (!added) return added.error();
            columns.push_back({.name = std::string(c.name), .type = type_name(c.kind)});
        }
        return {};
    }

    static void settle(std::size_t index, const std::vector<pg_column>& columns,
                       prepared_table& p) {
        const auto& t = tables()[index];
        const auto names = names_of(columns);
        std::string list, copied;
        std::vector<std::string> there;
        for (std::size_t i = 0; i < t.columns.size(); ++i) {
            const auto& c = t.columns[i];
            if (std::ranges::find(names, c.name) == names.end()) continue;
            p.columns.push_back(i);
            there.emplace_back(c.name);
            list += (list.empty() ? "" : ", ") + quote_name(c.name);
            if (i == 0 && p.identity == row_identity::without_id) continue;
            copied += (copied.empty() ? "" : ", ") + quote_name(c.name);
        }
        const auto key = p.identity == row_identity::whole ? 0u : 1u;
        p.found = *layout_of(t.name, there);
        p.select = "SELECT " + list + " FROM " + quote_name(t.name) + " WHERE " +
                   quote_name(t.columns[key].name) + " = ANY ($1::text[])";
        p.copy = "COPY " + quote_name(t.name) + " (" + copied + ") FROM STDIN";
    }

    static record record_of(const prepared_table& p, const PGresult* rows, int r) {
        std::vector<value_view> views;
        for (int c = 0; c < PQnfields(rows); ++c) {
            if (PQgetisnull(rows, r, c) != 0) {
                views.emplace_back();
            } else {
                views.emplace_back(std::string_view(
                    PQgetvalue(rows, r, c), static_cast<std::size_t>(PQgetlength(rows, r, c))));
            }
        }
        record out;
        assemble(p.found, views, out);
        return out;
    }

    pg_connection connection_;
    std::map<std::size_t, prepared_table> prepared_;
};

}  // namespace

result<target_ptr> open_url_target(const std::string& url) {
    auto connection = pg_connection::connect(url);
    if (!connection) return connection.error();
    return target_ptr(std::make_unique<url_target>(std::move(*connection)));
}

}  // namespace historyd::transfer
