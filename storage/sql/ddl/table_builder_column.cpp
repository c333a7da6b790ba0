#include <strings.h>

#include <algorithm>
#include <array>

#include "storage/schema/mem0_tables.hpp"
#include "storage/sql/ddl/collation.hpp"
#include "storage/sql/ddl/sequence_options.hpp"
#include "storage/sql/ddl/table_builder.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

constexpr std::array system_columns{"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
constexpr std::size_t columns_max = 1600;

// serial and its relatives are not types: they stand for a sequence's default.
types::oid serial_type(const PgQuery__TypeName& name) {
    if (name.n_names != 1 || name.n_array_bounds > 0 || name.setof) return 0;
    const auto spelled = string_of(name.names[0]);
    if (spelled == "serial" || spelled == "serial4") return type_oid::int4;
    if (spelled == "bigserial" || spelled == "serial8") return type_oid::int8;
    if (spelled == "smallserial" || spelled == "serial2") return type_oid::int2;
    return 0;
}

bool is_pseudo_type(const types::type_info& info) {
    return info.category == 'P' || info.id == type_oid::unknown || info.id == type_oid::record;
}

}  // namespace

sql_error table_builder::column_error(std::string_view state, const std::string& what,
                                      const schema::column& c, int location) const {
    return t_.at(
        sql_error(state, what + " for column \"" + c.name + "\" of table \"" + r_.name + "\""),
        location);
}

result<void> table_builder::check_name(const std::string& name) const {
    for (const auto* system : system_columns) {
        if (name == system) {
            return sql_error(sqlstate::duplicate_column,
                             "column name \"" + name + "\" conflicts with a system column name");
        }
    }
    for (const auto& c : r_.columns) {
        if (c.name == name) {
            if (!is_new_) {
                return sql_error(
                    sqlstate::duplicate_column,
                    "column \"" + name + "\" of relation \"" + r_.name + "\" already exists");
            }
            return sql_error(sqlstate::duplicate_column,
                             "column \"" + name + "\" specified more than once");
        }
        if (strcasecmp(c.name.c_str(), name.c_str()) == 0) {
            return unsupported("column names that differ only in case",
                               "SQLite does not tell \"" + name + "\" from \"" + c.name + "\".");
        }
    }
    if (r_.columns.size() >= columns_max) {
        return sql_error(sqlstate::too_many_columns, "tables can have at most 1600 columns");
    }
    return {};
}

result<schema::column> table_builder::typed_column(const PgQuery__ColumnDef& node, bool& serial) {
    schema::column c;
    c.name = node.colname;
    if (auto free = check_name(c.name); !free) return free.error();
    if (node.type_name == nullptr) return unsupported("columns without a type");
    if (const auto id = serial_type(*node.type_name)) {
        serial = true;
        c.type = {.id = id};
        c.not_null = true;
    } else {
        auto type = t_.type_of(node.type_name);
        if (!type) return type.error();
        c.type = *type;
    }
    const auto* info = types::find_type(c.type.id);
    if (info == nullptr || is_pseudo_type(*info)) {
        return sql_error(sqlstate::invalid_table_definition,
                         "column \"" + c.name + "\" has pseudo-type " + types::format_type(c.type));
    }
    auto collation = collation_of(t_, node, c.type);
    if (!collation) return collation.error();
    c.collation = std::move(*collation);
    if (node.n_fdwoptions > 0) return unsupported("foreign table options");
    c.attnum = r_.next_attnum;
    const bool moment = c.type.id == type_oid::timestamp || c.type.id == type_oid::timestamptz;
    c.foreign_form = moment && schema::is_mem0_table(r_.name);
    return c;
}

result<void> table_builder::apply_not_null(const PgQuery__Constraint& node, schema::column& c,
                                           bool wanted) {
    (wanted ? saw_not_null_ : saw_null_) = true;
    if ((saw_not_null_ || c.not_null) && saw_null_) {
        return column_error(sqlstate::syntax_error, "conflicting NULL/NOT NULL declarations", c,
                            node.location);
    }
    if (wanted) c.not_null = true;
    return {};
}

result<void> table_builder::column_constraint(const PgQuery__ColumnDef& def,
                                              const PgQuery__Constraint& node, schema::column& c) {
    // DEFERRABLE and the like are nodes of their own, after the constraint they belong to.
    const bool attribute = node.contype >= PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE;
    if (!attribute) attributed_ = false;
    switch (node.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
            return apply_not_null(node, c, false);
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
            return apply_not_null(node, c, true);
        case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
            if (saw_default_) {
                return column_error(sqlstate::syntax_error, "multiple default values specified", c,
                                    node.location);
            }
            saw_default_ = true;
            default_node_ = node.raw_expr;
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
            if (c.identity != 0) {
                return column_error(sqlstate::syntax_error, "multiple identity specifications", c,
                                    node.location);
            }
            c.identity = node.generated_when[0];
            if (saw_null_) {
                return column_error(sqlstate::syntax_error,
                                    "conflicting NULL/NOT NULL declarations", c, node.location);
            }
            c.not_null = true;
            return attach_sequence(c, false, list_of(node.n_options, node.options));
        case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
            if (c.generated != 0) {
                return column_error(sqlstate::syntax_error, "multiple generation clauses specified",
                                    c, node.location);
            }
            c.generated = 's';
            generated_.push_back({.attnum = c.attnum, .node = node.raw_expr});
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            keys_.push_back({.node = &node,
                             .columns = {def.colname},
                             .primary = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY});
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            checks_.push_back({.node = &node});
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            foreign_keys_.push_back({.node = &node, .columns = {def.colname}});
            attributed_ = true;
            return {};
        // NOT DEFERRABLE and INITIALLY IMMEDIATE are what there is anyway; the rest is written into
        // the constraint before it.
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
            if (attributed_) {
                foreign_keys_.back().deferrable = true;
                if (node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED) {
                    foreign_keys_.back().initially_deferred = true;
                }
                return {};
            }
            return t_.unsupported_at("deferrable keys", node.location);
        default:
            return t_.unsupported_at("this kind of column constraint", node.location);
    }
}

result<void> table_builder::attach_sequence(schema::column& c, bool serial, node_list options) {
    if (!is_integer(c.type.id)) return identity_needs_integer();
    schema::sequence s;
    s.type = c.type.id;
    if (auto applied = apply_sequence_options(change_, s, options, sequence_use::identity);
        !applied) {
        return applied.error();
    }
    s.id = change_.new_oid();
    s.namespace_id = r_.namespace_id;
    if (s.name.empty()) {
        s.name = change_.free_relation_name(r_.namespace_id, r_.name, c.name, "seq");
    } else {
        change_.take(r_.namespace_id, s.name);
    }
    s.owner_relation = r_.id;
    s.owner_attnum = c.attnum;
    if (serial) {
        c.default_sql = "nextval(" + quote_text(sequence_text(change_.schema(), s)) + "::regclass)";
    }
    sequences.push_back(std::move(s));
    return {};
}

result<void> table_builder::add_column(const PgQuery__ColumnDef& node) {
    bool serial = false;
    saw_null_ = saw_not_null_ = saw_default_ = attributed_ = false;
    default_node_ = nullptr;
    auto made = typed_column(node, serial);
    if (!made) return made.error();
    auto& c = *made;
    if (serial) {
        if (auto attached = attach_sequence(c, true, {}); !attached) return attached.error();
        saw_default_ = true;
    }
    for (const auto* item : list_of(node.n_constraints, node.constraints)) {
        if (auto done = column_constraint(node, *item->constraint, c); !done) return done.error();
    }
    if (saw_default_ && c.identity != 0) {
        return column_error(sqlstate::syntax_error, "both default and identity specified", c,
                            node.location);
    }
    if (saw_default_ && c.generated != 0) {
        return column_error(sqlstate::syntax_error,
                            "both default and generation expression specified", c, node.location);
    }
    if (default_node_ != nullptr) {
        auto text = default_text(t_, default_node_, c);
        if (!text) return text.error();
        c.default_sql = std::move(*text);
    }
    ++r_.next_attnum;
    r_.columns.push_back(std::move(c));
    return {};
}

}  // namespace historyd::sql
