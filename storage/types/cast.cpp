#include "storage/types/array_text.hpp"
#include "storage/types/cast_families.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::types {

namespace {

// Blanks behind a bpchar are padding: they do not go with it to another type of characters.
std::string without_padding(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

result<value> cast_to_characters(type_ref from, type_ref to, const value& v,
                                 const io_settings& settings, bool explicit_cast) {
    std::string text;
    if (from.id == type_oid::bool_ && to.id != type_oid::name) {
        const auto* b = std::get_if<std::int64_t>(&v);
        if (b == nullptr) return not_storage_form(from.id);
        text = *b != 0 ? "true" : "false";
    } else if (from.id == type_oid::inet) {
        // The cast, unlike the type's output, always tells the bits.
        const auto* stored = std::get_if<std::string>(&v);
        const auto address = stored != nullptr ? inet_from_storage(*stored) : std::nullopt;
        if (!address) return not_storage_form(from.id);
        text = cidr_to_storage(*address);
    } else if (auto r = text_out(from, view_of(v), settings, text); !r) {
        return std::move(r).error();
    }
    if (from.id == type_oid::bpchar && to.id != type_oid::bpchar) {
        text = without_padding(std::move(text));
    }
    if (to.id == type_oid::char_) text.resize(prefix_bytes(text, 1));
    return apply_typmod(to, std::move(text), explicit_cast);
}

result<value> cast_from_characters(type_ref from, type_ref to, const value& v,
                                   const io_settings& settings, bool explicit_cast) {
    std::string text;
    if (auto r = text_out(from, view_of(v), settings, text); !r) return std::move(r).error();
    auto read = text_in({to.id, -1}, text, settings);
    if (!read) return read;
    return apply_typmod(to, std::move(*read), explicit_cast);
}

result<value> cast_array(type_ref from, type_ref to, oid from_element, oid to_element,
                         const value& v, const io_settings& settings, bool explicit_cast) {
    const auto* literal = std::get_if<std::string>(&v);
    if (literal == nullptr) return not_storage_form(from.id);
    auto a = parse_array(*literal);
    if (!a) return a.error();
    for (auto& item : a->elements) {
        if (!item) continue;
        auto element = element_value(from_element, *item);
        if (!element) return element;
        element = cast({from_element, -1}, {to_element, to.typmod}, std::move(*element), settings,
                       explicit_cast);
        if (!element) return element;
        if (is_null(*element)) {
            item.reset();
        } else {
            item = element_text(to_element, view_of(*element));
        }
    }
    if (to.id == type_oid::int2vector || to.id == type_oid::oidvector) {
        return cannot_cast(from.id, to.id);
    }
    return value(array_to_text(*a));
}

}  // namespace

bool is_character_type(oid type) {
    switch (type) {
        case type_oid::text:
        case type_oid::varchar:
        case type_oid::bpchar:
        case type_oid::name:
        case type_oid::char_:
        case type_oid::unknown:
        case type_oid::cstring:
            return true;
        default:
            return false;
    }
}

result<value> cast(type_ref from, type_ref to, value v, const io_settings& settings,
                   bool explicit_cast) {
    if (is_null(v)) return v;
    if (from.id == to.id) return apply_typmod(to, std::move(v), explicit_cast);

    // "char" and int4 meet by number, so the numbers come before the characters.
    auto converted = cast_number(from.id, to.id, v);
    if (!converted) converted = cast_datetime(from.id, to.id, v, settings);
    if (!converted) converted = cast_inet(from.id, to.id, v);
    if (!converted) converted = cast_json(from.id, to.id, v);
    if (converted) {
        if (!*converted) return *converted;
        return apply_typmod(to, std::move(**converted), explicit_cast);
    }
    if (is_character_type(to.id)) return cast_to_characters(from, to, v, settings, explicit_cast);
    if (is_character_type(from.id)) {
        return cast_from_characters(from, to, v, settings, explicit_cast);
    }
    const auto* from_info = find_type(from.id);
    const auto* to_info = find_type(to.id);
    if (from_info != nullptr && to_info != nullptr && from_info->element != 0 &&
        to_info->element != 0) {
        return cast_array(from, to, from_info->element, to_info->element, v, settings,
                          explicit_cast);
    }
    return cannot_cast(from.id, to.id);
}

}  // namespace historyd::types
