#include "storage/sql/ddl/schema_change.hpp"

#include <algorithm>

namespace historyd::sql {

namespace {

constexpr std::size_t name_bytes_max = 63;  // NAMEDATALEN - 1

std::string lower(std::string_view name) {
    std::string out(name);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return out;
}

// Prefixes that SQLite, historyd's own tables, Litestream's and the catalog's virtual tables keep
// for themselves.
bool is_reserved(std::string_view folded) {
    return folded.starts_with("sqlite_") || folded.starts_with("historyd_") ||
           folded.starts_with("_litestream_") || folded.starts_with("pg_catalog_") ||
           folded.starts_with("information_schema_");
}

// Cuts to at most `bytes`, never inside a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

}  // namespace

schema_change::schema_change(translator& t) : t_(t), next_oid_(t.schema().next_oid) {
    for (const auto& r : t.schema().relations) {
        taken_names_.emplace(r->namespace_id, r->name);
        if (!r->is_catalog) taken_sqlite_names_.insert(lower(r->sqlite_name));
        for (const auto& i : r->indexes) {
            taken_names_.emplace(r->namespace_id, i.name);
            taken_sqlite_names_.insert(lower(sqlite_index_name(t.schema(), *r, i.name)));
        }
        for (const auto& c : r->constraints) taken_constraints_.emplace(r->namespace_id, c.name);
    }
    for (const auto& s : t.schema().sequences) taken_names_.emplace(s.namespace_id, s.name);
}

void schema_change::run(std::string sql, std::vector<value> parameters) {
    steps_.push_back({std::move(sql), std::move(parameters)});
}

void schema_change::append(std::vector<schema::own_change> changes) {
    for (auto& c : changes) steps_.push_back({std::move(c.sql), std::move(c.parameters)});
}

void schema_change::note_place(schema::oid namespace_id) {
    (schema().is_temporary(namespace_id) ? changes_temporary_ : changes_permanent_) = true;
}

void schema_change::save(const schema::relation& r) {
    note_place(r.namespace_id);
    std::vector<schema::own_change> changes;
    schema::save_relation(r, changes);
    append(std::move(changes));
}

void schema_change::save(const schema::sequence& s) {
    note_place(s.namespace_id);
    std::vector<schema::own_change> changes;
    schema::save_sequence(s, changes);
    append(std::move(changes));
}

void schema_change::save(const schema::namespace_info& n) {
    note_place(n.id);
    std::vector<schema::own_change> changes;
    schema::save_namespace(n, changes);
    append(std::move(changes));
}

void schema_change::erase(const schema::relation& r) {
    note_place(r.namespace_id);
    std::vector<schema::own_change> changes;
    schema::erase_relation(r.id, changes);
    append(std::move(changes));
}

void schema_change::erase(const schema::sequence& s) {
    note_place(s.namespace_id);
    std::vector<schema::own_change> changes;
    schema::erase_sequence(s.id, changes);
    append(std::move(changes));
}

void schema_change::erase(const schema::namespace_info& n) {
    note_place(n.id);
    std::vector<schema::own_change> changes;
    schema::erase_namespace(n.id, changes);
    append(std::move(changes));
}

void schema_change::fail_if(std::string_view from_and_where, const sql_error& error) {
    run("SELECT pg_raise(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) FROM " + std::string(from_and_where) +
            " LIMIT 1",
        {error.sqlstate, error.message, error.detail, error.hint, error.schema_name,
         error.table_name, error.column_name, error.constraint_name});
}

bool schema_change::is_taken(schema::oid namespace_id, std::string_view name) const {
    return taken_names_.contains({namespace_id, std::string(name)});
}

void schema_change::take(schema::oid namespace_id, std::string_view name) {
    taken_names_.emplace(namespace_id, name);
}

void schema_change::take_constraint(schema::oid namespace_id, std::string_view name) {
    taken_constraints_.emplace(namespace_id, name);
}

std::string schema_change::free_relation_name(schema::oid namespace_id, std::string_view a,
                                              std::string_view b, std::string_view label) {
    for (int pass = 0;; ++pass) {
        const auto suffix = std::string(label) + (pass == 0 ? "" : std::to_string(pass));
        auto name = object_name(a, b, suffix);
        if (taken_names_.emplace(namespace_id, name).second) return name;
    }
}

std::string schema_change::free_constraint_name(schema::oid namespace_id, std::string_view a,
                                                std::string_view b, std::string_view label) {
    for (int pass = 0;; ++pass) {
        const auto suffix = std::string(label) + (pass == 0 ? "" : std::to_string(pass));
        auto name = object_name(a, b, suffix);
        if (taken_constraints_.emplace(namespace_id, name).second) return name;
    }
}

std::string schema_change::new_sqlite_name(schema::oid namespace_id, std::string_view name) {
    const auto* space = schema().find_namespace(namespace_id);
    const auto folded = lower(name);
    std::string out(name);
    if (namespace_id != schema::public_oid || is_reserved(folded)) {
        out = (space == nullptr ? "public" : space->name) + "." + out;
    }
    const auto first = out;
    for (int pass = 1; !taken_sqlite_names_.insert(lower(out)).second; ++pass) {
        out = first + "~" + std::to_string(pass);
    }
    return out;
}

result<std::string> schema_change::new_sqlite_index(const schema::relation& r,
                                                    std::string_view index) {
    auto name = sqlite_index_name(schema(), r, index);
    if (!taken_sqlite_names_.insert(lower(name)).second) {
        return unsupported("index names that differ only in case",
                           "SQLite does not tell \"" + name + "\" from one that exists.");
    }
    return name;
}

std::shared_ptr<plan> schema_change::finish(std::string tag) {
    auto out = std::make_shared<plan>();
    out->command = command::ddl;
    out->tag = std::move(tag);
    out->tag_has_count = false;
    out->schema_epoch = schema().epoch;
    out->notices = std::move(notices_);
    out->cacheable = false;
    out->temporary = changes_temporary_ && !changes_permanent_;
    if (next_oid_ != schema().next_oid) {
        std::vector<schema::own_change> changes;
        schema::save_next_oid(next_oid_, changes);
        append(std::move(changes));
    }
    out->steps = std::move(steps_);
    out->backend_sql = std::move(backend_sql_);
    if (out->steps.empty()) out->sql = "SELECT 1";  // IF NOT EXISTS and the like: nothing to do
    return out;
}

std::string object_name(std::string_view a, std::string_view b, std::string_view label) {
    std::size_t overhead = label.empty() ? 0 : label.size() + 1;
    if (!b.empty()) overhead += 1;
    const std::size_t room = name_bytes_max - std::min(overhead, name_bytes_max);
    std::size_t a_bytes = a.size(), b_bytes = b.size();
    while (a_bytes + b_bytes > room) {
        if (a_bytes > b_bytes) {
            --a_bytes;
        } else {
            --b_bytes;
        }
    }
    std::string out(cut(a, a_bytes));
    if (!b.empty()) out += "_" + std::string(cut(b, b_bytes));
    if (!label.empty()) out += "_" + std::string(label);
    return out;
}

std::string sqlite_index_name(const schema::schema& s, const schema::relation& r,
                              std::string_view index) {
    if (r.namespace_id == schema::public_oid && !is_reserved(lower(index))) {
        return std::string(index);
    }
    const auto* space = s.find_namespace(r.namespace_id);
    return (space == nullptr ? std::string("public") : space->name) + "." + std::string(index);
}

}  // namespace historyd::sql
