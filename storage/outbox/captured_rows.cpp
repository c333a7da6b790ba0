#include "storage/outbox/captured_rows.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace historyd::outbox {

namespace {

// SQLite's file methods take no more than 128 KiB at once.
constexpr std::size_t transfer_bytes_max = 64 << 10;

struct header {
    std::uint64_t table = 0, key = 0, row = 0;  // bytes of each text, which follow in this order
    change_op op{};
    bool has_row = false;
};

sql_error file_error(int code, std::string_view what) {
    const bool full = (code & 0xff) == SQLITE_FULL;
    return sql_error(
               full ? sqlstate::disk_full : sqlstate::io_error,
               "could not " + std::string(what) + " a temporary file: " + sqlite3_errstr(code))
        .with_detail("What a transaction changes is kept there until it is complete.");
}

result<void> visit_piece(std::string_view piece,
                         const std::function<result<void>(const captured_row&)>& visitor) {
    const auto take = [&piece](std::uint64_t bytes) {
        const auto text = piece.substr(0, bytes);
        piece.remove_prefix(bytes);
        return text;
    };
    while (!piece.empty()) {
        header h;
        std::memcpy(&h, take(sizeof h).data(), sizeof h);
        captured_row r{.op = h.op, .table = {}, .key = {}, .row = {}, .has_row = h.has_row};
        r.table = take(h.table);
        r.key = take(h.key);
        r.row = take(h.row);
        if (auto done = visitor(r); !done) return done;
    }
    return {};
}

}  // namespace

captured_rows::captured_rows(std::size_t memory_max) : memory_max_(memory_max) {}
captured_rows::~captured_rows() = default;

void captured_rows::closer::operator()(sqlite3_file* f) const {
    if (f->pMethods != nullptr) f->pMethods->xClose(f);
    ::operator delete(f);
}

result<void> captured_rows::add(const captured_row& r) {
    const header h{.table = r.table.size(),
                   .key = r.key.size(),
                   .row = r.row.size(),
                   .op = r.op,
                   .has_row = r.has_row};
    memory_.append(reinterpret_cast<const char*>(&h), sizeof h);
    memory_.append(r.table).append(r.key).append(r.row);
    if (memory_.size() > memory_max_) return move_to_file();
    return {};
}

result<void> captured_rows::move_to_file() {
    if (!file_) {
        auto* vfs = sqlite3_vfs_find(nullptr);
        const auto size = static_cast<std::size_t>(vfs->szOsFile);
        file_.reset(static_cast<sqlite3_file*>(std::memset(::operator new(size), 0, size)));
        const int code =
            vfs->xOpen(vfs, nullptr, file_.get(),
                       SQLITE_OPEN_TEMP_JOURNAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                           SQLITE_OPEN_EXCLUSIVE | SQLITE_OPEN_DELETEONCLOSE,
                       nullptr);
        if (code != SQLITE_OK) {
            file_.reset();
            return file_error(code, "make");
        }
    }
    const auto at = static_cast<sqlite3_int64>(file_bytes());
    for (std::size_t done = 0; done < memory_.size();) {
        const auto bytes = std::min<std::size_t>(memory_.size() - done, transfer_bytes_max);
        const int code =
            file_->pMethods->xWrite(file_.get(), memory_.data() + done, static_cast<int>(bytes),
                                    at + static_cast<sqlite3_int64>(done));
        if (code != SQLITE_OK) return file_error(code, "write");
        done += bytes;
    }
    piece_ends_.push_back(file_bytes() + memory_.size());
    memory_.clear();
    return {};
}

void captured_rows::go_back(std::uint64_t to) {
    if (to >= mark()) return;
    if (to >= file_bytes()) return memory_.resize(to - file_bytes());
    memory_.clear();
    while (!piece_ends_.empty() && piece_ends_.back() > to) piece_ends_.pop_back();
    if (to > file_bytes()) piece_ends_.push_back(to);
    if (to == 0) file_.reset();
}

result<void> captured_rows::visit(const std::function<result<void>(const captured_row&)>& visitor) {
    std::string piece;
    std::uint64_t begin = 0;
    for (const auto end : piece_ends_) {
        piece.resize(end - begin);
        for (std::size_t done = 0; done < piece.size();) {
            const auto bytes = std::min<std::size_t>(piece.size() - done, transfer_bytes_max);
            const int code =
                file_->pMethods->xRead(file_.get(), piece.data() + done, static_cast<int>(bytes),
                                       static_cast<sqlite3_int64>(begin + done));
            if (code != SQLITE_OK) return file_error(code, "read");
            done += bytes;
        }
        if (auto done = visit_piece(piece, visitor); !done) return done;
        begin = end;
    }
    return visit_piece(memory_, visitor);
}

}  // namespace historyd::outbox
