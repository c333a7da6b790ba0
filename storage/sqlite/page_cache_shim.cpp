#include "storage/sqlite/page_cache_shim.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>

namespace historyd::sqlite {

void highest_page::added(unsigned number) {
    if (number != aside_) highest_ = std::max(highest_, number);
}

void highest_page::renumbered(unsigned before, unsigned now) {
    if (before == aside_) aside_ = 0;
    if (now > highest_ && aside_ == 0) {
        aside_ = now;
    } else {
        highest_ = std::max(highest_, now);
    }
}

void highest_page::removed_from(unsigned first) {
    highest_ = std::min(highest_, first - 1);
    if (aside_ >= first) aside_ = 0;
}

namespace {

sqlite3_pcache_methods2 original;

struct cache {
    sqlite3_pcache* pages;
    highest_page highest;
};

cache& own(sqlite3_pcache* c) { return *reinterpret_cast<cache*>(c); }

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
    std::unique_ptr<cache> made(new (std::nothrow) cache{});
    if (made == nullptr) return nullptr;
    made->pages = original.xCreate(page_bytes, extra_bytes, purgeable);
    if (made->pages == nullptr) return nullptr;
    return reinterpret_cast<sqlite3_pcache*>(made.release());
}

void set_size(sqlite3_pcache* c, int pages) { original.xCachesize(own(c).pages, pages); }
int page_count(sqlite3_pcache* c) { return original.xPagecount(own(c).pages); }
void shrink(sqlite3_pcache* c) { original.xShrink(own(c).pages); }

sqlite3_pcache_page* fetch(sqlite3_pcache* c, unsigned number, int create_how) {
    auto* page = original.xFetch(own(c).pages, number, create_how);
    if (page != nullptr) own(c).highest.added(number);
    return page;
}

void unpin(sqlite3_pcache* c, sqlite3_pcache_page* page, int discard) {
    original.xUnpin(own(c).pages, page, discard);
}

void renumber(sqlite3_pcache* c, sqlite3_pcache_page* page, unsigned before, unsigned now) {
    original.xRekey(own(c).pages, page, before, now);
    own(c).highest.renumbered(before, now);
}

void truncate(sqlite3_pcache* c, unsigned first) {
    if (!own(c).highest.may_reach(first)) return;
    original.xTruncate(own(c).pages, first);
    own(c).highest.removed_from(first);
}

void destroy(sqlite3_pcache* c) {
    const std::unique_ptr<cache> owned(&own(c));
    original.xDestroy(owned->pages);
}

}  // namespace

void install_page_cache_shim() {
    sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &original);
    auto shim = original;
    shim.xCreate = create;
    shim.xCachesize = set_size;
    shim.xPagecount = page_count;
    shim.xFetch = fetch;
    shim.xUnpin = unpin;
    shim.xRekey = renumber;
    shim.xTruncate = truncate;
    shim.xDestroy = destroy;
    shim.xShrink = shrink;
    sqlite3_config(SQLITE_CONFIG_PCACHE2, &shim);
}

}  // namespace historyd::sqlite
