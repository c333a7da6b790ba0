#pragma once

#include "storage/base/metrics.hpp"

namespace historyd::sqlite {

// Stands between SQLite and its file methods while it lives (SQLite documentation, "The OS
// Backend", "VFS shims"): times every sync; joins what a transaction writes to the WAL, two writes
// a page in SQLite, into few large ones; lengthens it ahead of small ones; and syncs what a
// checkpoint writes piece by piece. The last write to the WAL is made before the sync of COMMIT, so
// it needs `synchronous=FULL`, which `database::open` sets: without a sync, others would be told of
// pages that are not in the file.
//
// SQLite tells its file methods nothing of ours, so there is one shim at a time in a process;
// connections opened before it do without.
class vfs_shim {
public:
    // `syncs` outlives every connection that is opened while the shim lives.
    explicit vfs_shim(metrics::histogram& syncs);
    ~vfs_shim();
    vfs_shim(const vfs_shim&) = delete;
    vfs_shim& operator=(const vfs_shim&) = delete;
};

}  // namespace historyd::sqlite
