#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal_model.hpp"
#include "storage/replicator/replicator_fsm.hpp"

namespace historyd::replicator::test {

// PostgreSQL: a watermark that moves only from the place it is expected at, and the changes it has
// taken, each with the change it was chained to. Copying it is a base backup.
class backend_model {
public:
    struct taken {
        position before, at;
        bool parked = false;
    };

    std::string uuid = "one";
    bool enrolled = false;
    std::string incarnation;
    std::int64_t claims = 0;
    position applied;
    std::vector<taken> changes;

    std::optional<failure> claim(const std::string& sender, const claim_watermark& c) {
        if (c.insert ? enrolled
                     : !enrolled || incarnation != c.from_incarnation || applied != c.at) {
            return moved();
        }
        enrolled = true;
        incarnation = sender;
        claims = c.claim;
        applied = c.at;
        return std::nullopt;
    }

    // One transaction: guard, rows (or one parked transaction), COMMIT.
    std::optional<failure> commit(const std::string& sender, const position& from,
                                  const std::vector<journal_model::change>& batch, bool park) {
        if (!enrolled || incarnation != sender || applied != from) {
            return moved();
        }
        const bool poisoned = std::ranges::any_of(batch, &journal_model::change::poisoned);
        if (poisoned && !park) {
            return failure{.kind = failure_kind::permanent,
                           .sqlstate = "22001",
                           .message = "value too long",
                           .connected = true};
        }
        for (const auto& c : batch) {
            changes.push_back({.before = c.before, .at = c.at, .parked = park});
            applied = c.at;
        }
        return std::nullopt;
    }

private:
    static failure moved() {
        return {.kind = failure_kind::moved,
                .sqlstate = "22P02",
                .message = std::string(moved_marker),
                .connected = true};
    }
};

}  // namespace historyd::replicator::test
