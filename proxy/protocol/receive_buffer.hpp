#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace historyd::protocol {

// Bytes received and not yet taken. data() and views into it stay valid until the next prepare().
class receive_buffer {
public:
    struct space {
        char* data;
        std::size_t size;
    };

    std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t n) { begin_ += std::min(n, end_ - begin_); }

    // Room for at least `n` more bytes. Grows with what has really arrived, never to a length that
    // a message only claims; goes back to the idle size when a large message is done with.
    space prepare(std::size_t n) {
        const auto used = end_ - begin_;
        if (begin_ == end_ && capacity_ > std::max(n, idle_bytes_max)) {
            reallocate(std::max(n, idle_bytes_max));
        } else if (capacity_ - end_ < n) {
            if (capacity_ - used >= n && begin_ >= used) {
                std::memmove(bytes_.get(), bytes_.get() + begin_, used);
                begin_ = 0;
                end_ = used;
            } else {
                reallocate(std::max(used + n, used * 2));
            }
        }
        return {bytes_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t n) { end_ += std::min(n, capacity_ - end_); }

private:
    static constexpr std::size_t idle_bytes_max = 4 * 1024;

    void reallocate(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        const auto used = end_ - begin_;
        if (used != 0) std::memcpy(larger.get(), bytes_.get() + begin_, used);
        bytes_ = std::move(larger);
        capacity_ = capacity;
        begin_ = 0;
        end_ = used;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace historyd::protocol
