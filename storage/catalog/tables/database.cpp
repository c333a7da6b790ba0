// pg_namespace, pg_database, pg_roles, pg_user and pg_auth_members. The session's own database
// has always the same OID. One kind of user: whoever is connected owns everything, and is not a
// superuser.

#include <array>

#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/role.hpp"

namespace historyd::catalog {

namespace {

constexpr oid database_oid = 5, default_tablespace = 1663;
// PostgreSQL gives these out from 16384 on; no relation of ours is looked up by a database's OID.
constexpr oid other_databases_oid = 16384;
constexpr int utf8_encoding = 6;

void fill_namespace(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& n : from.schema->namespaces) {
        const bool is_public = n.id == schema::public_oid;
        auto row = rows.add();
        row.set("oid", n.id)
            .set("nspname", n.name)
            .set("nspowner", is_public ? database_owner_role : owner_oid);
        if (!is_public) continue;
        row.set("nspacl", "{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}");
    }
}

void add_database(row_set& rows, oid id, std::string_view name) {
    rows.add()
        .set("oid", id)
        .set("datname", name)
        .set("datdba", owner_oid)
        .set("encoding", utf8_encoding)
        .set("datlocprovider", "c")
        .set("datallowconn", true)
        .set("datconnlimit", -1)
        .set("dattablespace", default_tablespace)
        .set("datcollate", "C")
        .set("datctype", "C.UTF-8");
}

void fill_database(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    const auto& own = from.context->database;
    add_database(rows, database_oid, own);
    if (!from.context->databases) return;
    oid id = other_databases_oid;
    for (const auto& name : *from.context->databases) {
        if (name != own) add_database(rows, id++, name);
    }
}

void add_role(row_set& rows, oid id, std::string_view name, bool is_user) {
    rows.add()
        .set("rolname", name)
        .set("rolsuper", false)
        .set("rolinherit", true)
        .set("rolcreaterole", false)
        .set("rolcreatedb", false)
        .set("rolcanlogin", is_user)
        .set("rolreplication", false)
        .set("rolconnlimit", -1)
        .set("rolpassword", "********")
        .set("rolbypassrls", false)
        .set("oid", id);
}

void fill_roles(const row_source& from, row_set& rows) {
    if (from.is_fixed()) {
        for (const auto& role : predefined_roles()) add_role(rows, role.id, role.name, false);
    } else {
        add_role(rows, owner_oid, from.context->user, true);
    }
}

void fill_user(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    rows.add()
        .set("usename", from.context->user)
        .set("usesysid", owner_oid)
        .set("usecreatedb", false)
        .set("usesuper", false)
        .set("userepl", false)
        .set("usebypassrls", false)
        .set("passwd", "********");
}

void fill_auth_members(const row_source& from, row_set& rows) {
    if (!from.is_fixed()) return;
    // pg_monitor is a member of the three roles that read statistics and settings.
    for (const oid role : {3374U, 3375U, 3377U}) {
        rows.add().set("roleid", role).set("member", 3373).set("grantor", owner_oid);
    }
}

}  // namespace

std::span<const catalog_table> database_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_namespace", fill_namespace},
        catalog_table{"pg_catalog_pg_database", fill_database, lifetime::statement},
        catalog_table{"pg_catalog_pg_roles", fill_roles, lifetime::statement},
        catalog_table{"pg_catalog_pg_user", fill_user, lifetime::statement},
        catalog_table{"pg_catalog_pg_auth_members", fill_auth_members},
    };
    return tables;
}

}  // namespace historyd::catalog
