#include "storage/sqlite/functions/families.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/type_errors.hpp"

// host(), network(), <<= and the like, of inet and cidr.

namespace historyd::sqlite {
namespace {

using types::inet;

result<inet> inet_argument(const function_call& c, int i) {
    const auto v = types::inet_from_storage(c.text(i));
    if (!v) return types::not_storage_form(types::type_oid::inet);
    return *v;
}

template <value (*Part)(inet)>
result<value> of_inet(const function_call& c) {
    const auto v = inet_argument(c, 0);
    if (!v) return v.error();
    return Part(*v);
}

value inet_host(inet v) {
    v.bits = v.bits_max();
    return value(types::inet_to_storage(v));
}
value inet_family(inet v) { return value(std::int64_t{v.is_v6 ? 6 : 4}); }
value mask_length(inet v) { return value(std::int64_t{v.bits}); }
value inet_network(inet v) { return value(types::cidr_to_storage(types::first_address(v))); }
value inet_broadcast(inet v) { return value(types::inet_to_storage(types::last_address(v))); }
value netmask(inet v) { return value(types::inet_to_storage(types::mask_of(v, false))); }
value hostmask(inet v) { return value(types::inet_to_storage(types::mask_of(v, true))); }

// a >>= b, and a >> b when it has to have more.
template <bool More>
result<value> inet_contains(const function_call& c) {
    const auto a = inet_argument(c, 0), b = inet_argument(c, 1);
    if (!a) return a.error();
    if (!b) return b.error();
    return bool_value(types::contains(*a, *b) && !(More && a->bits == b->bits));
}

result<value> inet_overlaps(const function_call& c) {
    const auto a = inet_argument(c, 0), b = inet_argument(c, 1);
    if (!a) return a.error();
    if (!b) return b.error();
    return bool_value(types::contains(*a, *b) || types::contains(*b, *a));
}

}  // namespace

std::span<const scalar_function> inet_functions() {
    static constexpr scalar_function functions[] = {
        strict<of_inet<inet_host>>("pg_inet_host", 1),
        strict<of_inet<inet_family>>("pg_inet_family", 1),
        strict<of_inet<mask_length>>("pg_inet_masklen", 1),
        strict<of_inet<inet_network>>("pg_inet_network", 1),
        strict<of_inet<inet_broadcast>>("pg_inet_broadcast", 1),
        strict<of_inet<netmask>>("pg_inet_netmask", 1),
        strict<of_inet<hostmask>>("pg_inet_hostmask", 1),
        strict<inet_contains<false>>("pg_inet_contains_or_equals", 2),
        strict<inet_contains<true>>("pg_inet_contains", 2),
        strict<inet_overlaps>("pg_inet_overlaps", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
