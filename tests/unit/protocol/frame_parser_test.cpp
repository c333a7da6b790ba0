#include "proxy/protocol/frame_parser.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/protocol/receive_buffer.hpp"
#include "tests/unit/protocol/bytes.hpp"
#include "tests/unit/protocol/postgres_bytes.hpp"

namespace historyd::protocol {

namespace {

using namespace std::literals;

struct cut {
    char type;
    std::string body;
    bool operator==(const cut&) const = default;
};

void receive(receive_buffer& buffer, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = buffer.prepare(1);
        const auto n = std::min(space.size, bytes.size());
        std::memcpy(space.data, bytes.data(), n);
        buffer.commit(n);
        bytes.remove_prefix(n);
    }
}

// All frames that are whole, taken out of the buffer.
void take_frames(receive_buffer& buffer, std::vector<cut>& into) {
    const frame_parser parser(1 << 20);
    for (;;) {
        const auto next = parser.next(buffer.data());
        ASSERT_TRUE(next) << next.error().message;
        if (!*next) return;
        into.push_back({(*next)->type, std::string((*next)->body)});
        buffer.consume((*next)->bytes());
    }
}

std::string stream() {
    std::string out;
    parse_view{"", "select $1", {}}.encode(out);
    bind_view{"", "", {}, {"value"sv}, {}}.encode(out);
    describe_view{'P', ""}.encode(out);
    execute_view{"", 0}.encode(out);
    empty_message<'S'>{}.encode(out);
    query_view{std::string(70'000, 'x')}.encode(out);
    empty_message<'X'>{}.encode(out);
    return out;
}

std::vector<cut> whole() {
    receive_buffer buffer;
    std::vector<cut> frames;
    receive(buffer, stream());
    take_frames(buffer, frames);
    return frames;
}

TEST(frame_parser, cuts_a_stream) {
    std::string types;
    for (const auto& frame : whole()) types.push_back(frame.type);
    EXPECT_EQ(types, "PBDESQX");
}

TEST(frame_parser, a_split_at_any_byte_changes_nothing) {
    const auto bytes = stream();
    const auto expected = whole();
    for (std::size_t at = 0; at <= bytes.size();
         at += at < 200 || at + 20 > bytes.size() ? 1 : 997) {
        receive_buffer buffer;
        std::vector<cut> frames;
        receive(buffer, std::string_view(bytes).substr(0, at));
        take_frames(buffer, frames);
        receive(buffer, std::string_view(bytes).substr(at));
        take_frames(buffer, frames);
        ASSERT_EQ(frames, expected) << "split at " << at;
        EXPECT_TRUE(buffer.data().empty());
    }
}

TEST(frame_parser, byte_by_byte) {
    receive_buffer buffer;
    std::vector<cut> frames;
    for (const char c : stream()) {
        receive(buffer, {&c, 1});
        take_frames(buffer, frames);
    }
    EXPECT_EQ(frames, whole());
}

TEST(frame_parser, unknown_type_is_known_from_its_first_byte) {
    const auto bad = frame_parser(100).next("y");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().severity, severity::fatal);
    EXPECT_EQ(bad.error().sqlstate, "08P01");
    EXPECT_EQ(bad.error().message, "invalid frontend message type 121");
    std::string out;
    encode_error(bad.error(), out);
    EXPECT_EQ(out, from_hex(postgres_bytes::unknown_type));
}

TEST(frame_parser, impossible_lengths) {
    const frame_parser parser(1 << 20);
    for (const auto bytes : {"Q\0\0\0\0"sv, "Q\0\0\0\x03"sv, "S\x7f\xff\xff\xff"sv,
                             "S\0\0\x27\x11"sv, "p\0\x01\0\0"sv}) {
        const auto bad = parser.next(bytes);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().sqlstate, "08P01");
        EXPECT_EQ(bad.error().message, "invalid message length");
    }
    EXPECT_TRUE(parser.next("S\0\0\x27\x10"sv));
    EXPECT_TRUE(parser.next("p\0\0\xff\xff"sv));
}

TEST(frame_parser, message_beyond_the_limit) {
    const frame_parser parser(16);
    EXPECT_TRUE(parser.next("Q\0\0\0\x14"sv));
    for (const auto bytes : {"Q\0\0\0\x15"sv, "d\xff\xff\xff\xff"sv}) {
        const auto bad = parser.next(bytes);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().severity, severity::fatal);
        EXPECT_EQ(bad.error().sqlstate, "53400");
    }
}

TEST(receive_buffer, views_stay_until_the_next_prepare) {
    receive_buffer buffer;
    receive(buffer, "abcdef");
    const auto view = buffer.data().substr(2);
    buffer.consume(2);
    EXPECT_EQ(buffer.data().data(), view.data());
    EXPECT_EQ(buffer.data(), "cdef");
}

TEST(receive_buffer, gives_a_large_message_back) {
    receive_buffer buffer;
    receive(buffer, std::string(1 << 20, 'x'));
    EXPECT_GE(buffer.data().size() + buffer.prepare(1).size, std::size_t{1} << 20);
    buffer.consume(1 << 20);
    EXPECT_LT(buffer.prepare(1).size, std::size_t{1} << 17);
}

}  // namespace

}  // namespace historyd::protocol
