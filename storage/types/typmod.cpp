#include <algorithm>

#include "storage/types/array_text.hpp"
#include "storage/types/datetime_parse.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/type_io.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::types {

namespace {

constexpr std::int32_t length_overhead = 4;  // varchar(n) and char(n) have typmod n + 4
constexpr std::size_t name_bytes_max = 63;

// Cuts what is longer than `characters`: only blanks unless the cast is explicit.
result<void> cut(std::string& text, std::size_t characters, bool explicit_cast,
                 std::string_view type_name) {
    const std::size_t kept = prefix_bytes(text, characters);
    if (kept == text.size()) return {};
    if (!explicit_cast && text.find_first_not_of(' ', kept) != std::string::npos) {
        return sql_error(sqlstate::string_data_right_truncation,
                         "value too long for type " + std::string(type_name) + "(" +
                             std::to_string(characters) + ")");
    }
    text.resize(kept);
    return {};
}

result<value> apply_to_text(type_ref type, std::string text, bool explicit_cast) {
    if (type.id == type_oid::name) {
        if (text.size() > name_bytes_max) {
            std::size_t n = name_bytes_max;
            while ((static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
            text.resize(n);
        }
        return value(std::move(text));
    }
    if (type.typmod < length_overhead) return value(std::move(text));
    const auto characters = static_cast<std::size_t>(type.typmod - length_overhead);
    if (type.id == type_oid::varchar) {
        if (auto r = cut(text, characters, explicit_cast, "character varying"); !r)
            return r.error();
        return value(std::move(text));
    }
    if (auto r = cut(text, characters, explicit_cast, "character"); !r) return r.error();
    const std::size_t count = count_characters(text);
    if (count < characters) text.append(characters - count, ' ');
    return value(std::move(text));
}

// Re-reads a fixed-width date/time text at a lower precision.
template <class Read, class Write, class Round>
result<value> rounded(oid type, std::string_view text, Read read, Write write, Round round) {
    auto v = read(text);
    if (!v) return not_storage_form(type);
    round(*v);
    return value(write(*v));
}

result<value> apply_to_array(type_ref element, std::string_view literal, bool explicit_cast) {
    auto a = parse_array(literal);
    if (!a) return a.error();
    for (auto& item : a->elements) {
        if (!item) continue;
        auto v = element_value(element.id, *item);
        if (!v) return v.error();
        v = apply_typmod(element, std::move(*v), explicit_cast);
        if (!v) return v.error();
        item = element_text(element.id, view_of(*v));
    }
    return value(array_to_text(*a));
}

}  // namespace

result<value> apply_typmod(type_ref type, value v, bool explicit_cast) {
    if (type.typmod < 0 && type.id != type_oid::name) return v;
    auto* const text = std::get_if<std::string>(&v);
    if (text == nullptr) return v;
    const int precision = type.typmod;
    const auto round_count = [precision](std::int64_t& us) { us = round_us(us, precision); };
    switch (type.id) {
        case type_oid::name:
        case type_oid::varchar:
        case type_oid::bpchar:
            return apply_to_text(type, std::move(*text), explicit_cast);
        case type_oid::numeric: {
            auto n = numeric::from_storage(*text);
            if (!n) return not_storage_form(type.id);
            auto limited = apply_numeric_typmod(std::move(*n), type.typmod);
            if (!limited) return limited.error();
            return value(limited->to_string());
        }
        case type_oid::timestamp:
        case type_oid::timestamptz: {
            const bool zoned = type.id == type_oid::timestamptz;
            const auto us = zoned ? timestamptz_from_storage(*text) : timestamp_from_storage(*text);
            if (!us) return not_storage_form(type.id);
            const std::int64_t at = round_us(*us, precision);
            if (!is_infinite_us(at) && !in_range_us(at)) {
                return sql_error(sqlstate::datetime_field_overflow, "timestamp out of range");
            }
            return value(zoned ? timestamptz_to_storage(at) : timestamp_to_storage(at));
        }
        case type_oid::time:
            return rounded(type.id, *text, time_from_storage, time_to_storage, round_count);
        case type_oid::timetz:
            return rounded(type.id, *text, timetz_from_storage, timetz_to_storage,
                           [&](zoned_time& t) { round_count(t.us); });
        case type_oid::interval: {
            const auto i = interval_from_storage(*text);
            if (!i) return not_storage_form(type.id);
            const auto limited = apply_interval_typmod(*i, type.typmod);
            if (!limited) return limited.error();
            return value(interval_to_storage(*limited));
        }
        default:
            break;
    }
    const auto* info = find_type(type.id);
    if (info != nullptr && info->element != 0) {
        return apply_to_array({info->element, type.typmod}, *text, explicit_cast);
    }
    return v;
}

}  // namespace historyd::types
