#pragma once

namespace historyd::sqlite {

// The largest page number in a page cache, and apart from it that of one page which for a moment
// has a number past the others.
class highest_page {
public:
    void added(unsigned number);
    void renumbered(unsigned before, unsigned now);
    // The pages from `first` on are gone.
    void removed_from(unsigned first);

    // False only if no page has `first` or a larger number.
    bool may_reach(unsigned first) const { return highest_ >= first || aside_ >= first; }

private:
    unsigned highest_ = 0;  // of all pages but aside_
    unsigned aside_ = 0;    // 0: none
};

// Stands between SQLite and its own page cache (SQLite documentation, "Custom Page Cache Modules").
// Every COMMIT has the pages behind the file's end removed from the cache. SQLite skips that where
// there are none, going by the largest page number that was ever in the cache; but it exchanges
// the numbers of two pages, as it does when a table's pages are split, by way of the page at 1 GiB,
// and COMMIT then looks at every page of the cache. The shim remembers which numbers are there.
//
// Before the first connection is opened, and once.
void install_page_cache_shim();

}  // namespace historyd::sqlite
