#pragma once

#include <string>

#include "storage/sqlite/statement_context.hpp"

namespace historyd::sqlite {

// The key of lastval() among statement_context::currval, beside the sequences' OIDs.
inline constexpr const char* last_of_all = "lastval";

// What currval() and lastval() of the session answer after nextval().
inline void remember_nextval(const statement_context& session, schema::oid sequence,
                             std::int64_t v) {
    if (!session.currval) return;
    (*session.currval)[std::to_string(sequence)] = v;
    (*session.currval)[last_of_all] = v;
}

}  // namespace historyd::sqlite
