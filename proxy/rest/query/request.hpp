#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/rest/query/filter.hpp"
#include "proxy/rest/query/media.hpp"
#include "proxy/rest/query/order.hpp"
#include "proxy/rest/query/payload.hpp"
#include "proxy/rest/query/prefer.hpp"
#include "proxy/rest/query/range.hpp"
#include "proxy/rest/query/select_list.hpp"

namespace historyd::rest {

// What of an HTTP request counts here.
struct request_head {
    std::string method, target;  // GET, /rest/v1/table?select=id
    std::string accept, content_type, range, accept_profile, content_profile;
    std::vector<std::string> prefer;
};

enum class action : std::uint8_t { read, insert, update, remove };

// What is asked of one table.
struct request {
    action what = action::read;
    std::string table;
    std::vector<select_item> select;
    std::vector<condition_node> where;  // all of them
    std::vector<order_term> order;
    row_range range;
    std::optional<std::vector<std::string>> on_conflict;
    payload body;
    preferences prefer;
    media answer;
    bool names_schema = false;  // by a profile header
};

// The part of a query string that is one table's: everything but headers and body.
result<void> parse_query(std::string_view query, std::string_view range_header, request& into,
                         std::optional<std::vector<std::string>>& columns);

// Errors: PGRST1xx, and PGRST202 for functions, of which there are none.
result<request> parse_request(const request_head& head, std::string_view body);

}  // namespace historyd::rest
