#include "storage/outbox/outbox_reader.hpp"

#include "storage/catalog/schema_store.hpp"
#include "storage/outbox/node_identity.hpp"
#include "storage/outbox/stored_change.hpp"
#include "storage/outbox/stored_position.hpp"

namespace historyd::outbox {

namespace {

std::string select_changes(std::string_view more_columns, std::string_view rest) {
    return "SELECT " + std::string(change_columns) + std::string(more_columns) + " FROM " +
           std::string(rest);
}

std::size_t size_of(const change& c) {
    std::size_t bytes = sizeof c + c.sql.size();
    for (const auto* list : {&c.key, &c.row}) {
        for (const auto& v : *list) {
            bytes += sizeof v + v.column.size();
            if (const auto* text = std::get_if<std::string>(&v.value)) bytes += text->size();
            if (const auto* b = std::get_if<blob>(&v.value)) bytes += b->bytes.size();
        }
    }
    return bytes;
}

// Entries and the types of their columns as of one moment.
class one_snapshot {
public:
    explicit one_snapshot(sqlite::database& db) : db_(db), begun_(db.run("BEGIN")) {}
    ~one_snapshot() {
        if (begun_) (void)db_.run("COMMIT");
    }
    one_snapshot(const one_snapshot&) = delete;
    one_snapshot& operator=(const one_snapshot&) = delete;
    const result<void>& begun() const { return begun_; }

private:
    sqlite::database& db_;
    result<void> begun_;
};

}  // namespace

outbox_reader::outbox_reader(std::unique_ptr<sqlite::database> db) : db_(std::move(db)) {}

result<std::unique_ptr<outbox_reader>> outbox_reader::open(const std::filesystem::path& file) {
    auto db = sqlite::database::open(file, sqlite::open_mode::read_only, {});
    if (!db) return db.error();
    return std::unique_ptr<outbox_reader>(new outbox_reader(std::move(*db)));
}

result<void> outbox_reader::follow_schema() {
    auto version = catalog::query(*db_, "PRAGMA schema_version");
    if (!version) return version.error();
    const auto now = catalog::stored_row(version->at(0)).integer(0);
    if (schema_ && now == schema_version_) return {};
    auto loaded = catalog::load_schema(*db_);
    if (!loaded) return loaded.error();
    auto former = former_types::load(*db_);
    if (!former) return former.error();
    schema_ = std::move(*loaded);
    former_types_ = std::move(*former);
    schema_version_ = now;
    return {};
}

result<change> outbox_reader::change_at(const std::vector<value>& stored) {
    auto out = change_of(stored, *schema_, former_types_);
    if (out) out->hash = position_of({stored.at(0), stored.at(7)}).hash;
    return out;
}

result<journal_part> outbox_reader::read(std::int64_t after_seq, read_limits limits) {
    const one_snapshot snapshot(*db_);
    if (!snapshot.begun()) return snapshot.begun().error();
    if (auto followed = follow_schema(); !followed) return followed.error();
    auto entries = db_->prepare(select_changes(
        ", chain_hash", "historyd_outbox WHERE seq > ?1 AND txid IS NOT NULL ORDER BY seq"));
    if (!entries) return entries.error();
    const std::vector<value> after{after_seq};
    if (auto bound = entries->bind(after); !bound) return bound.error();
    journal_part part;
    auto& out = part.changes;
    std::size_t whole = 0, bytes = 0;  // whole: entries of complete transactions
    for (;;) {
        auto more = entries->step();
        if (!more) return more.error();
        if (!*more) return part;
        const auto row = entries->row();
        const auto txid = std::get<std::int64_t>(row[1]);
        if (!out.empty() && txid != out.back().txid) {
            part.more = out.size() >= limits.rows_max || bytes >= limits.bytes_max;
            if (part.more) return part;
            whole = out.size();
        }
        const bool over = out.size() >= limits.rows_max || bytes >= limits.bytes_max;
        if (over && whole > 0) break;
        std::vector<value> stored;
        for (const auto& v : row) stored.push_back(to_value(v));
        auto entry = change_at(stored);
        if (!entry) return entry.error();
        bytes += size_of(*entry);
        out.push_back(std::move(*entry));
    }
    out.resize(whole);
    part.more = true;
    return part;
}

result<std::vector<change>> outbox_reader::read_range(std::int64_t first_seq,
                                                      std::int64_t last_seq) {
    const one_snapshot snapshot(*db_);
    if (!snapshot.begun()) return snapshot.begun().error();
    if (auto followed = follow_schema(); !followed) return followed.error();
    auto rows =
        catalog::query(*db_,
                       select_changes(", chain_hash",
                                      "historyd_outbox WHERE seq BETWEEN ?1 AND ?2 AND txid IS "
                                      "NOT NULL ORDER BY seq"),
                       {first_seq, last_seq});
    if (!rows) return rows.error();
    std::vector<change> out;
    for (const auto& stored : *rows) {
        auto entry = change_at(stored);
        if (!entry) return entry.error();
        out.push_back(std::move(*entry));
    }
    return out;
}

result<std::optional<position>> outbox_reader::at(std::int64_t seq) {
    auto kept = catalog::query(
        *db_, "SELECT seq, chain_hash FROM historyd_outbox WHERE seq = ?1 AND txid IS NOT NULL",
        {seq});
    if (!kept) return kept.error();
    if (!kept->empty()) return std::optional(position_of(kept->front()));
    auto state = load_state(*db_);
    if (!state) return state.error();
    for (const auto& known : {state->acked, state->pruned}) {
        if (known.seq == seq) return std::optional(known);
    }
    return std::optional<position>();
}

result<position> outbox_reader::acknowledged() {
    auto state = load_state(*db_);
    if (!state) return state.error();
    return state->acked;
}

result<position> outbox_reader::oldest_kept() {
    auto state = load_state(*db_);
    if (!state) return state.error();
    return state->pruned;
}

result<identity> outbox_reader::identity() { return load_identity(*db_); }

result<std::vector<parked_change>> outbox_reader::parked() {
    const one_snapshot snapshot(*db_);
    if (!snapshot.begun()) return snapshot.begun().error();
    if (auto followed = follow_schema(); !followed) return followed.error();
    auto rows = catalog::query(
        *db_, select_changes(", sqlstate, message, parked_us", "historyd_dead ORDER BY seq"));
    if (!rows) return rows.error();
    std::vector<parked_change> out;
    for (const auto& stored : *rows) {
        auto entry = change_of(stored, *schema_, former_types_);
        if (!entry) return entry.error();
        const catalog::stored_row row(stored);
        out.push_back({std::move(*entry), row.text(7), row.text(8), row.integer(9)});
    }
    return out;
}

}  // namespace historyd::outbox
