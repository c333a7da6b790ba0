#include "proxy/rest/query/order.hpp"

namespace historyd::rest {

namespace {

result<order_term> take_term(text_cursor& in) {
    auto of = take_field(in);
    if (!of) return of.error();
    if (in.peek() == '(') {
        return sql_error("PGRST108",
                         "'" + of->name + "' is not an embedded resource in this request");
    }
    order_term term{.of = std::move(*of), .descending = false, .nulls_first = {}};
    const auto start = in.mark();
    bool any = false;
    if (in.take(".desc")) {
        term.descending = any = true;
    } else if (in.take(".asc")) {
        any = true;
    }
    if (in.take(".nullsfirst")) {
        term.nulls_first = any = true;
    } else if (in.take(".nullslast")) {
        term.nulls_first = false;
        any = true;
    }
    if (!any && in.take(".")) {
        return in.expected("\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"");
    }
    in.skip_blanks();
    if (!in.done() && in.peek() != ',') {
        if (!any) in.back_to(start);
        return in.expected("delimiter (.), \",\" or end of input");
    }
    return term;
}

}  // namespace

result<std::vector<order_term>> parse_order(std::string_view text) {
    text_cursor in(text, "order");
    std::vector<order_term> terms;
    do {
        auto term = take_term(in);
        if (!term) return term.error();
        terms.push_back(std::move(*term));
    } while (in.take(","));
    return terms;
}

}  // namespace historyd::rest
