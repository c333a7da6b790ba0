#include <deque>

#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/ordered_rows.hpp"
#include "storage/sqlite/memory_budget.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/compare.hpp"

// string_agg(), array_agg(), and min() and max() of arrays.

namespace historyd::sqlite {
namespace {

// string_agg(v, delimiter): each delimiter stands before its own value; the first one's is left
// out.
template <bool Bytes>
class joined {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) return {};
        kept_.add(sizeof(part) + c.text(0).size());
        parts_.push_back(
            {c.is_null(1) ? std::string() : std::string(c.text(1)), std::string(c.text(0))});
        return {};
    }
    result<void> inverse(const function_call& c) {
        if (!c.is_null(0)) parts_.pop_front();
        return {};
    }
    result<value> finish(const function_call&) const {
        if (parts_.empty()) return value();
        std::string out = parts_.front().text;
        for (std::size_t i = 1; i < parts_.size(); ++i) {
            out += parts_[i].delimiter;
            out += parts_[i].text;
        }
        return Bytes ? value(blob{std::move(out)}) : value(std::move(out));
    }

private:
    struct part {
        std::string delimiter, text;
    };
    std::deque<part> parts_;
    memory_budget::kept kept_;
};

// array_agg(v, element type).
class array_of_values {
public:
    result<void> step(const function_call& c) {
        elements_.push_back(c.is_null(0) ? std::optional<std::string>()
                                         : types::element_text(element_type(c), c.view(0)));
        kept_.add(sizeof elements_.back() + (elements_.back() ? elements_.back()->size() : 0));
        return {};
    }
    result<void> inverse(const function_call&) {
        elements_.pop_front();
        return {};
    }
    result<value> finish(const function_call&) const {
        if (elements_.empty()) return value();
        return value(
            types::array_to_text(types::one_dimensional({elements_.begin(), elements_.end()})));
    }

private:
    static types::oid element_type(const function_call& c) {
        return c.type(1) == types::type_oid::unknown ? types::type_oid::text : c.type(1);
    }
    std::deque<std::optional<std::string>> elements_;
    memory_budget::kept kept_;
};

// array_agg(array): one more dimension.
class array_of_arrays {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) {
            return sql_error(sqlstate::null_value_not_allowed, "cannot accumulate null arrays");
        }
        auto parsed = types::parse_array(c.text(0));
        if (!parsed) return parsed.error();
        if (parsed->dimensions.empty()) {
            return sql_error(sqlstate::array_subscript_error, "cannot accumulate empty arrays");
        }
        if (count_ == 0) {
            inner_ = parsed->dimensions;
        } else if (inner_ != parsed->dimensions) {
            return sql_error(sqlstate::array_subscript_error,
                             "cannot accumulate arrays of different dimensionality");
        }
        ++count_;
        kept_.add(c.text(0).size() + parsed->elements.size() * sizeof(parsed->elements[0]));
        for (auto& e : parsed->elements) elements_.push_back(std::move(e));
        return {};
    }
    result<value> finish(const function_call&) const {
        if (count_ == 0) return value();
        types::array_value out{.dimensions = {{.length = count_}}, .elements = elements_};
        out.dimensions.insert(out.dimensions.end(), inner_.begin(), inner_.end());
        return value(types::array_to_text(out));
    }

private:
    std::int32_t count_ = 0;
    std::vector<types::array_dimension> inner_;
    std::vector<std::optional<std::string>> elements_;
    memory_budget::kept kept_;
};

// min(array, element type) and max().
template <bool Greatest>
class extreme_array {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) return {};
        const auto text = c.text(0);
        if (best_) {
            const int order = types::compare_array_text(c.type(1), text, *best_);
            if (Greatest ? order <= 0 : order >= 0) return {};
        }
        best_ = std::string(text);
        return {};
    }
    result<value> finish(const function_call&) const { return best_ ? value(*best_) : value(); }

private:
    std::optional<std::string> best_;
};

// A scalar subquery's value: its only row's.
class single_row {
public:
    result<void> step(const function_call& c) {
        if (seen_) {
            return sql_error(sqlstate::cardinality_violation,
                             "more than one row returned by a subquery used as an expression");
        }
        seen_ = true;
        value_ = c.copy(0);
        return {};
    }
    result<value> finish(const function_call&) const { return value_; }

private:
    bool seen_ = false;
    value value_;
};

}  // namespace

std::span<const aggregate_function> collecting_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<joined<false>>("pg_string_agg", 2),
        aggregate<ordered<joined<false>>>("pg_string_agg_ordered", -1),
        aggregate<joined<true>>("pg_bytea_agg", 2),
        aggregate<ordered<joined<true>>>("pg_bytea_agg_ordered", -1),
        aggregate<array_of_values>("pg_array_agg", 2),
        aggregate<ordered<array_of_values>>("pg_array_agg_ordered", -1),
        aggregate<array_of_arrays>("pg_array_agg_array", 1),
        aggregate<ordered<array_of_arrays>>("pg_array_agg_array_ordered", -1),
        aggregate<extreme_array<false>>("pg_array_min", 2),
        aggregate<extreme_array<true>>("pg_array_max", 2),
        aggregate<single_row>("pg_single", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
