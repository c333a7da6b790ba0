#include "storage/sqlite/functions/registration.hpp"

#include <exception>

namespace historyd::sqlite {
namespace {

struct result_setter {
    sqlite3_context* context;

    void operator()(std::monostate) const { sqlite3_result_null(context); }
    void operator()(std::int64_t i) const { sqlite3_result_int64(context, i); }
    void operator()(double d) const { sqlite3_result_double(context, d); }
    void operator()(const std::string& s) const {
        sqlite3_result_text64(context, s.data(), s.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    void operator()(const blob& b) const {
        sqlite3_result_blob64(context, b.bytes.data(), b.bytes.size(), SQLITE_TRANSIENT);
    }
};

result<void> registered(const char* name, int code) {
    if (code == SQLITE_OK) return {};
    return sql_error(sqlstate::internal_error,
                     std::string("cannot register function ") + name + ": " + sqlite3_errstr(code));
}

}  // namespace

namespace detail {

function_call call_of(sqlite3_context* context, int count, sqlite3_value** arguments) {
    return {*static_cast<database*>(sqlite3_user_data(context)), count, arguments};
}

void give(sqlite3_context* context, result<value> outcome) {
    if (!outcome) return set_function_error(context, std::move(outcome).error());
    std::visit(result_setter{context}, *outcome);
}

void give_exception(sqlite3_context* context) noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const std::exception& e) {
        sqlite3_result_error(context, e.what(), -1);
    } catch (...) {
        sqlite3_result_error(context, "unknown exception in a function", -1);
    }
}

}  // namespace detail

result<void> add_functions(database& db, std::span<const scalar_function> functions) {
    for (const auto& f : functions) {
        const int code = sqlite3_create_function_v2(db.handle(), f.name, f.arguments, f.flags, &db,
                                                    f.invoke, nullptr, nullptr, nullptr);
        if (auto ok = registered(f.name, code); !ok) return ok;
    }
    return {};
}

result<void> add_functions(database& db, std::span<const aggregate_function> functions) {
    for (const auto& f : functions) {
        const int code =
            sqlite3_create_window_function(db.handle(), f.name, f.arguments, detail::common_flags,
                                           &db, f.step, f.finish, f.current, f.inverse, nullptr);
        if (auto ok = registered(f.name, code); !ok) return ok;
    }
    return {};
}

}  // namespace historyd::sqlite
