#include "storage/outbox/read_ahead.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <utility>

namespace historyd::outbox {

namespace asio = boost::asio;

read_ahead::read_ahead(std::filesystem::path file) : file_(std::move(file)) {}

read_ahead::~read_ahead() {
    asio::post(thread_, [this] { reader_.reset(); });
    thread_.join();
}

void read_ahead::start(std::int64_t after_seq, read_limits limits) {
    after_seq_ = after_seq;
    limits_ = limits;
    auto read = [this, after_seq, limits]() -> result<journal_part> {
        if (!reader_) {
            auto opened = outbox_reader::open(file_);
            if (!opened) return opened.error();
            reader_ = *std::move(opened);
        }
        return reader_->read(after_seq, limits);
    };
    found_ = asio::post(thread_, asio::use_future(std::move(read)));
}

std::optional<journal_part> read_ahead::take(std::int64_t after_seq, read_limits limits) {
    auto found = std::exchange(found_, {});
    if (!found.valid() || after_seq != after_seq_ || limits != limits_) return std::nullopt;
    auto part = found.get();
    if (!part || !part->more) return std::nullopt;
    return *std::move(part);
}

void read_ahead::drop() { found_ = {}; }

}  // namespace historyd::outbox
