#include "storage/reader/inline_reader.hpp"

#include <atomic>

namespace historyd::reader {

namespace {

// A lookup of ten rows of ten columns takes about a thousand steps, a step some 50 ns.
constexpr int steps_max = 8000;
// SQLite's 2 MB do not hold the history of an agent that has 10,000 rows.
constexpr auto page_cache = "PRAGMA cache_size=-8192";

// Reads to the end, as far as the limits allow. Returns: nothing when they do not.
std::optional<result<fetched>> read_all(sqlite::database& db, const read_request& request,
                                        row_sink& sink, fetch_limits limits) {
    auto statement = db.prepare(*request.sql);
    if (!statement) return result<fetched>(statement.error());
    db.limit_steps(steps_max);
    if (auto bound = statement->bind(request.parameters); !bound) {
        return result<fetched>(bound.error());
    }
    fetched out;
    for (;;) {
        auto stepped = statement->step();
        if (!stepped) {
            if (db.ran_out_of_steps()) return std::nullopt;
            return result<fetched>(stepped.error());
        }
        if (!*stepped) break;
        if (auto taken = sink.add(statement->row()); !taken) return result<fetched>(taken.error());
        ++out.rows;
        if (out.rows == limits.rows || sink.bytes() >= limits.bytes) return std::nullopt;
    }
    out.done = true;
    return result<fetched>(out);
}

// A thread's own, as long as there are as many connections as threads: pages that it has read
// before are in its core's cache, not in another's.
std::size_t usual_place() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t mine = threads.fetch_add(1);
    return mine;
}

}  // namespace

inline_reader::inline_reader(const std::filesystem::path& file,
                             std::span<const sqlite::database::extension> extensions,
                             std::size_t connections)
    : file_(file), extensions_(extensions), slots_(connections) {}

std::optional<result<fetched>> inline_reader::read(const read_request& request, row_sink& sink,
                                                   fetch_limits limits) {
    const auto first = usual_place();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto& place = slots_[(first + i) % slots_.size()];
        const std::unique_lock lock(place.mutex, std::try_to_lock);
        if (!lock) continue;
        if (place.db == nullptr) {
            auto opened = sqlite::database::open(file_, sqlite::open_mode::read_only, extensions_);
            // The pool will say why.
            if (!opened || !(*opened)->run(page_cache)) return std::nullopt;
            place.db = std::move(*opened);
        }
        if (auto stopped = sqlite::interruption(*request.context)) {
            return result<fetched>(*std::move(stopped));
        }
        const auto mark = sink.bytes();
        place.db->set_context(request.context.get());
        auto answered = read_all(*place.db, request, sink, limits);
        place.db->limit_steps(std::nullopt);
        // The steps may have gone into reading a changed schema, which ends with them unread.
        if (!answered) (void)place.db->run("SELECT 1 FROM sqlite_schema LIMIT 0");
        place.db->set_context(nullptr);
        if (!answered) sink.rewind(mark);
        return answered;
    }
    return std::nullopt;
}

}  // namespace historyd::reader
