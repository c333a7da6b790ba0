#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <utility>

#include "storage/sqlite/function_error.hpp"
#include "storage/sqlite/functions/function_call.hpp"

// How a function becomes SQLite's: tables of definitions, one trampoline each, no shared state.

namespace historyd::sqlite {

using function_body = result<value> (*)(const function_call&);

struct scalar_function {
    const char* name;
    int arguments;  // -1: any number
    void (*invoke)(sqlite3_context*, int, sqlite3_value**);
    int flags;
};

struct aggregate_function {
    const char* name;
    int arguments;
    void (*step)(sqlite3_context*, int, sqlite3_value**);
    void (*finish)(sqlite3_context*);
    void (*current)(sqlite3_context*);                        // nullptr: not a window function
    void (*inverse)(sqlite3_context*, int, sqlite3_value**);  // nullptr likewise
};

namespace detail {

inline constexpr int common_flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;

function_call call_of(sqlite3_context* context, int count, sqlite3_value** arguments);
void give(sqlite3_context* context, result<value> outcome);
void give_exception(sqlite3_context* context) noexcept;  // in a catch block only

template <function_body Body, bool Strict>
void invoke(sqlite3_context* context, int count, sqlite3_value** arguments) {
    try {
        const auto call = call_of(context, count, arguments);
        if (Strict && call.any_null()) return sqlite3_result_null(context);
        give(context, Body(call));
    } catch (...) {
        give_exception(context);
    }
}

// SQLite gives an aggregate zeroed memory for one pointer; the state itself is ours.
template <class State>
State* state_of(sqlite3_context* context, bool create) {
    auto** slot = static_cast<State**>(
        sqlite3_aggregate_context(context, create ? static_cast<int>(sizeof(State*)) : 0));
    if (slot == nullptr) return nullptr;
    if (*slot == nullptr && create) *slot = std::make_unique<State>().release();
    return *slot;
}

template <class State, bool Inverse>
void accumulate(sqlite3_context* context, int count, sqlite3_value** arguments) {
    try {
        auto* state = state_of<State>(context, true);
        if (state == nullptr) return sqlite3_result_error_nomem(context);
        const auto call = call_of(context, count, arguments);
        result<void> outcome;
        if constexpr (Inverse) {
            outcome = state->inverse(call);
        } else {
            outcome = state->step(call);
        }
        if (!outcome) set_function_error(context, std::move(outcome).error());
    } catch (...) {
        give_exception(context);
    }
}

template <class State>
void current(sqlite3_context* context) {
    try {
        const auto call = call_of(context, 0, nullptr);
        auto* state = state_of<State>(context, false);
        if (state != nullptr) return give(context, state->finish(call));
        State empty;
        give(context, empty.finish(call));
    } catch (...) {
        give_exception(context);
    }
}

template <class State>
void finish(sqlite3_context* context) {
    current<State>(context);
    const std::unique_ptr<State> done(state_of<State>(context, false));
}

}  // namespace detail

// Immutable or stable functions: one value for equal arguments while a statement runs. A strict one
// answers NULL when any argument is NULL, without being called.
template <function_body Body>
constexpr scalar_function strict(const char* name, int arguments) {
    return {name, arguments, &detail::invoke<Body, true>,
            detail::common_flags | SQLITE_DETERMINISTIC};
}
template <function_body Body>
constexpr scalar_function nullable(const char* name, int arguments) {
    return {name, arguments, &detail::invoke<Body, false>,
            detail::common_flags | SQLITE_DETERMINISTIC};
}
// Volatile functions: called again for every row.
template <function_body Body>
constexpr scalar_function strict_volatile(const char* name, int arguments) {
    return {name, arguments, &detail::invoke<Body, true>, detail::common_flags};
}
template <function_body Body>
constexpr scalar_function nullable_volatile(const char* name, int arguments) {
    return {name, arguments, &detail::invoke<Body, false>, detail::common_flags};
}

// State has: result<void> step(const function_call&); result<value> finish(const function_call&),
// called with no arguments, as often as SQLite asks; and, to be a window function too,
// result<void> inverse(const function_call&), which takes the oldest step back.
template <class State>
constexpr aggregate_function aggregate(const char* name, int arguments) {
    if constexpr (requires(State s, const function_call& c) { s.inverse(c); }) {
        return {name,
                arguments,
                &detail::accumulate<State, false>,
                &detail::finish<State>,
                &detail::current<State>,
                &detail::accumulate<State, true>};
    } else {
        return {name,    arguments, &detail::accumulate<State, false>, &detail::finish<State>,
                nullptr, nullptr};
    }
}

result<void> add_functions(database& db, std::span<const scalar_function> functions);
result<void> add_functions(database& db, std::span<const aggregate_function> functions);

}  // namespace historyd::sqlite
