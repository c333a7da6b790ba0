#include "storage/base/sql_error.hpp"

#include <stdexcept>

namespace historyd {

const sql_error& boxed_error::get() const {
    static const sql_error none;
    return error_ ? *error_ : none;
}

void throw_exception_from_error(const boxed_error& error, const boost::source_location& at) {
    throw std::logic_error("result<T>::value() on error " + error.get().sqlstate + ": " +
                           error.get().message + " at " + at.to_string());
}

sql_error unsupported(std::string message, std::string hint) {
    sql_error error(sqlstate::feature_not_supported, std::move(message));
    error.hint =
        hint.empty() ? "historyd does not support this; nothing was executed." : std::move(hint);
    return error;
}

std::string_view to_string(severity s) {
    switch (s) {
        case severity::debug:
            return "DEBUG";
        case severity::log:
            return "LOG";
        case severity::info:
            return "INFO";
        case severity::notice:
            return "NOTICE";
        case severity::warning:
            return "WARNING";
        case severity::error:
            return "ERROR";
        case severity::fatal:
            return "FATAL";
        case severity::panic:
            return "PANIC";
    }
    return "ERROR";
}

}  // namespace historyd
