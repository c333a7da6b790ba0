#include "storage/transfer/mover.hpp"

#include <unordered_map>

namespace historyd::transfer {

namespace {

// After this many batches of which the target had no row, rows are stored without a look; a
// duplicate that comes up then (23505) makes it look at all that follow.
constexpr std::size_t looks = 2;
constexpr std::size_t always = ~std::size_t{0};

}  // namespace

result<row_identity> mover::prepared(std::size_t table) {
    const auto at = identities_.find(table);
    if (at != identities_.end()) return at->second;
    auto identity = target_.prepare(table, dry_run_);
    if (identity) identities_.emplace(table, *identity);
    return identity;
}

result<void> mover::store(const std::string& source, std::span<const record> rows) {
    const auto table = rows.front().table;
    auto identity = prepared(table);
    if (!identity) return identity.error();
    // Without ids there is no duplicate for the target to refuse.
    const bool must_look = dry_run_ || *identity == row_identity::without_id;
    auto& left = looking_.try_emplace(table, must_look ? always : looks).first->second;
    for (bool look = left > 0;; look = true) {
        auto counts = counts_[table];
        auto chosen = choose(source, rows, look && target_.can_find(), counts);
        if (!chosen) return chosen.error();
        if (!chosen->fresh.empty() && !dry_run_) {
            auto stored = target_.insert(chosen->fresh);
            if (!stored) {
                const auto& why = stored.error();
                if (look || why.sqlstate != sqlstate::unique_violation) return why;
                left = always;
                continue;
            }
            counts.added -= *stored;
            counts.there += *stored;
        }
        if (look && left != always) left = chosen->found > 0 ? always : left - 1;
        counts.read += rows.size();
        counts.added += chosen->fresh.size();
        counts_[table] = counts;
        return {};
    }
}

// Which rows are new to the target. Of rows with one id in the batch itself the first counts.
result<mover::choice> mover::choose(const std::string& source, std::span<const record> rows,
                                    bool look, table_counts& counts) {
    const auto identity = identities_.at(rows.front().table);
    std::vector<std::optional<record>> there(rows.size());
    if (look) {
        auto found = target_.find(rows);
        if (!found) return found.error();
        there = std::move(*found);
    }
    choice out;
    std::unordered_map<std::string, const record*> seen;
    const auto key_of = [&](const record& r) {
        if (identity == row_identity::whole) return *r.fields[0];
        const auto hash = row_hash(r, identity);
        return std::string(hash.begin(), hash.end());
    };
    // A target that is read back is compared with what should be in it.
    const auto expect = [&](const record& r) {
        if (!target_.can_find()) counts.source.add(row_hash(r, identity));
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& r = rows[i];
        if (!r.defect.empty() && !target_.takes_defects()) {
            ++counts.refused;
            expect(r);
            if (auto added = report_.add(source, r.defect, r, nullptr); !added) {
                return added.error();
            }
            continue;
        }
        const auto [earlier, is_new] = seen.try_emplace(key_of(r), &r);
        const record* other = there[i] ? &*there[i] : is_new ? nullptr : earlier->second;
        if (other == nullptr) {
            expect(r);
            out.fresh.push_back(r);
            continue;
        }
        ++out.found;
        if (row_hash(*other, identity) == row_hash(r, identity)) {
            ++counts.there;
            continue;
        }
        ++counts.different;
        expect(r);
        auto added = report_.add(source, "a different row has this id", r, other);
        if (!added) return added.error();
    }
    return out;
}

result<void> mover::compare(std::span<const record> rows) {
    auto identity = prepared(rows.front().table);
    if (!identity) return identity.error();
    auto there = target_.find(rows);
    if (!there) return there.error();
    auto& counts = counts_[rows.front().table];
    for (std::size_t i = 0; i < rows.size(); ++i) {
        counts.source.add(row_hash(rows[i], *identity));
        if ((*there)[i]) counts.target.add(row_hash(*(*there)[i], *identity));
    }
    return {};
}

void mover::compare_read_back(std::span<const record> rows) {
    auto& counts = counts_[rows.front().table];
    for (const auto& r : rows) counts.target.add(row_hash(r, row_identity::whole));
}

}  // namespace historyd::transfer
