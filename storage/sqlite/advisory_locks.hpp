#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace historyd::sqlite {

// pg_advisory_lock() and its kin: locks on numbers that mean something to the clients alone. They
// are in memory and gone with the process, as in PostgreSQL. Nobody waits here: who cannot have a
// lock is told when to ask again. Any thread.
class advisory_locks {
public:
    using owner = std::int32_t;  // a session's process ID

    // One number, or a pair of them: two spaces that never meet.
    struct key {
        std::int64_t number = 0;  // of a pair: the first in the upper 32 bits
        bool is_pair = false;
        auto operator<=>(const key&) const = default;
    };
    struct request {
        advisory_locks::key key;
        bool shared = false;
        bool of_transaction = false;  // ends with it; else unlock() does, once for each time
    };

    // Returns: whether `o` has it (once more).
    bool try_lock(owner o, const request& r);
    // What the session holds beside its transactions. Returns: false when it did not.
    bool unlock(owner o, const request& r);
    void unlock_all(owner o);
    // Undoes the last try_lock() of the same request.
    void take_back(owner o, const request& r);

    // How many locks of the open transaction there are, and back to so many.
    std::size_t count_of_transaction(owner o) const;
    void end_transaction(owner o, std::size_t kept = 0);

    enum class waiting : std::uint8_t { begun, not_needed, deadlock };
    // Until leave(), `wake` is called, on any thread, whenever the lock may have become free. A
    // session waits for one lock at a time. not_needed: it may be free already.
    waiting wait(owner o, const request& r, std::function<void()> wake);
    void leave(owner o);
    // Wakes the session that waits, if it does.
    void interrupt(owner o);

    struct row {
        advisory_locks::key key;
        owner process_id = 0;
        bool shared = false, granted = false;
    };
    std::vector<row> rows() const;

private:
    struct holding {
        owner by = 0;
        bool shared = false;
        int of_session = 0, of_transaction = 0;  // how many times
    };
    struct waiter {
        request wanted;
        std::function<void()> wake;
    };

    bool is_free(owner o, const request& r) const;
    bool waits_for(owner o, owner whom, std::size_t depth) const;
    void drop(owner o, const request& r, bool all);

    mutable std::mutex mutex_;  // guards everything below
    std::map<key, std::vector<holding>> held_;
    std::map<owner, std::vector<request>> of_transactions_;  // in their order
    std::map<owner, waiter> waiters_;
};

}  // namespace historyd::sqlite
