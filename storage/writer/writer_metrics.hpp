#pragma once

#include "storage/base/metrics.hpp"

namespace historyd::writer {

// What the writer and its queue have been doing. Added to by the writer's thread and the
// checkpointer's, read by any.
struct writer_metrics {
    metrics::duration_histogram queue_wait;  // of a unit or an interactive transaction
    metrics::size_histogram batch_units;     // client transactions that shared a COMMIT
    metrics::duration_histogram commit;      // COMMIT, its sync included
    metrics::duration_histogram checkpoint;
    metrics::counter refused;  // writes for which the queue had no room
    std::atomic<std::int64_t> wal_pages{0};
};

}  // namespace historyd::writer
