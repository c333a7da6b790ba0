#include "storage/sql/ddl/collation.hpp"

#include <algorithm>
#include <array>

namespace historyd::sql {

namespace {

bool is_collatable(types::oid type) {
    const auto* info = types::find_type(type);
    if (info != nullptr && info->element != 0) info = types::find_type(info->element);
    return info != nullptr && info->category == 'S';
}

}  // namespace

std::optional<std::string> collation_named(std::string_view name) {
    constexpr std::array<std::string_view, 4> of_bytes{"C", "POSIX", "ucs_basic", "C.utf8"};
    if (name == "default") return std::string();
    if (name == "C.UTF-8") name = "C.utf8";
    if (std::ranges::find(of_bytes, name) == of_bytes.end()) return std::nullopt;
    return std::string(name);
}

result<std::string> collation_of(const translator& t, const PgQuery__ColumnDef& node,
                                 types::type_ref type) {
    if (node.coll_clause == nullptr) return std::string();
    const auto& clause = *node.coll_clause;
    if (!is_collatable(type.id)) {
        return t.at(sql_error(sqlstate::datatype_mismatch,
                              "collations are not supported by type " + types::format_type(type)),
                    clause.location);
    }
    const auto name = qualified_name_of(list_of(clause.n_collname, clause.collname)).name;
    if (auto known = collation_named(name)) return *std::move(known);
    return t.unsupported_at("collations other than \"C\"", clause.location);
}

}  // namespace historyd::sql
