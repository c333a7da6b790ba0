#pragma once

#include <mutex>

#include "storage/schema/schema.hpp"

namespace historyd::writer {

// The newest committed schema, published by the writer thread, read by every session.
class schema_versions {
public:
    schema::schema_ptr current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void publish(schema::schema_ptr s) {
        const std::lock_guard lock(mutex_);
        current_ = std::move(s);
    }

private:
    mutable std::mutex mutex_;
    schema::schema_ptr current_;  // guarded by mutex_
};

}  // namespace historyd::writer
