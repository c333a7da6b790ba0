#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/value.hpp"

// What the outbox holds: the effects of committed writes, in the order they took effect.

namespace historyd::outbox {

// SHA-256 over the hash before and the entry: equal hashes mean equal journals up to there.
using chain_hash = std::array<unsigned char, 32>;

enum class change_op : std::uint8_t {
    insert,    // a new row, all columns; the key was not there
    put,       // a row as a whole, whether or not the key is there (backfill, other programs' rows)
    update,    // the changed columns of the row with this key
    remove,    // the row with this key
    truncate,  // sql
    ddl,       // sql
};

struct named_value {
    std::string column;
    historyd::value value;  // storage form, as the file holds it (storage/types/pg_type.hpp)
    bool operator==(const named_value&) const = default;
};

// One entry. Entries with one txid were one client transaction and are never split.
struct change {
    std::int64_t seq = 0, txid = 0;
    change_op op{};
    std::string table;                    // PostgreSQL's name, qualified and quoted: public.history
    std::string schema_name, table_name;  // its two parts, unquoted
    std::vector<named_value> key;         // primary key; of an update: before it
    std::vector<named_value> row;         // insert, put: all columns; update: the changed ones
    std::string sql;                      // truncate, ddl: one statement of PostgreSQL's
    std::string search_path;            // truncate, ddl: where its unqualified names are looked up
    std::vector<named_value> settings;  // truncate, ddl: others that its text is read under
    chain_hash hash{};                  // of the journal up to here
    std::int64_t created_us = 0;        // Unix time
};

// A place in the journal. Seq 0 with a hash of zeros is before its first entry.
struct position {
    std::int64_t seq = 0;
    chain_hash hash{};
    bool operator==(const position&) const = default;
};

// Who forwards. The incarnation is new each time a historyd opens the file to forward; the
// watermark on the backend carries the one that wrote last.
struct identity {
    std::string node_id, incarnation;
    std::string previous_incarnation;  // empty at the first start
    // The file is a copy of the one that had this node ID (it is not the file its facts were
    // written for): it has a node ID of its own now, and the journal is that node's up to here.
    std::string copied_from;
    std::string backend_uuid;  // of the backend this journal belongs to; empty until known
};

}  // namespace historyd::outbox
