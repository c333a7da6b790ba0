#include "storage/outbox/node_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/base/random_uuid.hpp"
#include "storage/catalog/stored_rows.hpp"

namespace historyd::outbox {

std::string facts_of(const std::filesystem::path& file) {
    struct statx facts {};
    if (::statx(AT_FDCWD, file.c_str(), 0, STATX_INO | STATX_BTIME, &facts) != 0) return {};
    std::string out = std::to_string(facts.stx_ino);
    if ((facts.stx_mask & STATX_BTIME) != 0) {
        out += ":" + std::to_string(facts.stx_btime.tv_sec) + "." +
               std::to_string(facts.stx_btime.tv_nsec);
    }
    return out;
}

result<identity> load_identity(sqlite::database& db) {
    auto rows = catalog::query(db,
                               "SELECT node_id, incarnation, previous_incarnation, copied_from,"
                               " backend_uuid FROM historyd_meta");
    if (!rows) return rows.error();
    identity out;
    if (rows->empty()) return out;
    const catalog::stored_row row(rows->front());
    out.node_id = row.text(0);
    out.incarnation = row.text(1);
    out.previous_incarnation = row.text(2);
    out.copied_from = row.text(3);
    out.backend_uuid = row.text(4);
    return out;
}

result<identity> claim_identity(sqlite::database& db, const std::string& facts) {
    auto known = load_identity(db);
    if (!known) return known;
    auto stored = catalog::query(db, "SELECT file_facts FROM historyd_meta");
    if (!stored) return stored.error();
    auto& me = *known;
    me.previous_incarnation = std::exchange(me.incarnation, random_uuid());
    const bool is_new = me.node_id.empty();
    const bool is_copy = !is_new && catalog::stored_row(stored->front()).text(0) != facts;
    if (is_copy && me.copied_from.empty()) me.copied_from = me.node_id;
    if (is_new || is_copy) {
        me.node_id = random_uuid();
        me.previous_incarnation.clear();
    }
    auto saved = db.execute(
        "INSERT INTO historyd_meta VALUES (1,?1,?2,?3,?4,?5,?6,0) ON CONFLICT DO UPDATE SET"
        " node_id = ?1, incarnation = ?2, previous_incarnation = ?3, copied_from = ?4,"
        " file_facts = ?6",
        std::vector<value>{me.node_id, me.incarnation, me.previous_incarnation, me.copied_from,
                           me.backend_uuid, facts},
        nullptr);
    if (!saved) return saved.error();
    return known;
}

}  // namespace historyd::outbox
