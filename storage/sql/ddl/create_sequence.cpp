#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/sequence_options.hpp"

namespace historyd::sql {

definition create_sequence(translator& t, const PgQuery__CreateSeqStmt& node) {
    schema_change change(t);
    auto space = target_namespace(change, *node.sequence);
    if (!space) return space.error();
    auto skip = skip_existing(change, **space, node.sequence->relname, node.if_not_exists != 0);
    if (!skip) return skip.error();
    if (*skip) return change.finish("CREATE SEQUENCE");
    schema::sequence s;
    s.type = types::type_oid::int8;
    if (auto applied = apply_sequence_options(change, s, list_of(node.n_options, node.options),
                                              sequence_use::create);
        !applied) {
        return applied.error();
    }
    s.id = change.new_oid();
    s.namespace_id = (*space)->id;
    s.name = node.sequence->relname;
    change.save(s);
    return change.finish("CREATE SEQUENCE");
}

definition alter_sequence(translator& t, const PgQuery__AlterSeqStmt& node) {
    schema_change change(t);
    const auto* found = t.find_sequence(*node.sequence);
    if (found == nullptr) {
        sql_error error(sqlstate::undefined_table,
                        "relation \"" + std::string(node.sequence->relname) + "\" does not exist");
        if (!node.missing_ok) return error;
        error.sqlstate = sqlstate::successful_completion;
        error.message += ", skipping";
        error.severity = severity::notice;
        change.notice(std::move(error));
        return change.finish("ALTER SEQUENCE");
    }
    if (found->foreign_made) {
        return unsupported("ALTER SEQUENCE on the numbering of another program's table");
    }
    auto s = *found;
    const auto options = list_of(node.n_options, node.options);
    if (auto applied = apply_sequence_options(change, s, options, sequence_use::alter); !applied) {
        return applied.error();
    }
    if (const auto restart = restart_value(s, options)) {
        const auto refuse = [&](const char* relation, const char* bound, std::int64_t limit) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "RESTART value (" + std::to_string(*restart) + ") cannot be " +
                                 relation + " than " + bound + " (" + std::to_string(limit) + ")");
        };
        if (*restart < s.min) return refuse("less", "MINVALUE", s.min);
        if (*restart > s.max) return refuse("greater", "MAXVALUE", s.max);
        change.run("SELECT pg_setval(?1, ?2, 0)", {static_cast<std::int64_t>(s.id), *restart});
    }
    change.save(s);
    return change.finish("ALTER SEQUENCE");
}

}  // namespace historyd::sql
