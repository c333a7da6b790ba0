#include "proxy/rest/error_answer.hpp"

#include <algorithm>
#include <string_view>

#include "storage/types/json_text.hpp"

namespace historyd::rest {

namespace {

struct status_rule {
    std::string_view prefix;  // of the code; the first that fits counts
    unsigned status;
};

constexpr status_rule rules[] = {
    {"PGRST103", 416}, {"PGRST105", 405}, {"PGRST106", 406}, {"PGRST107", 406}, {"PGRST116", 406},
    {"PGRST117", 405}, {"PGRST125", 404}, {"PGRST126", 404}, {"PGRST202", 404}, {"PGRST205", 404},
    {"PGRST301", 401}, {"PGRST302", 401}, {"PGRST", 400},    {"08", 503},       {"09", 500},
    {"0L", 403},       {"0P", 403},       {"23503", 409},    {"23505", 409},    {"25006", 405},
    {"25", 500},       {"28", 403},       {"2D", 500},       {"38", 500},       {"39", 500},
    {"3B", 500},       {"40", 500},       {"42501", 403},    {"42883", 404},    {"42P01", 404},
    {"42P17", 500},    {"53400", 500},    {"53", 503},       {"54", 500},       {"55", 500},
    {"57P01", 503},    {"57", 500},       {"58", 500},       {"F0", 500},       {"HV", 500},
    {"P0001", 400},    {"P0", 500},       {"XX", 500},
};

bool ends_with_where_clause(std::string_view message) {
    return message.ends_with("requires a WHERE clause");
}

void append_text_or_null(std::string_view text, std::string& out) {
    if (text.empty()) {
        out += "null";
    } else {
        types::append_json_string(text, out);
    }
}

}  // namespace

unsigned error_status(const sql_error& error) {
    if (error.sqlstate == sqlstate::cardinality_violation) {
        return ends_with_where_clause(error.message) ? 400 : 500;
    }
    const auto* rule = std::ranges::find_if(rules, [&](const status_rule& r) {
        return std::string_view(error.sqlstate).starts_with(r.prefix);
    });
    return rule == std::end(rules) ? 400 : rule->status;
}

std::string error_body(const sql_error& error) {
    std::string out = "{\"code\":";
    types::append_json_string(error.sqlstate, out);
    out += ",\"details\":";
    append_text_or_null(error.detail, out);
    out += ",\"hint\":";
    append_text_or_null(error.hint, out);
    out += ",\"message\":";
    types::append_json_string(error.message, out);
    return out + "}";
}

}  // namespace historyd::rest
