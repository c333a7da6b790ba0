#include "storage/sqlite/functions/families.hpp"

// bool_and(), bool_or() and the bitwise aggregates.

namespace historyd::sqlite {
namespace {

template <bool All>
class boolean_fold {
public:
    result<void> step(const function_call& c) { return change(c, 1); }
    result<void> inverse(const function_call& c) { return change(c, -1); }
    result<value> finish(const function_call&) const {
        if (count_ == 0) return value();
        return bool_value(All ? true_ == count_ : true_ > 0);
    }

private:
    result<void> change(const function_call& c, int by) {
        if (c.is_null(0)) return {};
        count_ += by;
        if (c.boolean(0)) true_ += by;
        return {};
    }
    std::int64_t count_ = 0, true_ = 0;
};

struct bitwise_and {
    std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a & b; }
};
struct bitwise_or {
    std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a | b; }
};
struct bitwise_xor {
    std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a ^ b; }
};

template <class Operation>
class bitwise_fold {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) return {};
        folded_ = some_ ? Operation{}(folded_, c.integer(0)) : c.integer(0);
        some_ = true;
        return {};
    }
    result<value> finish(const function_call&) const { return some_ ? value(folded_) : value(); }

private:
    std::int64_t folded_ = 0;
    bool some_ = false;
};

}  // namespace

std::span<const aggregate_function> logical_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<boolean_fold<true>>("pg_bool_and", 1),
        aggregate<boolean_fold<false>>("pg_bool_or", 1),
        aggregate<bitwise_fold<bitwise_and>>("pg_bit_and", 1),
        aggregate<bitwise_fold<bitwise_or>>("pg_bit_or", 1),
        aggregate<bitwise_fold<bitwise_xor>>("pg_bit_xor", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
