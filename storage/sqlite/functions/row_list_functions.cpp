#include <array>
#include <cstring>

#include "storage/sqlite/functions/families.hpp"

// Rows of several columns that go from one query to another: of a part that ran before
// (sql::plan_part), and of a LATERAL subquery, which SQLite computes as one value for each row that
// it depends on.

namespace historyd::sqlite {
namespace {

// PostgreSQL's MaxTupleAttributeNumber: a list has no more columns.
constexpr std::size_t columns_max = 1664;

class part_rows : public row_source {
public:
    explicit part_rows(const value_rows& rows) : rows_(rows.rows) {}
    result<bool> next(std::vector<value>& row) override {
        if (next_ == rows_.size()) return false;
        row = rows_[next_++];
        return true;
    }

private:
    const std::vector<std::vector<value>>& rows_;
    std::size_t next_ = 0;
};

// pg_kept_rows(n).
result<row_source_ptr> rows_of_part(const function_call& c) {
    const auto* parts = c.db().kept_rows();
    const auto wanted = static_cast<std::size_t>(c.integer(0));
    if (parts == nullptr || wanted >= parts->size()) return known_rows({});
    return row_source_ptr(std::make_unique<part_rows>((*parts)[wanted]));
}

// A packed row is each value's tag and bytes, and an end.
enum class tag : char { null, integer, real, text, blob, end };

// pg_pack_rows(v, ...), an aggregate.
class packed_rows {
public:
    result<void> step(const function_call& c) {
        for (int i = 0; i < c.count(); ++i) std::visit(*this, c.view(i));
        out_ += static_cast<char>(tag::end);
        return {};
    }
    result<value> finish(const function_call&) {
        if (out_.empty()) return value();
        return value(blob{std::move(out_)});
    }

    void operator()(std::monostate) { out_ += static_cast<char>(tag::null); }
    void operator()(std::int64_t v) { add(tag::integer, &v, sizeof v); }
    void operator()(double v) { add(tag::real, &v, sizeof v); }
    void operator()(std::string_view v) { add_bytes(tag::text, v); }
    void operator()(blob_view v) { add_bytes(tag::blob, v.bytes); }

private:
    void add(tag t, const void* bytes, std::size_t size) {
        out_ += static_cast<char>(t);
        out_.append(static_cast<const char*>(bytes), size);
    }
    void add_bytes(tag t, std::string_view bytes) {
        const auto size = bytes.size();
        add(t, &size, sizeof size);
        out_ += bytes;
    }
    std::string out_;
};

class unpacked_rows : public row_source {
public:
    explicit unpacked_rows(std::string packed) : packed_(std::move(packed)) {}
    result<bool> next(std::vector<value>& row) override {
        row.clear();
        if (left().empty()) return false;
        for (;;) {
            const auto t = static_cast<tag>(take(1).at(0));
            if (t == tag::end) return true;
            row.push_back(take_value(t));
        }
    }

private:
    std::string_view left() const { return std::string_view(packed_).substr(at_); }
    // Throws std::out_of_range where less is left: it was packed by nobody.
    std::string_view take(std::size_t size) {
        if (left().size() < size) throw std::out_of_range("packed rows");
        const auto taken = left().substr(0, size);
        at_ += size;
        return taken;
    }
    template <class T>
    T take_number() {
        T v;
        std::memcpy(&v, take(sizeof v).data(), sizeof v);
        return v;
    }
    value take_value(tag t) {
        switch (t) {
            case tag::integer:
                return take_number<std::int64_t>();
            case tag::real:
                return take_number<double>();
            case tag::text:
                return std::string(take(take_number<std::size_t>()));
            case tag::blob:
                return blob{std::string(take(take_number<std::size_t>()))};
            default:
                return {};
        }
    }
    const std::string packed_;
    std::size_t at_ = 0;
};

// pg_rows(packed).
result<row_source_ptr> rows_of_packed(const function_call& c) {
    return row_source_ptr(std::make_unique<unpacked_rows>(std::string(c.text(0))));
}

// "c1", "c2" and so on.
std::vector<const char*> column_names() {
    static const auto names = [] {
        std::array<std::string, columns_max> out;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = "c" + std::to_string(i + 1);
        return out;
    }();
    std::vector<const char*> out;
    out.reserve(names.size());
    for (const auto& name : names) out.push_back(name.c_str());
    return out;
}

}  // namespace

std::span<const table_function> row_list_functions() {
    static const table_function functions[] = {
        {"pg_kept_rows", 1, column_names(), true, rows_of_part},
        {"pg_rows", 1, column_names(), true, rows_of_packed},
    };
    return functions;
}

std::span<const aggregate_function> row_list_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<packed_rows>("pg_pack_rows", -1),
    };
    return functions;
}

}  // namespace historyd::sqlite
