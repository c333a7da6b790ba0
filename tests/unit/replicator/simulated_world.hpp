#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "backend_model.hpp"
#include "journal_model.hpp"
#include "storage/replicator/replicator_fsm.hpp"

namespace historyd::replicator::test {

// A daemon on its file, as the simulation runs it.
struct simulated_node {
    journal_model journal;
    std::optional<replicator_fsm> fsm;  // none: the process is dead
    std::int64_t claim = 0;             // this process's, as far as it knows
    std::uint64_t process = 0;          // counts restarts; what an earlier one awaited is nobody's
    milliseconds marking_until{-1};     // a mark in flight
    position mark;
};

// A request on its way. The backend acts at `effect_at`, the node hears of it at `reply_at`; either
// may never happen, and the first may come long after the second: a late packet of a dead
// connection.
struct in_flight {
    std::size_t node = 0;
    std::uint64_t process = 0;
    milliseconds effect_at{0}, reply_at{0};
    bool acts = true, answered = false;
    action request;
    std::vector<journal_model::change> content;
    std::string sender;
    std::optional<event> outcome;  // once it has acted; else the connection was lost
};

// Writers, nodes and one backend under faults drawn from a seed; the same seed, the same run.
class simulated_world {
public:
    simulated_world(std::uint64_t seed, bool trace);

    // Returns: what was violated, empty when all held.
    std::string run();

private:
    std::uint64_t dice() {
        seed_ += 0x9e3779b97f4a7c15U;
        auto z = seed_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t n) { return dice() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }
    milliseconds between(std::int64_t a, std::int64_t b) {
        return milliseconds(
            a + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(b - a + 1))));
    }

    void start(std::size_t node);
    void kill(std::size_t node);
    void feed(std::size_t node, const event& e);
    void perform(std::size_t node, const action& a);
    void act(in_flight& r);
    void reply(in_flight& r);
    void begin_mark(std::size_t node);
    void end_mark(std::size_t node);
    bool advance();  // to the next thing that happens by itself
    void disturb();
    void write(std::size_t node);
    void check();
    void fail(std::string what);
    std::string incarnation(const simulated_node& n) const;
    bool consistent(const simulated_node& n) const;
    bool settled(const simulated_node& n) const;
    void trace(const std::string& what) const;

    std::uint64_t seed_;
    const bool trace_;
    replicator_limits limits_;
    unsigned loss_percent_ = 0, fault_percent_ = 0;
    bool calm_ = false;

    milliseconds now_{0};
    std::vector<simulated_node> nodes_;
    backend_model backend_;
    bool backend_up_ = true;
    std::vector<in_flight> requests_;
    std::optional<backend_model> base_backup_;
    std::optional<journal_model> file_backup_;
    std::int64_t high_water_ = 0;  // the backend has been there at some time
    std::size_t checked_ = 0;
    std::string violation_;
};

}  // namespace historyd::replicator::test
