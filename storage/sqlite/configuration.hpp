#pragma once

namespace historyd::sqlite {

// What SQLite lets a process set only before it first uses it: our memory budget and page cache
// shim, and no count of allocated bytes, which takes a global mutex at every allocation and which
// nobody reads. Whatever touches SQLite first calls this; later calls do nothing.
//
// Throws std::logic_error when SQLite was in use already.
void configure();

}  // namespace historyd::sqlite
