#include "outbox_fixture.hpp"

#include "storage/outbox/entry_text.hpp"

namespace historyd::writer {

std::unique_ptr<outbox::outbox_reader> OutboxTest::reader() {
    w();
    auto opened = outbox::outbox_reader::open(file());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
}

std::vector<outbox::change> OutboxTest::changes(std::int64_t after) {
    auto read = reader()->read(after, {.rows_max = 100'000, .bytes_max = 1 << 30});
    EXPECT_TRUE(read) << read.error().message << read.error().detail;
    return std::move(read->changes);
}

std::vector<std::string> OutboxTest::texts(std::int64_t after) {
    std::vector<std::string> out;
    for (const auto& c : changes(after)) {
        auto text = std::string(to_text(c.op)) + " ";
        if (c.sql.empty()) {
            text += c.table + " " + encode_entry(c.key);
            if (!c.row.empty()) text += "|" + encode_entry(c.row);
        } else {
            text += c.sql;
        }
        out.push_back(std::move(text));
    }
    return out;
}

outbox::position OutboxTest::head() {
    const auto all = changes();
    return all.empty() ? outbox::position{} : outbox::position{all.back().seq, all.back().hash};
}

void OutboxTest::wait_beyond(std::int64_t seq, bool whole_backfill) {
    std::promise<void> reached;
    std::atomic<bool> told{false};
    w().progress().on_change([&](bool) {
        const auto now = w().progress().depth();
        const bool done = now.head_seq > seq && !(whole_backfill && now.backfilling);
        if (done && !told.exchange(true)) reached.set_value();
    });
    EXPECT_EQ(reached.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
    w().progress().on_change({});
}

void OutboxTest::other_program(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 60'000);
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
    sqlite3_free(why);
    sqlite3_close(db);
}

}  // namespace historyd::writer
