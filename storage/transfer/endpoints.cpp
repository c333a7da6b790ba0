// What an argument of `historyd import` and `historyd export` names.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "storage/transfer/row_target.hpp"
#include "storage/transfer/text_format.hpp"

namespace historyd::transfer {

namespace {

namespace fs = std::filesystem;

enum class file_kind : std::uint8_t { sqlite, csv, jsonl, other };

bool is_sqlite(const fs::path& file) {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    std::string head(magic.size(), '\0');
    std::ifstream(file, std::ios::binary).read(head.data(), std::ssize(head));
    return head == magic;
}

file_kind kind_by_name(const fs::path& file) {
    const auto extension = file.extension();
    if (extension == ".csv") return file_kind::csv;
    if (extension == ".jsonl" || extension == ".ndjson") return file_kind::jsonl;
    if (extension == ".db" || extension == ".sqlite" || extension == ".sqlite3") {
        return file_kind::sqlite;
    }
    return file_kind::other;
}

// A CSV file that comes with another, of which it holds another table.
bool belongs_to_another(const fs::path& file) {
    for (std::size_t i = 1; i < tables().size(); ++i) {
        const auto suffix = "." + std::string(tables()[i].name);
        const auto stem = file.stem().string();
        if (!stem.ends_with(suffix)) continue;
        const auto base = stem.substr(0, stem.size() - suffix.size());
        if (fs::exists(file.parent_path() / (base + file.extension().string()))) return true;
    }
    return false;
}

// Copies that historyd itself made of a file beside it.
bool is_backup(const fs::path& file) {
    const auto name = file.filename().string();
    return name.find(".before-historyd") != name.npos || name.find(".before-import") != name.npos;
}

result<source_ptr> open_file(const fs::path& file) {
    if (is_sqlite(file)) return open_sqlite_source(file.string());
    switch (kind_by_name(file)) {
        case file_kind::csv:
            return open_csv_source(file.string());
        case file_kind::jsonl:
            return open_jsonl_source(file.string());
        default:
            return sql_error(sqlstate::io_error,
                             "\"" + file.string() + "\" is no SQLite database, .csv or .jsonl");
    }
}

result<std::vector<source_ptr>> open_folder(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    constexpr auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end;
         at.increment(error)) {
        if (!at->is_regular_file() || is_backup(at->path())) continue;
        const auto kind = kind_by_name(at->path());
        const bool text = kind == file_kind::csv || kind == file_kind::jsonl;
        if (text ? !belongs_to_another(at->path()) : is_sqlite(at->path())) {
            files.push_back(at->path());
        }
    }
    if (error) {
        return sql_error(sqlstate::io_error,
                         "could not read \"" + folder.string() + "\": " + error.message());
    }
    std::ranges::sort(files);
    std::vector<source_ptr> out;
    for (const auto& file : files) {
        auto source = open_file(file);
        if (source) {
            out.push_back(std::move(*source));
        } else if (source.error().sqlstate != sqlstate::undefined_table) {
            return source.error();  // other programs' databases may lie there too
        }
    }
    if (!out.empty()) return out;
    return sql_error(sqlstate::io_error, "no history of mem0 in \"" + folder.string() + "\"");
}

}  // namespace

bool is_url(std::string_view text) {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

result<std::vector<source_ptr>> open_sources(const std::string& argument) {
    std::vector<source_ptr> out;
    if (!is_url(argument)) {
        if (fs::is_directory(argument)) return open_folder(argument);
        if (!fs::exists(argument)) {
            return sql_error(sqlstate::io_error, "there is no \"" + argument + "\"");
        }
    }
    auto source = is_url(argument) ? open_url_source(argument) : open_file(argument);
    if (!source) return source.error();
    out.push_back(std::move(*source));
    return out;
}

result<target_ptr> open_target(const std::string& argument, bool dry_run) {
    if (is_url(argument)) return open_url_target(argument);
    const bool sqlite = kind_by_name(argument) == file_kind::sqlite || is_sqlite(argument);
    if (sqlite) return open_sqlite_target(argument, dry_run);
    if (kind_by_name(argument) == file_kind::csv) return open_csv_target(argument);
    if (kind_by_name(argument) == file_kind::jsonl) return open_jsonl_target(argument);
    return sql_error(sqlstate::io_error, "\"" + argument +
                                             "\" is no address (postgresql://...), and its name "
                                             "does not end in .db, .csv or .jsonl");
}

}  // namespace historyd::transfer
