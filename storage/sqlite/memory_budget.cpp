#include "storage/sqlite/memory_budget.hpp"

#include <malloc.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace historyd::sqlite {

namespace {

std::atomic<std::int64_t> limit = std::numeric_limits<std::int64_t>::max();

// The count of the statement that runs on this thread; nullptr between statements, when nothing is
// counted and nothing refused: a rollback has to have what it needs.
thread_local std::int64_t* held = nullptr;

bool fits(std::size_t bytes) {
    return held == nullptr ||
           *held + static_cast<std::int64_t>(bytes) <= limit.load(std::memory_order_relaxed);
}

void count(std::size_t taken, std::size_t given_back) {
    if (held == nullptr) return;
    *held += static_cast<std::int64_t>(taken) - static_cast<std::int64_t>(given_back);
    if (*held < 0) *held = 0;  // what was given back was older than the statement
}

int size_of(void* p) { return static_cast<int>(::malloc_usable_size(p)); }

void* allocate(int bytes) {
    if (!fits(static_cast<std::size_t>(bytes))) return nullptr;
    void* p = std::malloc(static_cast<std::size_t>(bytes));
    if (p != nullptr) count(::malloc_usable_size(p), 0);
    return p;
}

void release(void* p) {
    if (p != nullptr) count(0, ::malloc_usable_size(p));
    std::free(p);
}

void* resize(void* p, int bytes) {
    const auto before = ::malloc_usable_size(p), wanted = static_cast<std::size_t>(bytes);
    if (wanted > before && !fits(wanted - before)) return nullptr;
    void* moved = std::realloc(p, wanted);
    if (moved != nullptr) count(::malloc_usable_size(moved), before);
    return moved;
}

int round_up(int bytes) { return (bytes + 7) & ~7; }
int initialise(void*) { return SQLITE_OK; }
void shut_down(void*) {}

}  // namespace

void memory_budget::install() {
    static const sqlite3_mem_methods counting = {allocate, release,    resize,    size_of,
                                                 round_up, initialise, shut_down, nullptr};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
}

void memory_budget::set_limit(std::size_t bytes_max) {
    limit = bytes_max == 0 ? std::numeric_limits<std::int64_t>::max()
                           : static_cast<std::int64_t>(bytes_max);
}

memory_budget::running::running(std::int64_t& count_of_statement) { held = &count_of_statement; }
memory_budget::running::~running() { held = nullptr; }

memory_budget::kept::~kept() { count(0, bytes_); }

void memory_budget::kept::add(std::size_t bytes) {
    if (!fits(bytes)) throw std::bad_alloc();
    count(bytes, 0);
    bytes_ += bytes;
}

}  // namespace historyd::sqlite
