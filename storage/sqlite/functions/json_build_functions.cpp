#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/json_slice.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/json_value.hpp"

// to_json(), json_build_...() and json_object(), and the same for jsonb.

namespace historyd::sqlite {
namespace {

template <json_flavour Flavour>
result<value> finished(result<std::string> json) {
    if (Flavour == json_flavour::jsonb) return types::as_jsonb(json);
    if (!json) return json.error();
    return value(std::move(*json));
}

// to_json(v, its type).
template <json_flavour Flavour>
result<value> to_json(const function_call& c) {
    std::string out;
    if (auto ok = types::append_json(c.type(1), c.view(0), c.io(), out); !ok) return ok.error();
    return finished<Flavour>(std::move(out));
}

// Arguments come in pairs: a type and a value.
template <json_flavour Flavour>
result<value> build_array(const function_call& c) {
    std::string out = "[";
    for (int i = 0; i + 1 < c.count(); i += 2) {
        if (i > 0) out += ", ";
        if (auto ok = types::append_json(c.type(i), c.view(i + 1), c.io(), out); !ok)
            return ok.error();
    }
    return finished<Flavour>(out + "]");
}

sql_error null_key(json_flavour kind, int position) {
    const auto number = std::to_string(position);
    if (kind == json_flavour::jsonb) {
        return {sqlstate::invalid_parameter_value, "argument " + number + ": key must not be null"};
    }
    return sql_error(sqlstate::invalid_parameter_value, "argument " + number + " cannot be null")
        .with_hint("Object keys should be text.");
}

template <json_flavour Flavour>
result<value> build_object(const function_call& c) {
    if (c.count() % 4 != 0) {
        const std::string name =
            Flavour == json_flavour::jsonb ? "jsonb_build_object" : "json_build_object";
        return sql_error(sqlstate::invalid_parameter_value,
                         "argument list must have even number of elements")
            .with_hint("The arguments of " + name +
                       "() must consist of alternating keys and values.");
    }
    std::string out = "{";
    for (int i = 0; i + 3 < c.count(); i += 4) {
        if (i > 0) out += ", ";
        if (c.is_null(i + 1)) return null_key(Flavour, i / 2 + 1);
        if (auto ok = types::append_json_key(c.type(i), c.view(i + 1), c.io(), out); !ok)
            return ok.error();
        out += " : ";
        if (auto ok = types::append_json(c.type(i + 2), c.view(i + 3), c.io(), out); !ok)
            return ok.error();
    }
    return finished<Flavour>(out + "}");
}

// A row as row_to_json() writes it: a name, a type and a value for each column.
result<value> row_to_json(const function_call& c) {
    std::string out = "{";
    for (int i = 0; i + 2 < c.count(); i += 3) {
        if (i > 0) out += ',';
        types::append_json_string(c.text(i), out);
        out += ':';
        if (auto ok = types::append_json(c.type(i + 1), c.view(i + 2), c.io(), out); !ok)
            return ok.error();
    }
    return value(out + "}");
}

sql_error array_error(const char* message) { return {sqlstate::array_subscript_error, message}; }

// Keys and values of json_object(text[]): alternating, or rows of two.
result<std::vector<std::optional<std::string>>> alternating(std::string_view literal) {
    auto parsed = types::parse_array(literal);
    if (!parsed) return parsed.error();
    const auto& dimensions = parsed->dimensions;
    if (dimensions.size() == 1 && dimensions[0].length % 2 != 0) {
        return array_error("array must have even number of elements");
    }
    if (dimensions.size() == 2 && dimensions[1].length != 2) {
        return array_error("array must have two columns");
    }
    if (dimensions.size() > 2) return array_error("wrong number of array subscripts");
    return std::move(parsed->elements);
}

// The same of json_object(keys, values).
result<std::vector<std::optional<std::string>>> paired(std::string_view keys,
                                                       std::string_view values) {
    const auto k = types::parse_array(keys), v = types::parse_array(values);
    if (!k) return k.error();
    if (!v) return v.error();
    if (k->dimensions.size() > 1 || k->dimensions.size() != v->dimensions.size()) {
        return array_error("wrong number of array subscripts");
    }
    if (k->elements.size() != v->elements.size()) return array_error("mismatched array dimensions");
    std::vector<std::optional<std::string>> out;
    for (std::size_t i = 0; i < k->elements.size(); ++i) {
        out.push_back(k->elements[i]);
        out.push_back(v->elements[i]);
    }
    return out;
}

template <json_flavour Flavour>
result<value> object(const function_call& c) {
    const auto parts = c.count() == 1 ? alternating(c.text(0)) : paired(c.text(0), c.text(1));
    if (!parts) return parts.error();
    std::string out = "{";
    for (std::size_t i = 0; i + 1 < parts->size(); i += 2) {
        const auto& key = (*parts)[i];
        if (!key) {
            return sql_error(sqlstate::null_value_not_allowed,
                             "null value not allowed for object key");
        }
        if (i > 0) out += ", ";
        types::append_json_string(*key, out);
        out += " : ";
        if (const auto& v = (*parts)[i + 1]) {
            types::append_json_string(*v, out);
        } else {
            out += "null";
        }
    }
    return finished<Flavour>(out + "}");
}

}  // namespace

std::span<const scalar_function> json_build_functions() {
    static constexpr scalar_function functions[] = {
        strict<to_json<json_flavour::json>>("pg_to_json", 2),
        strict<to_json<json_flavour::jsonb>>("pg_to_jsonb", 2),
        nullable<build_array<json_flavour::json>>("pg_json_build_array", -1),
        nullable<build_array<json_flavour::jsonb>>("pg_jsonb_build_array", -1),
        nullable<build_object<json_flavour::json>>("pg_json_build_object", -1),
        nullable<row_to_json>("pg_row_to_json", -1),
        nullable<build_object<json_flavour::jsonb>>("pg_jsonb_build_object", -1),
        strict<object<json_flavour::json>>("pg_json_object", 1),
        strict<object<json_flavour::json>>("pg_json_object", 2),
        strict<object<json_flavour::jsonb>>("pg_jsonb_object", 1),
        strict<object<json_flavour::jsonb>>("pg_jsonb_object", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
