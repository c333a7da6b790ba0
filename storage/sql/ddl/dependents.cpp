#include "storage/sql/ddl/dependents.hpp"

#include <algorithm>

#include "storage/sql/ddl/sequence_options.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::sql {

namespace {

bool uses_sequence(const schema::schema& s, const schema::column& c, const schema::sequence& q) {
    const auto reference = quote_text(sequence_text(s, q)) + "::regclass";
    return c.default_sql && c.default_sql->find(reference) != std::string::npos;
}

}  // namespace

std::string visible_name(const translator& t, schema::oid namespace_id, std::string_view name) {
    const auto& s = t.schema();
    const auto* space = s.find_namespace(namespace_id);
    if (space == nullptr) return quote_identifier(name);
    // The first of that name in the path is the one that is meant without a schema.
    for (const auto& on_path : t.input().search_path) {
        const auto* first = s.find_namespace(on_path);
        if (first == nullptr) continue;
        if (first == space) return quote_identifier(name);
        if (s.find_relation(on_path, name) || s.find_sequence(on_path, name)) break;
    }
    return quote_identifier(space->name) + "." + quote_identifier(name);
}

std::string object_text(const translator& t, const schema::relation& r) {
    const char* kind = r.kind == schema::relation_kind::view ? "view " : "table ";
    return kind + visible_name(t, r.namespace_id, r.name);
}

std::string object_text(const translator& t, const schema::sequence& s) {
    return "sequence " + visible_name(t, s.namespace_id, s.name);
}

std::string removal::label(const schema::relation& r) const { return object_text(change_.t(), r); }

void removal::note(std::string object, std::string depends_on) {
    dependents_.push_back({std::move(object), std::move(depends_on)});
}

void removal::add(const schema::relation& r) {
    named_.insert(r.id);
    relations_.insert(r.id);
}

void removal::add(const schema::sequence& s, const schema::relation* owner) {
    if (owner != nullptr) changed_.insert(owner->id);
    named_.insert(s.id);
    sequences_.insert(s.id);
}

void removal::add(const schema::namespace_info& n) {
    namespaces_.push_back(n);
    const auto owner = "schema " + quote_identifier(n.name);
    for (const auto& r : change_.schema().relations) {
        if (r->namespace_id != n.id || !relations_.insert(r->id).second) continue;
        note(label(*r), owner);
    }
    for (const auto& s : change_.schema().sequences) {
        if (s.namespace_id != n.id || !sequences_.insert(s.id).second) continue;
        if (s.owner_relation == 0) note(object_text(change_.t(), s), owner);
    }
}

void removal::follow(const schema::relation& r) {
    for (const auto& other : change_.schema().relations) {
        if (other->is_catalog || relations_.contains(other->id)) continue;
        if (std::ranges::find(other->depends_on, r.id) != other->depends_on.end()) {
            relations_.insert(other->id);
            note(label(*other), label(r));
            follow(*other);
            continue;
        }
        for (const auto& c : other->constraints) {
            if (c.kind != schema::constraint_kind::foreign_key || c.foreign_relation != r.id) {
                continue;
            }
            if (!constraints_[other->id].insert(c.name).second) continue;
            note("constraint " + quote_identifier(c.name) + " on " + label(*other), label(r));
        }
    }
    for (const auto& s : change_.schema().sequences) {
        if (s.owner_relation == r.id && sequences_.insert(s.id).second) follow(s);
    }
}

void removal::follow(const schema::sequence& s) {
    for (const auto& r : change_.schema().relations) {
        if (r->is_catalog || relations_.contains(r->id)) continue;
        if (std::ranges::find(r->depends_on, s.id) != r->depends_on.end()) {
            relations_.insert(r->id);
            note(label(*r), object_text(change_.t(), s));
            follow(*r);
            continue;
        }
        if (changed_.contains(r->id)) continue;
        for (const auto& c : r->columns) {
            if (!uses_sequence(change_.schema(), c, s)) continue;
            if (!defaults_[r->id].insert(c.attnum).second) continue;
            note("default value for column " + quote_identifier(c.name) + " of " + label(*r),
                 object_text(change_.t(), s));
        }
    }
}

result<void> removal::resolve(bool cascade, const std::string& named) {
    const auto relations = relations_;
    const auto sequences = sequences_;
    for (const auto id : relations) follow(*change_.schema().find_relation(id));
    for (const auto id : sequences) follow(*change_.schema().find_sequence(id));
    if (dependents_.empty()) return {};
    if (!cascade) {
        std::string detail;
        for (const auto& d : dependents_) {
            if (!detail.empty()) detail += "\n";
            detail += d.object + " depends on " + d.depends_on;
        }
        return sql_error(sqlstate::dependent_objects_still_exist,
                         "cannot drop " + named + " because other objects depend on " +
                             (named.starts_with("desired") ? "them" : "it"))
            .with_detail(std::move(detail))
            .with_hint("Use DROP ... CASCADE to drop the dependent objects too.");
    }
    sql_error notice(sqlstate::successful_completion, "drop cascades to " + dependents_[0].object);
    if (dependents_.size() > 1) {
        notice.message =
            "drop cascades to " + std::to_string(dependents_.size()) + " other objects";
        for (const auto& d : dependents_) {
            notice.detail += (notice.detail.empty() ? "" : "\n") + ("drop cascades to " + d.object);
        }
    }
    notice.severity = severity::notice;
    change_.notice(std::move(notice));
    return {};
}

// A table that stays, or is dropped after the table its keys refer to.
result<void> removal::strip_foreign_keys(const schema::relation& child) {
    if (child.foreign_made) {
        return unsupported("dropping a table that \"" + child.name + "\" refers to",
                           "Another program made \"" + child.name + "\": drop it first.");
    }
    auto stripped = child;
    std::erase_if(stripped.constraints, [&](const schema::constraint& c) {
        return c.kind == schema::constraint_kind::foreign_key &&
               relations_.contains(c.foreign_relation) && c.foreign_relation != child.id;
    });
    for (auto& c : stripped.columns) {
        const auto found = defaults_.find(child.id);
        if (found != defaults_.end() && found->second.contains(c.attnum)) c.default_sql.reset();
    }
    if (auto done = redeclare(change_, stripped); !done) return done;
    if (!relations_.contains(child.id)) change_.save(stripped);
    return {};
}

// A table that no other one left refers to; any one when they refer to each other.
const schema::relation* removal::next_table(const std::set<schema::oid>& left) const {
    const schema::relation* any = nullptr;
    for (const auto id : left) {
        const auto* candidate = change_.schema().find_relation(id);
        any = candidate;
        const bool referenced = std::ranges::any_of(left, [&](schema::oid other) {
            const auto& r = *change_.schema().find_relation(other);
            return other != id && std::ranges::any_of(r.constraints, [&](const auto& c) {
                       return c.kind == schema::constraint_kind::foreign_key &&
                              c.foreign_relation == id;
                   });
        });
        if (!referenced) return candidate;
    }
    return any;
}

result<void> removal::emit() {
    const auto& s = change_.schema();
    for (const auto& [id, names] : constraints_) {
        if (relations_.contains(id)) continue;
        if (auto done = strip_foreign_keys(*s.find_relation(id)); !done) return done;
    }
    for (const auto& [id, attnums] : defaults_) {
        if (relations_.contains(id) || constraints_.contains(id)) continue;
        auto r = *s.find_relation(id);
        for (auto& c : r.columns) {
            if (attnums.contains(c.attnum)) c.default_sql.reset();
        }
        change_.save(r);
    }
    std::set<schema::oid> tables;
    for (const auto id : relations_) {
        const auto& r = *s.find_relation(id);
        if (r.kind != schema::relation_kind::view) {
            tables.insert(id);
            continue;
        }
        change_.run("DROP VIEW " + quote_name(r.sqlite_name));
        change_.erase(r);
    }
    while (!tables.empty()) {
        const auto& r = *next_table(tables);
        tables.erase(r.id);
        // SQLite empties a table before it drops it, which foreign keys into it would refuse.
        for (const auto other : tables) {
            const auto& child = *s.find_relation(other);
            const bool refers = std::ranges::any_of(child.constraints, [&](const auto& c) {
                return c.kind == schema::constraint_kind::foreign_key && c.foreign_relation == r.id;
            });
            if (!refers) continue;
            if (auto done = strip_foreign_keys(child); !done) return done;
        }
        change_.run("DROP TABLE " + quote_name(r.sqlite_name));
        change_.erase(r);
    }
    for (const auto id : sequences_) change_.erase(*s.find_sequence(id));
    for (const auto& n : namespaces_) change_.erase(n);
    return {};
}

}  // namespace historyd::sql
