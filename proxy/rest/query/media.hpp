#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

// How an answer is written.
struct media {
    enum class form : std::uint8_t { json, object, csv };
    form as = form::json;
    bool nulls_stripped = false;
    bool vendor_array = false;  // asked for as application/vnd.pgrst.array+json

    // Content-Type, with its character set.
    std::string content_type() const;
    bool operator==(const media&) const = default;
};

// The first type of an Accept header that can be had, by its weights (RFC 9110, 12.5.1); an empty
// header takes JSON. Errors: PGRST107.
result<media> choose_media(std::string_view accept);

enum class payload_form : std::uint8_t { json, csv };
// Of a Content-Type header. Errors: PGRST102.
result<payload_form> payload_form_of(std::string_view content_type);

}  // namespace historyd::rest
