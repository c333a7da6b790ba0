#include "storage/types/inet_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "storage/types/cast_families.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::types {

namespace {

constexpr char family_v4 = 2, family_v6 = 3;

std::size_t size_of(const inet& v) { return v.is_v6 ? 16 : 4; }

bool bit_at(const inet& v, int i) {
    return (v.bytes[static_cast<std::size_t>(i) / 8] >> (7 - i % 8) & 1) != 0;
}

inet with_host_bits(inet v, bool set) {
    for (int i = v.bits; i < v.bits_max(); ++i) {
        auto& byte = v.bytes[static_cast<std::size_t>(i) / 8];
        const auto bit = static_cast<std::uint8_t>(0x80u >> (i % 8));
        byte = static_cast<std::uint8_t>(set ? byte | bit : byte & ~bit);
    }
    return v;
}

// Decimal digits from the front of `s`, which they are taken off. nullopt: none, or above `most`.
std::optional<int> take_number(std::string_view& s, int most) {
    if (s.empty() || !is_digit(s.front())) return std::nullopt;
    int n = 0;
    while (!s.empty() && is_digit(s.front())) {
        n = n * 10 + (s.front() - '0');
        if (n > most) return std::nullopt;
        s.remove_prefix(1);
    }
    return n;
}

struct parsed {
    inet address;
    int octets = 4;  // how many of IPv4's were written
    bool has_bits = false;
};

std::optional<parsed> parse_v4(std::string_view s) {
    parsed out;
    out.octets = 0;
    for (bool more = true; more;) {
        const auto octet = take_number(s, 255);
        if (!octet || out.octets == 4) return std::nullopt;
        out.address.bytes[static_cast<std::size_t>(out.octets++)] =
            static_cast<std::uint8_t>(*octet);
        more = s.starts_with('.');
        if (more) s.remove_prefix(1);
    }
    out.has_bits = s.starts_with('/');
    if (out.has_bits) {
        s.remove_prefix(1);
        const auto bits = take_number(s, 32);
        if (!bits) return std::nullopt;
        out.address.bits = *bits;
    }
    if (!s.empty()) return std::nullopt;
    return out;
}

std::optional<parsed> parse_v6(std::string_view s) {
    parsed out;
    out.address.is_v6 = true;
    out.address.bits = 128;
    const auto slash = s.find('/');
    const std::string address(s.substr(0, slash));
    if (address.find('\0') != address.npos ||
        ::inet_pton(AF_INET6, address.c_str(), out.address.bytes.data()) != 1) {
        return std::nullopt;
    }
    if (slash == s.npos) return out;
    s.remove_prefix(slash + 1);
    const bool leading_zero = s.size() > 1 && s.front() == '0';
    const auto bits = take_number(s, 128);
    if (!bits || leading_zero || !s.empty()) return std::nullopt;
    out.address.bits = *bits;
    out.has_bits = true;
    return out;
}

std::optional<parsed> parse(std::string_view text) {
    return text.find(':') != text.npos ? parse_v6(text) : parse_v4(text);
}

// What a cidr without its bits means, by the classes that addresses once had.
int class_bits(const parsed& p) {
    const int first = p.address.bytes[0];
    const int by_class = first >= 240   ? 32
                         : first >= 224 ? 8
                         : first >= 192 ? 24
                         : first >= 128 ? 16
                                        : 8;
    const int bits = std::max(by_class, p.octets * 8);
    return bits == 8 && first == 224 ? 4 : bits;
}

std::string address_text(const inet& v) {
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(v.is_v6 ? AF_INET6 : AF_INET, v.bytes.data(), text, sizeof text);
    return text;
}

}  // namespace

bool inet::is_network() const { return first_address(*this).bytes == bytes; }

result<inet> parse_inet(std::string_view text) {
    auto p = parse(text);
    if (p && !p->has_bits && !p->address.is_v6) {
        if (p->octets == 4) {
            p->address.bits = 32;
        } else {
            p.reset();
        }
    }
    if (!p) return invalid_syntax("inet", text);
    return p->address;
}

result<inet> parse_cidr(std::string_view text) {
    auto p = parse(text);
    if (!p) return invalid_syntax("cidr", text);
    if (!p->has_bits && !p->address.is_v6) p->address.bits = class_bits(*p);
    if (!p->address.is_network()) {
        return sql_error(sqlstate::invalid_text_representation,
                         "invalid cidr value: \"" + std::string(text) + "\"")
            .with_detail("Value has bits set to right of mask.");
    }
    return p->address;
}

std::optional<inet> inet_from_storage(std::string_view text) {
    auto p = parse(text);
    if (!p) return std::nullopt;
    if (!p->has_bits && !p->address.is_v6) p->address.bits = 32;
    const auto& v = p->address;
    if (text != inet_to_storage(v) && text != cidr_to_storage(v)) return std::nullopt;
    return v;
}

std::string inet_to_storage(const inet& v) {
    return v.bits == v.bits_max() ? address_text(v) : cidr_to_storage(v);
}

std::string cidr_to_storage(const inet& v) {
    return address_text(v) + "/" + std::to_string(v.bits);
}

inet first_address(inet v) { return with_host_bits(v, false); }
inet last_address(inet v) { return with_host_bits(v, true); }

inet mask_of(const inet& v, bool of_host) {
    inet out{.is_v6 = v.is_v6, .bits = v.bits};
    out = last_address(out);
    if (!of_host) {
        for (auto& byte : out.bytes) byte = static_cast<std::uint8_t>(~byte);
    }
    out.bits = v.bits_max();
    return out;
}

bool contains(const inet& v, const inet& other) {
    if (v.is_v6 != other.is_v6 || v.bits > other.bits) return false;
    for (int i = 0; i < v.bits; ++i) {
        if (bit_at(v, i) != bit_at(other, i)) return false;
    }
    return true;
}

int compare(const inet& a, const inet& b) {
    if (a.is_v6 != b.is_v6) return a.is_v6 ? 1 : -1;
    const auto differ = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            if (bit_at(a, i) != bit_at(b, i)) return bit_at(a, i) ? 1 : -1;
        }
        return 0;
    };
    const int shared = std::min(a.bits, b.bits);
    if (const int c = differ(0, shared); c != 0) return c;
    if (a.bits != b.bits) return a.bits < b.bits ? -1 : 1;
    return differ(shared, a.bits_max());
}

void append_inet_bytes(const inet& v, bool is_cidr, std::string& out) {
    out += v.is_v6 ? family_v6 : family_v4;
    out += static_cast<char>(v.bits);
    out += is_cidr ? '\1' : '\0';
    out += static_cast<char>(size_of(v));
    for (std::size_t i = 0; i < size_of(v); ++i) out += static_cast<char>(v.bytes[i]);
}

std::optional<inet> inet_from_bytes(std::string_view bytes) {
    inet out;
    if (bytes.size() < 4 || (bytes[0] != family_v4 && bytes[0] != family_v6)) return std::nullopt;
    out.is_v6 = bytes[0] == family_v6;
    out.bits = static_cast<std::uint8_t>(bytes[1]);
    const auto size = size_of(out);
    const bool fits = bytes.size() == 4 + size && bytes[3] == static_cast<char>(size);
    if (!fits || out.bits > out.bits_max()) return std::nullopt;
    std::memcpy(out.bytes.data(), bytes.data() + 4, size);
    return out;
}

// A cidr is an inet; an inet becomes the cidr of its network.
std::optional<result<value>> cast_inet(oid from, oid to, const value& v) {
    const bool to_cidr = from == type_oid::inet && to == type_oid::cidr;
    if (!to_cidr && !(from == type_oid::cidr && to == type_oid::inet)) return std::nullopt;
    const auto* text = std::get_if<std::string>(&v);
    auto address = text != nullptr ? inet_from_storage(*text) : std::nullopt;
    if (!address) return result<value>(not_storage_form(from));
    return result<value>(
        value(to_cidr ? cidr_to_storage(first_address(*address)) : inet_to_storage(*address)));
}

}  // namespace historyd::types
