// Any CSV or JSON lines file to import: first byte 'j' for JSON lines, otherwise CSV, then the
// file. The rows that are read, written as an export writes them, are read back as the same rows.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string_view>

#include "storage/base/unique_fd.hpp"
#include "storage/transfer/digest.hpp"
#include "storage/transfer/row_source.hpp"
#include "storage/transfer/text_format.hpp"

namespace historyd::transfer {

namespace {

// A file in memory, by the name under which it can be opened.
class memory_file {
public:
    explicit memory_file(std::string_view bytes) : file_(::memfd_create("input", MFD_CLOEXEC)) {
        const auto size = static_cast<ssize_t>(bytes.size());
        if (::write(file_.get(), bytes.data(), bytes.size()) != size) std::abort();
    }
    std::string name() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

private:
    unique_fd file_;
};

// Returns: the rows up to the first error, nothing when there is one and `whole`.
std::vector<record> read(std::string_view bytes, bool json, bool whole) {
    const memory_file file(bytes);
    const auto source =
        json ? open_jsonl_source(file.name()) : open_csv_source(file.name(), {file.name()});
    std::vector<record> out;
    for (;;) {
        record r;
        const auto more = (*source)->next(r);
        if (!more && whole) std::abort();
        if (!more || !*more) return out;
        if (r.fields.size() != tables()[r.table].columns.size() || !r.fields[0]) std::abort();
        out.push_back(std::move(r));
    }
}

std::string csv_of(const record& r) {
    std::string out;
    bool first = true;
    for (const auto& field : r.fields) {
        types::append_copy_field(csv_options(), std::exchange(first, false), field, out);
    }
    return out + "\n";
}

std::string csv_header(std::size_t table) {
    record names{.table = table, .fields = {}, .defect = {}};
    for (const auto& c : tables()[table].columns) names.fields.emplace_back(c.name);
    return csv_of(names);
}

void check_equal(const std::vector<const record*>& written, const std::vector<record>& got) {
    if (written.size() != got.size()) std::abort();
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (row_hash(*written[i], row_identity::whole) != row_hash(got[i], row_identity::whole)) {
            std::abort();
        }
    }
}

void check_export(const std::vector<record>& rows) {
    std::string json;
    std::vector<const record*> in_json;
    std::map<std::size_t, std::string> csv;
    std::map<std::size_t, std::vector<const record*>> in_csv;
    for (const auto& r : rows) {
        csv.try_emplace(r.table, csv_header(r.table)).first->second += csv_of(r);
        in_csv[r.table].push_back(&r);
        if (!r.defect.empty()) continue;
        json += json_line(r);
        in_json.push_back(&r);
    }
    check_equal(in_json, read(json, true, true));
    for (const auto& [table, text] : csv) check_equal(in_csv[table], read(text, false, true));
}

}  // namespace

}  // namespace historyd::transfer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace historyd::transfer;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    check_export(read(input.substr(1), input.front() == 'j', false));
    return 0;
}
