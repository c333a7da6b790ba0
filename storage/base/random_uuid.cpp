#include "storage/base/random_uuid.hpp"

#include <unistd.h>

#include <cerrno>

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <system_error>
#include <utility>

namespace historyd {

namespace {

// One call of the kernel's for sixteen UUIDs: 256 bytes are as many as getentropy(3) gives at once.
class random_bytes {
public:
    const std::uint8_t* take(std::size_t count) {
        if (bytes_.size() - used_ < count) {
            if (::getentropy(bytes_.data(), bytes_.size()) != 0) {
                throw std::system_error(errno, std::generic_category(), "getentropy");
            }
            used_ = 0;
        }
        return bytes_.data() + std::exchange(used_, used_ + count);
    }

private:
    std::array<std::uint8_t, 256> bytes_;
    std::size_t used_ = bytes_.size();
};

}  // namespace

std::string random_uuid() {
    thread_local random_bytes bytes;
    boost::uuids::uuid id;
    std::copy_n(bytes.take(id.size()), id.size(), id.begin());
    // RFC 9562, section 5.4: version 4, variant 10.
    id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0f) | 0x40);
    id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3f) | 0x80);
    return boost::uuids::to_string(id);
}

}  // namespace historyd
