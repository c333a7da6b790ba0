#pragma once

#include <span>
#include <string>

#include "storage/outbox/change.hpp"

namespace historyd::replicator {

// For people: `insert into public.history (id = 17)`.
std::string described(const outbox::change& c);
// A whole change as one JSON object, values as text.
std::string json_of(const outbox::change& c);

}  // namespace historyd::replicator
