#include "proxy/protocol/binary_array.hpp"

#include <algorithm>

#include "proxy/protocol/byte_order.hpp"
#include "proxy/protocol/wire_reader.hpp"
#include "storage/types/array_text.hpp"

namespace historyd::protocol {

namespace {

sql_error invalid(std::string message) {
    return {sqlstate::invalid_binary_representation, std::move(message)};
}

std::string type_label(types::oid type) {
    const auto* info = types::find_type(type);
    return std::to_string(type) +
           (info != nullptr ? " (" + std::string(info->display_name) + ")" : std::string());
}

// Reads the dimensions. Returns: the number of elements they promise.
result<std::int64_t> decode_dimensions(wire_reader& r, std::int32_t count,
                                       std::vector<types::array_dimension>& out) {
    std::int64_t elements = count == 0 ? 0 : 1;
    for (std::int32_t i = 0; i < count; ++i) {
        types::array_dimension d;
        d.length = r.i32();
        d.lower_bound = r.i32();
        if (d.length < 0) return invalid("invalid array length");
        if (std::int64_t{d.lower_bound} + d.length - 1 > INT32_MAX) {
            return sql_error(sqlstate::program_limit_exceeded,
                             "array lower bound is too large: " + std::to_string(d.lower_bound));
        }
        elements *= d.length;
        if (elements > static_cast<std::int64_t>(types::array_elements_max)) {
            return sql_error(sqlstate::program_limit_exceeded,
                             "array size exceeds the maximum allowed (" +
                                 std::to_string(types::array_elements_max) + ")");
        }
        out.push_back(d);
    }
    return elements;
}

}  // namespace

result<std::string> decode_array(types::oid element, std::string_view bytes) {
    wire_reader r(bytes);
    const std::int32_t dimensions = r.i32(), flags = r.i32();
    const types::oid sent_element = r.u32();
    if (!r.ok()) return invalid("incorrect binary data format");
    if (dimensions < 0) {
        return invalid("invalid number of dimensions: " + std::to_string(dimensions));
    }
    if (dimensions > static_cast<std::int32_t>(types::array_dimensions_max)) {
        return sql_error(sqlstate::program_limit_exceeded,
                         "number of array dimensions (" + std::to_string(dimensions) +
                             ") exceeds the maximum allowed (" +
                             std::to_string(types::array_dimensions_max) + ")");
    }
    if (flags != 0 && flags != 1) return invalid("invalid array flags");
    if (sent_element != element) {
        return sql_error(sqlstate::datatype_mismatch,
                         "binary data has array element type " + type_label(sent_element) +
                             " instead of expected " + type_label(element));
    }

    types::array_value a;
    const auto count = decode_dimensions(r, dimensions, a.dimensions);
    if (!count) return count.error();
    constexpr std::size_t length_bytes = 4;
    if (!r.ok() || static_cast<std::size_t>(*count) > bytes.size() / length_bytes) {
        return invalid("incorrect binary data format");
    }
    a.elements.reserve(static_cast<std::size_t>(*count));
    for (std::int64_t i = 0; i < *count; ++i) {
        const std::int32_t length = r.i32();
        if (length == -1) {
            a.elements.emplace_back(std::nullopt);
            continue;
        }
        const auto item = r.bytes(length);
        if (!r.ok()) return invalid("incorrect binary data format");
        const auto v = binary_in(element, item);
        if (!v) return v.error();
        a.elements.emplace_back(types::element_text(element, view_of(*v)));
    }
    if (!r.done()) return invalid("incorrect binary data format");
    if (*count == 0) a.dimensions.clear();
    return types::array_to_text(a);
}

result<void> encode_array(types::oid element, std::string_view stored, std::string& out) {
    const auto a = types::parse_array(stored);
    if (!a) return a.error();
    const bool has_nulls =
        std::any_of(a->elements.begin(), a->elements.end(), [](const auto& item) { return !item; });
    put_int32(static_cast<std::int32_t>(a->dimensions.size()), out);
    put_int32(has_nulls ? 1 : 0, out);
    put_big_endian(element, out);
    for (const auto& d : a->dimensions) {
        put_int32(d.length, out);
        put_int32(d.lower_bound, out);
    }
    for (const auto& item : a->elements) {
        const std::size_t length_at = out.size();
        put_int32(-1, out);
        if (!item) continue;
        const auto v = types::element_value(element, *item);
        if (!v) return v.error();
        if (auto r = binary_out(element, view_of(*v), out); !r) return r;
        patch_int32(static_cast<std::int32_t>(out.size() - length_at - 4), length_at, out);
    }
    return {};
}

}  // namespace historyd::protocol
