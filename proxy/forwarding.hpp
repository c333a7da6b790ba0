#pragma once

#include <memory>

#include "conf/config.hpp"
#include "storage/replicator/replicator.hpp"

namespace historyd {

// Throws std::runtime_error when the configuration does not say which of several files is
// forwarded.
void check_forwarding(const conf::config& c);

// The replicator that the configuration asks for, not yet started; null without a backend. Throws
// std::runtime_error with one clear line. Requires: `writer` outlives it.
std::unique_ptr<replicator::replicator> forward(const conf::config& c, writer::writer& writer);

}  // namespace historyd
