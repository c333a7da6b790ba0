#pragma once

#include <memory>
#include <vector>

#include "storage/sqlite/functions/registration.hpp"
#include "storage/sqlite/functions/sort_spec.hpp"

// Aggregates over rows in an order of their own: name_ordered(spec, arguments..., sort keys...).

namespace historyd::sqlite {

// The rows of one group, kept until all are known.
class ordered_rows {
public:
    // Keeps a call's arguments from 1 on; argument 0 is the spec, the same in every call.
    result<void> keep(const function_call& c);

    // Sorts by the spec's keys, which are the last arguments; with DISTINCT leaves one of the rows
    // whose arguments before the keys are equal.
    void sort();

    std::size_t size() const { return rows_.size(); }
    int key_count() const { return static_cast<int>(spec_.keys.size()); }
    const sort_spec& spec() const { return spec_; }
    // Row i as a call: all kept arguments, or those before the keys.
    function_call row(database& db, std::size_t i);
    function_call arguments_of(database& db, std::size_t i);

private:
    struct value_deleter {
        void operator()(sqlite3_value* v) const { sqlite3_value_free(v); }
    };
    struct kept_row {
        std::vector<std::unique_ptr<sqlite3_value, value_deleter>> values;
        std::vector<sqlite3_value*> pointers;
    };

    int compare_keys(database& db, kept_row& a, kept_row& b) const;
    bool same_arguments(database& db, kept_row& a, kept_row& b) const;

    bool started_ = false;
    sort_spec spec_;
    std::vector<std::unique_ptr<kept_row>> rows_;
    database* db_ = nullptr;
};

// Runs State over the rows once they are in order.
template <class State>
class ordered {
public:
    result<void> step(const function_call& c) { return rows_.keep(c); }

    result<value> finish(const function_call& c) {
        rows_.sort();
        State state;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (auto ok = state.step(rows_.arguments_of(c.db(), i)); !ok) return ok.error();
        }
        return state.finish(c);
    }

private:
    ordered_rows rows_;
};

}  // namespace historyd::sqlite
