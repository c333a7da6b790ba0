#include "storage/sqlite/functions/sort_spec.hpp"

#include "storage/types/compare.hpp"

namespace historyd::sqlite {
namespace {

template <class T>
int order(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

std::string_view without_trailing_blanks(std::string_view text) {
    const auto last = text.find_last_not_of(' ');
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

int compare_texts(const sort_spec::key& key, std::string_view a, std::string_view b) {
    if (key.type != 0) return types::compare_text(key.type, a, b);
    if (key.blank_padded) return without_trailing_blanks(a).compare(without_trailing_blanks(b));
    return a.compare(b);
}

bool set_collation(std::string_view name, sort_spec::key& key) {
    if (name == "rtrim") {
        key.blank_padded = true;
        return true;
    }
    for (const auto& known : types::collations()) {
        if (known.name == name) {
            key.type = known.type;
            return true;
        }
    }
    return false;
}

// Integers and reals compare with each other; then texts, then blobs.
int storage_class(const value_view& v) {
    switch (v.index()) {
        case 0:
            return 0;
        case 1:
        case 2:
            return 1;
        case 3:
            return 2;
        default:
            return 3;
    }
}

double as_double(const value_view& v) {
    const auto* integer = std::get_if<std::int64_t>(&v);
    return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(v);
}

}  // namespace

result<sort_spec> sort_spec::parse(std::string_view text) {
    sort_spec spec;
    const auto bad = [&] {
        return sql_error(sqlstate::internal_error,
                         "malformed aggregate order \"" + std::string(text) + "\"");
    };
    auto rest = text;
    if (rest == "D" || rest.starts_with("D;")) {
        spec.distinct = true;
        rest.remove_prefix(rest.size() > 1 ? 2 : 1);
    }
    while (!rest.empty()) {
        const auto end = rest.find(';');
        const auto one = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (one.size() < 2 || (one[0] != 'a' && one[0] != 'd') ||
            (one[1] != 'f' && one[1] != 'l')) {
            return bad();
        }
        key k{.descending = one[0] == 'd', .nulls_first = one[1] == 'f'};
        if (one.size() > 2 && (one[2] != ':' || !set_collation(one.substr(3), k))) return bad();
        spec.keys.push_back(k);
    }
    return spec;
}

int compare_values(const sort_spec::key& key, const value_view& a, const value_view& b) {
    const int class_a = storage_class(a), class_b = storage_class(b);
    if (class_a != class_b) return order(class_a, class_b);
    switch (class_a) {
        case 0:
            return 0;
        case 1:
            if (a.index() == 1 && b.index() == 1) {
                return order(std::get<std::int64_t>(a), std::get<std::int64_t>(b));
            }
            return order(as_double(a), as_double(b));
        case 2:
            return compare_texts(key, std::get<std::string_view>(a), std::get<std::string_view>(b));
        default:
            return std::get<blob_view>(a).bytes.compare(std::get<blob_view>(b).bytes);
    }
}

int compare_sorted(const sort_spec::key& key, const value_view& a, const value_view& b) {
    const bool null_a = is_null(a), null_b = is_null(b);
    if (null_a || null_b) {
        if (null_a && null_b) return 0;
        return null_a == key.nulls_first ? -1 : 1;
    }
    const int order = compare_values(key, a, b);
    return key.descending ? -order : order;
}

}  // namespace historyd::sqlite
