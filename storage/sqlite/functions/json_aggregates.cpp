#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/ordered_rows.hpp"
#include "storage/sqlite/memory_budget.hpp"
#include "storage/types/json_value.hpp"

// json_agg(), json_object_agg() and the same for jsonb.

namespace historyd::sqlite {
namespace {

using types::oid;

// Counts what has been appended.
result<void> grown(result<void> appended, const std::string& text, memory_budget::kept& kept) {
    if (text.size() > kept.bytes()) kept.add(text.size() - kept.bytes());
    return appended;
}

// A row is handed over as the JSON it is, under the type of rows.
oid json_type_of(oid type) {
    return type == types::type_oid::record ? types::type_oid::json : type;
}

bool is_composite(oid type) {
    const auto* info = types::find_type(type);
    return type == types::type_oid::record || (info != nullptr && info->element != 0);
}

// json_agg(v, type of v). Rows and arrays stand on lines of their own.
template <bool Jsonb>
class array_of_json {
public:
    result<void> step(const function_call& c) {
        const auto type = c.type(1);
        text_ += text_.empty() ? "[" : is_composite(type) && !c.is_null(0) ? ", \n " : ", ";
        return grown(types::append_json(json_type_of(type), c.view(0), c.io(), text_), text_,
                     kept_);
    }
    result<value> finish(const function_call&) const {
        if (text_.empty()) return value();
        if (Jsonb) return types::as_jsonb(text_ + "]");
        return value(text_ + "]");
    }

private:
    std::string text_;
    memory_budget::kept kept_;
};

// json_object_agg(key, type of key, v, type of v).
template <bool Jsonb>
class object_of_json {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) {
            return sql_error(sqlstate::invalid_parameter_value, "field name must not be null");
        }
        text_ += text_.empty() ? "{ " : ", ";
        if (auto ok = types::append_json_key(c.type(1), c.view(0), c.io(), text_); !ok) return ok;
        text_ += " : ";
        return grown(types::append_json(c.type(3), c.view(2), c.io(), text_), text_, kept_);
    }
    result<value> finish(const function_call&) const {
        if (text_.empty()) return value();
        if (Jsonb) return types::as_jsonb(text_ + " }");
        return value(text_ + " }");
    }

private:
    std::string text_;
    memory_budget::kept kept_;
};

}  // namespace

std::span<const aggregate_function> json_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<array_of_json<false>>("pg_json_agg", 2),
        aggregate<ordered<array_of_json<false>>>("pg_json_agg_ordered", -1),
        aggregate<array_of_json<true>>("pg_jsonb_agg", 2),
        aggregate<ordered<array_of_json<true>>>("pg_jsonb_agg_ordered", -1),
        aggregate<object_of_json<false>>("pg_json_object_agg", 4),
        aggregate<ordered<object_of_json<false>>>("pg_json_object_agg_ordered", -1),
        aggregate<object_of_json<true>>("pg_jsonb_object_agg", 4),
        aggregate<ordered<object_of_json<true>>>("pg_jsonb_object_agg_ordered", -1),
    };
    return functions;
}

}  // namespace historyd::sqlite
