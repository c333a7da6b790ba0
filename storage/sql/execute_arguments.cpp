#include "storage/sql/execute_arguments.hpp"

#include <pg_query/pg_query.pb-c.h>

#include <deque>
#include <string>
#include <vector>

namespace historyd::sql {

namespace {

// The nodes of CAST(argument AS type) as a target list entry. protobuf-c messages point at each
// other, so one that is in use never moves (std::deque).
struct cast_target {
    std::string schema_text = "pg_catalog", type_text;
    PgQuery__String schema_name, type_string;
    PgQuery__Node schema_node, type_node, cast_node, target_node;
    PgQuery__Node* names[2];
    PgQuery__TypeName type_name;
    PgQuery__TypeCast cast;
    PgQuery__ResTarget target;
};

struct built_select {
    std::shared_ptr<const parse_tree> origin;
    std::deque<cast_target> targets;
    std::vector<PgQuery__Node*> target_nodes;
    PgQuery__SelectStmt select;
    PgQuery__Node node;
};

void string_node(PgQuery__Node& node, PgQuery__String& string, std::string& text) {
    pg_query__string__init(&string);
    string.sval = text.data();
    pg_query__node__init(&node);
    node.node_case = PG_QUERY__NODE__NODE_STRING;
    node.string = &string;
}

void fill(cast_target& t, const PgQuery__Node* argument, types::type_ref type) {
    const auto* info = types::find_type(type.id);
    t.type_text = info != nullptr ? std::string(info->name) : "text";
    string_node(t.schema_node, t.schema_name, t.schema_text);
    string_node(t.type_node, t.type_string, t.type_text);
    t.names[0] = &t.schema_node;
    t.names[1] = &t.type_node;
    pg_query__type_name__init(&t.type_name);
    t.type_name.n_names = 2;
    t.type_name.names = t.names;
    t.type_name.typemod = -1;
    t.type_name.location = -1;
    pg_query__type_cast__init(&t.cast);
    // The tree is only read; protobuf-c has no const pointers.
    t.cast.arg = const_cast<PgQuery__Node*>(argument);
    t.cast.type_name = &t.type_name;
    t.cast.location = -1;
    pg_query__node__init(&t.cast_node);
    t.cast_node.node_case = PG_QUERY__NODE__NODE_TYPE_CAST;
    t.cast_node.type_cast = &t.cast;
    pg_query__res_target__init(&t.target);
    t.target.val = &t.cast_node;
    t.target.location = -1;
    pg_query__node__init(&t.target_node);
    t.target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    t.target_node.res_target = &t.target;
}

}  // namespace

raw_statement arguments_as_select(const raw_statement& origin,
                                  std::span<const PgQuery__Node* const> arguments,
                                  std::span<const types::type_ref> types) {
    auto built = std::make_shared<built_select>();
    built->origin = origin.tree;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        auto& target = built->targets.emplace_back();
        fill(target, arguments[i], types[i]);
        built->target_nodes.push_back(&target.target_node);
    }
    pg_query__select_stmt__init(&built->select);
    built->select.n_target_list = built->target_nodes.size();
    built->select.target_list = built->target_nodes.data();
    built->select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
    built->select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
    pg_query__node__init(&built->node);
    built->node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    built->node.select_stmt = &built->select;

    raw_statement statement = origin;
    statement.node = &built->node;
    const auto* tree = origin.tree.get();
    statement.tree = std::shared_ptr<const parse_tree>(std::move(built), tree);
    return statement;
}

}  // namespace historyd::sql
