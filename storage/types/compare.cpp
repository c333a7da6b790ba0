#include "storage/types/compare.hpp"

#include <cmath>
#include <vector>

#include "storage/types/array_text.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::types {

namespace {

template <class T>
int three_way(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

// Order of two texts by what they read as; unreadable ones come last, by bytes.
template <class T, class Compare>
int compare_read(const T& a, const T& b, std::string_view a_text, std::string_view b_text,
                 Compare compare_values_read) {
    const bool a_ok = static_cast<bool>(a), b_ok = static_cast<bool>(b);
    if (a_ok != b_ok) return a_ok ? -1 : 1;
    if (!a_ok) return three_way(a_text.compare(b_text), 0);
    return compare_values_read(*a, *b);
}

int compare_zoned(zoned_time a, zoned_time b) {
    const std::int64_t a_utc = a.us - a.east_seconds * us_per_second;
    const std::int64_t b_utc = b.us - b.east_seconds * us_per_second;
    // At one instant the zone further west is the greater: PostgreSQL counts west as positive.
    return a_utc != b_utc ? three_way(a_utc, b_utc) : three_way(b.east_seconds, a.east_seconds);
}

int compare_elements(oid element, const std::optional<std::string>& a,
                     const std::optional<std::string>& b) {
    if (!a || !b) return three_way(!a, !b);  // NULL is above everything
    const auto x = element_value(element, *a), y = element_value(element, *b);
    if (!x || !y) return three_way(a->compare(*b), 0);
    return compare_values(element, view_of(*x), view_of(*y));
}

int compare_arrays(oid element, const array_value& a, const array_value& b) {
    const std::size_t shared = std::min(a.elements.size(), b.elements.size());
    for (std::size_t i = 0; i < shared; ++i) {
        if (const int c = compare_elements(element, a.elements[i], b.elements[i]); c != 0) return c;
    }
    if (a.elements.size() != b.elements.size()) {
        return three_way(a.elements.size(), b.elements.size());
    }
    if (a.dimensions.size() != b.dimensions.size()) {
        return three_way(a.dimensions.size(), b.dimensions.size());
    }
    for (std::size_t i = 0; i < a.dimensions.size(); ++i) {
        if (const int c = three_way(a.dimensions[i].length, b.dimensions[i].length); c != 0)
            return c;
    }
    for (std::size_t i = 0; i < a.dimensions.size(); ++i) {
        const int c = three_way(a.dimensions[i].lower_bound, b.dimensions[i].lower_bound);
        if (c != 0) return c;
    }
    return 0;
}

int compare_doubles(double a, double b) {
    // NaN equals NaN and is above everything.
    if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a), std::isnan(b));
    return three_way(a, b);
}

// A number of any storage class as a double; the text NaN is one.
std::optional<double> as_double(const value_view& v) {
    if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
    if (const auto* d = std::get_if<double>(&v)) return *d;
    if (const auto* s = std::get_if<std::string_view>(&v); s != nullptr && *s == "NaN") return NAN;
    return std::nullopt;
}

std::string_view without_padding(std::string_view s) {
    return s.substr(0, s.find_last_not_of(' ') + 1);
}

}  // namespace

int compare_interval_text(std::string_view a, std::string_view b) {
    return compare_read(interval_from_storage(a), interval_from_storage(b), a, b,
                        [](interval x, interval y) { return compare(x, y); });
}

int compare_timetz_text(std::string_view a, std::string_view b) {
    return compare_read(timetz_from_storage(a), timetz_from_storage(b), a, b, compare_zoned);
}

int compare_inet_text(std::string_view a, std::string_view b) {
    if (a == b) return 0;
    return compare_read(inet_from_storage(a), inet_from_storage(b), a, b,
                        [](const inet& x, const inet& y) { return compare(x, y); });
}

int compare_jsonb_text(std::string_view a, std::string_view b) {
    if (a == b) return 0;
    return compare_read(parse_jsonb(a), parse_jsonb(b), a, b, compare_jsonb);
}

int compare_array_text(oid element, std::string_view a, std::string_view b) {
    if (a == b) return 0;
    return compare_read(parse_array(a), parse_array(b), a, b,
                        [element](const array_value& x, const array_value& y) {
                            return compare_arrays(element, x, y);
                        });
}

int compare_text(oid type, std::string_view a, std::string_view b) {
    switch (type) {
        case type_oid::numeric:
            return compare_numeric_text(a, b);
        case type_oid::interval:
            return compare_interval_text(a, b);
        case type_oid::timetz:
            return compare_timetz_text(a, b);
        case type_oid::jsonb:
            return compare_jsonb_text(a, b);
        case type_oid::inet:
        case type_oid::cidr:
            return compare_inet_text(a, b);
        case type_oid::bpchar:
            return three_way(without_padding(a).compare(without_padding(b)), 0);
        case type_oid::timestamp:
        case type_oid::timestamptz:
        case type_oid::date:
            // '-infinity' is before every digit, 'infinity' behind: bytes do.
            return three_way(a.compare(b), 0);
        default:
            break;
    }
    const auto* info = find_type(type);
    if (info != nullptr && info->element != 0) return compare_array_text(info->element, a, b);
    return three_way(a.compare(b), 0);
}

int compare_values(oid type, const value_view& a, const value_view& b) {
    if (is_null(a) || is_null(b)) return three_way(is_null(a), is_null(b));
    const auto* x = std::get_if<std::int64_t>(&a);
    const auto* y = std::get_if<std::int64_t>(&b);
    if (x != nullptr && y != nullptr) return three_way(*x, *y);
    const auto* a_text = std::get_if<std::string_view>(&a);
    const auto* b_text = std::get_if<std::string_view>(&b);
    const auto* info = find_type(type);
    const bool is_real = info != nullptr && info->form == storage_form::real;
    if (a_text != nullptr && b_text != nullptr && !is_real) {
        return compare_text(type, *a_text, *b_text);
    }
    const auto* a_blob = std::get_if<blob_view>(&a);
    const auto* b_blob = std::get_if<blob_view>(&b);
    if (a_blob != nullptr && b_blob != nullptr) {
        return three_way(a_blob->bytes.compare(b_blob->bytes), 0);
    }
    const auto p = as_double(a), q = as_double(b);
    if (p && q) return compare_doubles(*p, *q);
    // Different storage classes, as SQLite orders them: numbers, text, blobs.
    return three_way(a.index(), b.index());
}

std::span<const collation> collations() {
    static const auto all = [] {
        constexpr oid scalars[] = {type_oid::numeric, type_oid::interval, type_oid::timetz,
                                   type_oid::jsonb, type_oid::inet};
        std::vector<collation> list;
        for (const oid type : scalars) list.push_back({find_type(type)->collation, type});
        constexpr oid last = 6000;
        for (oid id = 1; id < last; ++id) {
            const auto* info = find_type(id);
            if (info != nullptr && info->name.starts_with('_') && !info->collation.empty()) {
                list.push_back({info->collation, id});
            }
        }
        return list;
    }();
    return all;
}

}  // namespace historyd::types
