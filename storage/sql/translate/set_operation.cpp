#include <algorithm>
#include <memory>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/select_builder.hpp"

namespace historyd::sql {

namespace {

std::string_view construct_of(PgQuery__SetOperation op) {
    switch (op) {
        case PG_QUERY__SET_OPERATION__SETOP_INTERSECT:
            return "INTERSECT";
        case PG_QUERY__SET_OPERATION__SETOP_EXCEPT:
            return "EXCEPT";
        default:
            return "UNION";
    }
}

}  // namespace

// A tree of UNION, INTERSECT and EXCEPT: leaves are translated first, then types are matched
// pairwise from below, as PostgreSQL does, and only then text is written.
class set_operation_builder {
public:
    set_operation_builder(translator& t, const select_options& options)
        : t_(t), options_(options) {}

    struct branch {
        PgQuery__SetOperation op = PG_QUERY__SET_OPERATION__SETOP_NONE;
        bool all = false;
        std::unique_ptr<branch> left, right;
        std::unique_ptr<select_builder> builder;     // of a leaf; owns what its columns point to
        select_parts parts;                          // of a leaf; of an operation: order and limit
        std::vector<expr> columns;                   // type and location of each output
        std::vector<std::optional<type_ref>> casts;  // conversions on top of the output

        bool is_leaf() const { return left == nullptr; }
    };

    result<std::unique_ptr<branch>> build(const PgQuery__SelectStmt& node, const scope* outer,
                                          const with_frame* with);
    result<void> order_and_limit(const PgQuery__SelectStmt& node, branch& b, const scope* outer,
                                 const with_frame* with);
    std::string text(const branch& b, std::span<const std::string> names, bool collated) const;
    static const branch& first_leaf(const branch& b);
    void collect(const branch& b, query& out) const;

private:
    result<std::unique_ptr<branch>> build_leaf(const PgQuery__SelectStmt& node, const scope* outer,
                                               const with_frame* with);
    result<void> match(branch& b, int location);
    result<void> convert(branch& b, std::size_t index, type_ref type, std::string_view construct);
    std::string wrapped(const branch& b, const std::string& inner,
                        std::span<const std::string> inner_names,
                        std::span<const std::string> names, bool collated) const;
    std::string operation_text(const branch& b, std::span<const std::string> names,
                               bool collated) const;
    static std::vector<std::string> numbered(std::size_t count);

    translator& t_;
    const select_options& options_;
    std::deque<with_frame> frames_;  // of WITH inside branches
};

using branch = set_operation_builder::branch;

result<std::unique_ptr<branch>> set_operation_builder::build(const PgQuery__SelectStmt& node,
                                                             const scope* outer,
                                                             const with_frame* with) {
    if (node.op == PG_QUERY__SET_OPERATION__SETOP_NONE) return build_leaf(node, outer, with);
    auto out = std::make_unique<branch>();
    out->op = node.op;
    out->all = node.all != 0;
    for (const auto& [child, place] :
         {std::pair{node.larg, &out->left}, {node.rarg, &out->right}}) {
        const auto* inner_with = with;
        std::string with_sql;
        if (child->with_clause != nullptr) {
            auto& frame = frames_.emplace_back();
            frame.outer = with;
            auto text = t_.with_clause(child->with_clause, frame, outer);
            if (!text) return text.error();
            with_sql = std::move(*text);
            inner_with = &frame;
        }
        auto built = build(*child, outer, inner_with);
        if (!built) return built.error();
        (*built)->parts.with = std::move(with_sql);
        const bool ordered = child->op != PG_QUERY__SET_OPERATION__SETOP_NONE;
        if (ordered) {
            if (auto done = order_and_limit(*child, **built, outer, inner_with); !done) {
                return done.error();
            }
        }
        *place = std::move(*built);
    }
    if (auto done = match(*out, -1); !done) return done.error();
    return out;
}

result<std::unique_ptr<branch>> set_operation_builder::build_leaf(const PgQuery__SelectStmt& node,
                                                                  const scope* outer,
                                                                  const with_frame* with) {
    auto out = std::make_unique<branch>();
    out->builder = std::make_unique<select_builder>(t_, node, outer, with, options_);
    auto parts = out->builder->build(false);
    if (!parts) return parts.error();
    out->parts = std::move(*parts);
    if (node.n_locking_clause > 0) {
        return sql_error(sqlstate::feature_not_supported,
                         "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT");
    }
    for (const auto& target : out->parts.targets) out->columns.push_back(target.value);
    out->casts.resize(out->columns.size());
    return out;
}

result<void> set_operation_builder::match(branch& b, int location) {
    const auto construct = construct_of(b.op);
    if (b.left->columns.size() != b.right->columns.size()) {
        const int where = b.right->columns.empty() ? location : b.right->columns.front().location;
        return t_.at(
            sql_error(sqlstate::syntax_error, "each " + std::string(construct) +
                                                  " query must have the same number of columns"),
            where);
    }
    for (std::size_t i = 0; i < b.left->columns.size(); ++i) {
        const std::vector<const expr*> both{&b.left->columns[i], &b.right->columns[i]};
        auto common = t_.common_type(both, construct);
        if (!common) return common.error();
        const auto typmod = translator::common_typmod(both, *common);
        for (auto* side : {b.left.get(), b.right.get()}) {
            if (auto done = convert(*side, i, {.id = *common}, construct); !done) return done;
        }
        expr column;
        column.type = {.id = *common, .typmod = typmod};
        column.location = b.left->columns[i].location;
        column.not_null = b.left->columns[i].not_null && b.right->columns[i].not_null;
        if (!(b.op == PG_QUERY__SET_OPERATION__SETOP_UNION && b.all)) {
            if (!t_.resolve_operator("=", *common, *common, column.location)) {
                return t_.at(sql_error(sqlstate::undefined_function,
                                       "could not identify an equality operator for type " +
                                           type_display(*common)),
                             column.location);
            }
        }
        b.columns.push_back(std::move(column));
    }
    b.casts.resize(b.columns.size());
    return {};
}

// Bare strings and parameters take the type where they stand; all else is converted on top when the
// branch has something (DISTINCT, LIMIT, ...) that has to see the value before.
result<void> set_operation_builder::convert(branch& b, std::size_t index, type_ref type,
                                            std::string_view construct) {
    auto& column = b.columns[index];
    if (column.type.id == type.id) return {};
    const bool open = column.type.id == types::type_oid::unknown;
    if (b.is_leaf() && (open || b.parts.is_bare())) {
        const auto apply = [&](expr& e) -> result<void> {
            auto coerced = t_.coerce_to_common(std::move(e), type, construct);
            if (!coerced) return coerced.error();
            e = std::move(*coerced);
            return {};
        };
        for (auto& row : b.parts.values) {
            if (auto done = apply(row[index]); !done) return done;
        }
        auto& target = b.parts.targets[index].value;
        if (!b.parts.values.empty()) {
            target.type = type;
        } else if (auto done = apply(target); !done) {
            return done;
        }
        column = target;
        return {};
    }
    if (!t_.can_coerce(column.type.id, type.id, coercion::implicit)) {
        return t_.at(sql_error(sqlstate::cannot_coerce,
                               std::string(construct) + " could not convert type " +
                                   type_display(column.type.id) + " to " + type_display(type.id)),
                     column.location);
    }
    b.casts[index] = column.type;
    column.type = type;
    return {};
}

// ORDER BY of a whole set operation names its output columns and nothing else.
result<void> set_operation_builder::order_and_limit(const PgQuery__SelectStmt& node, branch& b,
                                                    const scope* outer, const with_frame* with) {
    const auto& names = first_leaf(b).parts.targets;
    for (const auto* item : list_of(node.n_sort_clause, node.sort_clause)) {
        const auto* key = item->sort_by->node;
        std::optional<std::size_t> found;
        const int location = location_of(key);
        if (key->node_case == PG_QUERY__NODE__NODE_A_CONST &&
            key->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL && !key->a_const->isnull) {
            const int position = key->a_const->ival->ival;
            if (position < 1 || static_cast<std::size_t>(position) > b.columns.size()) {
                return t_.at(sql_error(sqlstate::invalid_column_reference,
                                       "ORDER BY position " + std::to_string(position) +
                                           " is not in select list"),
                             location);
            }
            found = static_cast<std::size_t>(position) - 1;
        } else if (key->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
            const auto name = string_of(key->column_ref->fields[0]);
            for (std::size_t i = 0; i < names.size() && key->column_ref->n_fields == 1; ++i) {
                if (!found && names[i].name == name) found = i;
            }
            if (!found && key->column_ref->n_fields == 1) {
                return t_.at(sql_error(sqlstate::undefined_column,
                                       "column \"" + std::string(name) + "\" does not exist"),
                             location);
            }
        }
        if (!found) {
            return t_.at(sql_error(sqlstate::feature_not_supported,
                                   "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                             .with_detail("Only result column names can be used, not expressions "
                                          "or functions.")
                             .with_hint("Add the expression/function to every SELECT, or move the "
                                        "UNION into a FROM clause."),
                         location);
        }
        auto column = b.columns[*found];
        column.sql = std::to_string(*found + 1);
        column.constant.reset();
        auto sort = t_.sort_key_of(*item->sort_by, std::move(column));
        if (!sort) return sort.error();
        b.parts.order.push_back({.key = std::move(*sort), .target = *found});
    }
    if (node.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES) {
        return t_.unsupported_at("WITH TIES clauses of set operations", -1);
    }
    scope s;
    s.outer = outer;
    s.with = with;
    if (auto done = t_.limit_clause(node, s, b.parts); !done) return done;
    b.parts.outer_uses.insert(b.parts.outer_uses.end(), s.outer_uses.begin(), s.outer_uses.end());
    if (node.n_locking_clause > 0) {
        return sql_error(sqlstate::feature_not_supported,
                         "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT");
    }
    return {};
}

const branch& set_operation_builder::first_leaf(const branch& b) {
    const auto* at = &b;
    while (!at->is_leaf()) at = at->left.get();
    return *at;
}

void set_operation_builder::collect(const branch& b, query& out) const {
    out.outer_uses.insert(out.outer_uses.end(), b.parts.outer_uses.begin(),
                          b.parts.outer_uses.end());
    out.is_volatile |= b.parts.is_volatile;
    if (b.is_leaf()) return;
    collect(*b.left, out);
    collect(*b.right, out);
}

std::vector<std::string> set_operation_builder::numbered(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back("c" + std::to_string(i + 1));
    return out;
}

// "SELECT c1, pg_cast(c2, ...) FROM (inner)".
std::string set_operation_builder::wrapped(const branch& b, const std::string& inner,
                                           std::span<const std::string> inner_names,
                                           std::span<const std::string> names,
                                           bool collated) const {
    std::string list;
    for (std::size_t i = 0; i < b.columns.size(); ++i) {
        expr column;
        column.sql = quote_name(inner_names[i]);
        column.type = b.columns[i].type;
        if (b.casts[i]) {
            column.type = *b.casts[i];
            // Checked by convert(): the cast exists.
            if (auto cast = t_.coerce(column, {.id = b.columns[i].type.id}, coercion::implicit)) {
                column = std::move(*cast);
            }
        }
        list += (i > 0 ? ", " : "") + column.sql;
        if (collated) list += collate_clause(b.columns[i].type.id, column.sql);
        if (!names.empty()) list += " AS " + quote_name(names[i]);
    }
    return "SELECT " + list + " FROM (" + inner + ")";
}

std::string set_operation_builder::text(const branch& b, std::span<const std::string> names,
                                        bool collated) const {
    const bool cast = std::ranges::any_of(b.casts, [](const auto& c) { return c.has_value(); });
    const bool plain = !cast && b.parts.is_bare();
    if (plain && !b.is_leaf()) return operation_text(b, names, collated);
    if (plain) {
        // VALUES as a branch has to be a SELECT: ORDER BY may not follow VALUES in SQLite.
        const auto numbers = numbered(b.columns.size());
        const bool rename = !b.parts.values.empty() && names.empty();
        return assemble(b.parts, rename ? numbers : names, collated);
    }
    const auto inner_names = numbered(b.columns.size());
    std::string inner = b.is_leaf() ? assemble(b.parts, inner_names, false)
                                    : b.parts.with + operation_text(b, inner_names, false);
    if (!b.is_leaf()) {
        std::string order;
        for (const auto& item : b.parts.order) {
            order += (order.empty() ? " ORDER BY " : ", ") + translator::sort_sql(item.key);
        }
        inner += order + limit_sql(b.parts.limit, b.parts.offset);
    }
    return wrapped(b, inner, inner_names, names, collated);
}

// SQLite's set operations all bind alike, from the left: an operation on the right is bracketed.
// It has no INTERSECT ALL and EXCEPT ALL: numbering equal rows makes them distinct.
std::string set_operation_builder::operation_text(const branch& b,
                                                  std::span<const std::string> names,
                                                  bool collated) const {
    const auto construct = std::string(construct_of(b.op));
    const bool compares = !(b.op == PG_QUERY__SET_OPERATION__SETOP_UNION && b.all);
    if (b.all && compares) {
        const auto columns = numbered(b.columns.size());
        std::string list, partition;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            list += (i > 0 ? ", " : "") + columns[i];
            partition += (i > 0 ? ", " : "") + columns[i] + collate_clause(b.columns[i].type.id);
        }
        const auto side = [&](const branch& child) {
            return "SELECT " + partition + ", row_number() OVER (PARTITION BY " + partition +
                   ") FROM (" + text(child, columns, true) + ")";
        };
        // The left side's names are the result's.
        std::string left = "SELECT ";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            left += columns[i] + collate_clause(b.columns[i].type.id) + " AS " + columns[i] + ", ";
        }
        left += "row_number() OVER (PARTITION BY " + partition + ") AS place FROM (" +
                text(*b.left, columns, true) + ")";
        std::string out = "SELECT ";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            out += (i > 0 ? ", " : "") + columns[i];
            if (!names.empty()) out += " AS " + quote_name(names[i]);
        }
        return out + " FROM (" + left + " " + construct + " " + side(*b.right) + ")";
    }
    const bool collate = collated || compares;
    const auto left = text(*b.left, names, collate);
    auto right = text(*b.right, {}, collate);
    if (!b.right->is_leaf()) {
        const auto inner_names = numbered(b.right->columns.size());
        right = wrapped(*b.right, text(*b.right, inner_names, collate), inner_names, {}, collate);
    }
    return left + " " + construct + (b.all ? " ALL " : " ") + right;
}

result<query> translator::set_operation(const PgQuery__SelectStmt& node, const scope* outer,
                                        const with_frame* with, std::string with_sql,
                                        const select_options& options) {
    set_operation_builder builder(*this, options);
    auto tree = builder.build(node, outer, with);
    if (!tree) return tree.error();
    auto& root = **tree;
    if (auto done = builder.order_and_limit(node, root, outer, with); !done) return done.error();
    query out;
    const auto& leaf = set_operation_builder::first_leaf(root);
    for (std::size_t i = 0; i < root.columns.size(); ++i) {
        out.columns.push_back({.name = leaf.parts.targets[i].name, .type = root.columns[i].type});
        out.not_null.push_back(root.columns[i].not_null);
    }
    if (options.name_columns) out.sqlite_names = unique_names(leaf.parts.targets);
    const auto order = std::exchange(root.parts.order, {});
    const auto limit =
        limit_sql(std::exchange(root.parts.limit, {}), std::exchange(root.parts.offset, {}));
    out.sql = with_sql + builder.text(root, out.sqlite_names, false);
    std::string keys;
    for (const auto& item : order) {
        keys += (keys.empty() ? " ORDER BY " : ", ") + sort_sql(item.key);
    }
    out.sql += keys + limit;
    builder.collect(root, out);
    return out;
}

}  // namespace historyd::sql
