#include "proxy/rest/query/media.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace historyd::rest {

namespace {

std::string lowered(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ' || c == '\t') continue;
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return out;
}

// Takes text up to a separator off the front.
std::string_view take_part(std::string_view& text, char separator) {
    const auto part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

struct wish {
    std::string type;
    bool nulls_stripped = false;
    double weight = 1;
};

wish parse_wish(std::string_view text) {
    wish w;
    w.type = take_part(text, ';');
    while (!text.empty()) {
        const auto parameter = take_part(text, ';');
        if (parameter == "nulls=stripped") w.nulls_stripped = true;
        if (parameter.starts_with("q=")) {
            const auto digits = parameter.substr(2);
            const auto* end = digits.data() + digits.size();
            const bool is_number = std::from_chars(digits.data(), end, w.weight).ec == std::errc();
            if (!is_number || !(w.weight >= 0 && w.weight <= 1)) w.weight = 0;  // NaN too
        }
    }
    return w;
}

std::optional<media> media_of(const wish& w) {
    using form = media::form;
    if (w.type == "*/*" || w.type == "application/*" || w.type == "application/json") {
        return media{};
    }
    if (w.type == "text/csv" || w.type == "text/*") return media{.as = form::csv};
    // The older spelling is what PostgREST used before version 12.
    if (w.type == "application/vnd.pgrst.object+json" || w.type == "application/vnd.pgrst.object") {
        return media{.as = form::object, .nulls_stripped = w.nulls_stripped};
    }
    if (w.type == "application/vnd.pgrst.array+json" || w.type == "application/vnd.pgrst.array") {
        return media{.nulls_stripped = w.nulls_stripped, .vendor_array = true};
    }
    return std::nullopt;
}

}  // namespace

std::string media::content_type() const {
    if (as == form::csv) return "text/csv; charset=utf-8";
    std::string type = "application/json";
    if (as == form::object) type = "application/vnd.pgrst.object+json";
    if (vendor_array) type = "application/vnd.pgrst.array+json";
    if (nulls_stripped) type += ";nulls=stripped";
    return type + "; charset=utf-8";
}

result<media> choose_media(std::string_view accept) {
    const auto text = lowered(accept);
    if (text.empty()) return media{};
    std::vector<wish> wishes;
    for (std::string_view rest = text; !rest.empty();) {
        wishes.push_back(parse_wish(take_part(rest, ',')));
    }
    std::ranges::stable_sort(wishes, std::ranges::greater(), &wish::weight);
    for (const auto& w : wishes) {
        if (w.weight <= 0) continue;
        if (auto found = media_of(w)) return *found;
    }
    return sql_error("PGRST107", "None of these media types are available: " + std::string(accept));
}

result<payload_form> payload_form_of(std::string_view content_type) {
    const auto text = lowered(content_type);
    std::string_view rest = text;
    const auto type = take_part(rest, ';');
    if (type.empty() || type == "application/json" || type == "*/*") return payload_form::json;
    if (type == "text/csv") return payload_form::csv;
    return sql_error("PGRST102", "Content-Type not acceptable: " + std::string(type));
}

}  // namespace historyd::rest
