#include "storage/sql/function_map.hpp"

#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

template <class Entry>
void append(std::vector<Entry>& out, std::span<const Entry> family) {
    out.insert(out.end(), family.begin(), family.end());
}

}  // namespace

std::span<const function_entry> functions() {
    static const std::vector<function_entry> all = [] {
        std::vector<function_entry> out;
        for (const auto family :
             {math_functions(), string_functions(), regex_functions(), datetime_functions(),
              format_functions(), inet_functions(), json_functions(), array_functions(),
              aggregate_functions(), statistics_functions(), window_functions(),
              set_returning_functions(), system_functions(), catalog_functions()}) {
            append(out, family);
        }
        return out;
    }();
    return all;
}

std::span<const operator_entry> operators() {
    static const std::vector<operator_entry> all = [] {
        std::vector<operator_entry> out;
        for (const auto family :
             {arithmetic_operators(), text_operators(), datetime_operators(), inet_operators(),
              json_operators(), array_operators(), comparison_operators()}) {
            append(out, family);
        }
        return out;
    }();
    return all;
}

}  // namespace historyd::sql
