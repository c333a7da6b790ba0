#include "storage/transfer/transfer.hpp"

#include <fmt/format.h>

#include "storage/transfer/batch_reader.hpp"
#include "storage/transfer/mover.hpp"
#include "storage/transfer/progress.hpp"

namespace historyd::transfer {

namespace {

// Gives `take` every batch of a source.
template <class Take>
result<void> for_each_batch(row_source& source, Take&& take) {
    batch_reader reader(source);
    for (;;) {
        auto b = reader.next();
        if (!b) {
            auto why = b.error();
            if (why.message.find(source.name()) == why.message.npos) {
                why.message = source.name() + ": " + why.message;
            }
            return why;
        }
        if (b->rows.empty()) return {};
        if (auto taken = take(*b); !taken) return taken;
    }
}

class transfer {
public:
    transfer(std::vector<source_ptr> sources, row_target& target, difference_report& report,
             const transfer_options& options, std::FILE* progress)
        : sources_(std::move(sources)),
          target_(target),
          mover_(target, report, options.dry_run),
          dry_run_(options.dry_run),
          display_(progress) {}

    result<void> run() {
        auto stored = over_sources(dry_run_ ? "looking" : "moving", [&](auto& source, auto& rows) {
            return mover_.store(source.name(), rows);
        });
        if (stored && !dry_run_) stored = target_.finish();
        if (stored && !dry_run_) stored = compare();
        if (stored && !dry_run_) stored = target_.publish();
        display_.end();
        if (!stored) {
            auto why = stored.error();
            if (mover_.counts().empty() || dry_run_) return why;
            why.hint += (why.hint.empty() ? "" : " ") +
                        std::string("What was moved stays; the same command again goes on.");
            return why;
        }
        return {};
    }

    const std::map<std::size_t, table_counts>& counts() const { return mover_.counts(); }

private:
    template <class Take>
    result<void> over_sources(const std::string& stage, Take&& take) {
        display_.begin(stage);
        std::uint64_t rows = 0;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            mover_.begin_source();
            auto& source = *sources_[i];
            auto done = for_each_batch(source, [&](const batch& b) -> result<void> {
                if (auto taken = take(source, b.rows); !taken) return taken;
                rows += b.rows.size();
                const auto count = static_cast<double>(sources_.size());
                display_.update((static_cast<double>(i) + b.progress) / count, rows);
                return {};
            });
            if (!done) return done;
        }
        display_.update(1, rows);
        return {};
    }

    result<void> compare() {
        if (target_.can_find()) {
            for (const auto& source : sources_) {
                if (auto ready = source->rewind(); !ready) return ready;
            }
            return over_sources("comparing",
                                [&](auto&, auto& rows) { return mover_.compare(rows); });
        }
        auto written = target_.read_back();
        if (!written) return written.error();
        sources_.clear();
        sources_.push_back(std::move(*written));
        return over_sources("comparing", [&](auto&, auto& rows) -> result<void> {
            mover_.compare_read_back(rows);
            return {};
        });
    }

    std::vector<source_ptr> sources_;
    row_target& target_;
    mover mover_;
    const bool dry_run_;
    progress_display display_;
};

void print_counts(const table& t, const table_counts& c, bool dry_run, std::FILE* out) {
    fmt::print(out, "{}: {} rows read, {} {}, {} there already", t.name, grouped(c.read),
               grouped(c.added), dry_run ? "would be added" : "added", grouped(c.there));
    if (c.different > 0) fmt::print(out, ", {} different under the same id", grouped(c.different));
    if (c.refused > 0) fmt::print(out, ", {} not storable", grouped(c.refused));
    fmt::print(out, "\n");
}

// Returns: whether they are equal.
bool print_comparison(const std::map<std::size_t, table_counts>& all, std::FILE* out) {
    fmt::print(out, "{:<15} {:>13} {:>13}  {:<32}  {:<32}\n", "", "source rows", "target rows",
               "source checksum", "target checksum");
    bool equal = true;
    for (const auto& [index, c] : all) {
        fmt::print(out, "{:<15} {:>13} {:>13}  {}  {}  {}\n", tables()[index].name,
                   grouped(c.source.rows()), grouped(c.target.rows()), c.source.checksum(),
                   c.target.checksum(), c.source == c.target ? "equal" : "DIFFERENT");
        equal = equal && c.source == c.target;
    }
    return equal;
}

}  // namespace

result<bool> move_history(const transfer_options& options, std::FILE* out, std::FILE* progress) {
    std::vector<source_ptr> sources;
    for (const auto& argument : options.from) {
        auto opened = open_sources(argument);
        if (!opened) return opened.error();
        std::ranges::move(*opened, std::back_inserter(sources));
    }
    auto target = open_target(options.into, options.dry_run);
    if (!target) return target.error();
    if (sources.size() > 1 && !(*target)->can_find()) {
        return unsupported("several sources into one " + options.into,
                           "Rows are merged in a database: import them into a .db file, or a "
                           "running historyd, and export that.");
    }
    std::string from = sources.front()->name();
    if (sources.size() > 1) from = std::to_string(sources.size()) + " sources";
    fmt::print(out, "{} -> {}\n", from, (*target)->name());
    std::fflush(out);

    difference_report report(options.report);
    transfer work(std::move(sources), **target, report, options, progress);
    if (auto done = work.run(); !done) return done.error();
    for (const auto& [index, c] : work.counts()) {
        print_counts(tables()[index], c, options.dry_run, out);
    }
    if (!report.file().empty()) fmt::print(out, "the rows not moved are in {}\n", report.file());
    if (work.counts().empty()) fmt::print(out, "there are no rows\n");
    if (options.dry_run) return report.file().empty();
    return print_comparison(work.counts(), out);
}

}  // namespace historyd::transfer
