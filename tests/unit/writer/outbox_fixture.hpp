#pragma once

#include "storage/outbox/outbox_reader.hpp"
#include "writer_fixture.hpp"

namespace historyd::writer {

// A writer that forwards, and what its journal says.
class OutboxTest : public WriterTest {
protected:
    OutboxTest() {
        options_.forward = true;
        options_.outbox_retention_s = 3600;
    }

    std::vector<outbox::change> changes(std::int64_t after = 0);
    // "insert public.t 'id',1|'id',1,'v','a'", or "ddl ..." with the statement.
    std::vector<std::string> texts(std::int64_t after = 0);
    outbox::position head();
    std::unique_ptr<outbox::outbox_reader> reader();

    result<void> acknowledge(const outbox::position& p) { return io_.run(w().acknowledge(p)); }
    void restart() {
        writer_.reset();
        w();
    }
    // Returns when the journal has an entry after `seq` and no more rows are to be queued.
    void wait_beyond(std::int64_t seq, bool whole_backfill = true);

    // Another program: a connection of its own, without anything of historyd's.
    void other_program(const std::string& sql);

    static constexpr const char* table_t = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)";
};

}  // namespace historyd::writer
