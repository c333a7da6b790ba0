#pragma once

#include <string>

namespace historyd {

// A version 4 UUID from the operating system's random source, canonical lower case. Any thread.
std::string random_uuid();

}  // namespace historyd
