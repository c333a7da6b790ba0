// Preloaded into historyd: a disk that counts, delays and fails as a test tells it to. The test and the
// daemon share the file named by FAULTY_DISK; see disk.py for the test's side.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct orders {
    _Atomic long syncs;        // fsync and fdatasync calls that succeeded
    _Atomic long sync_delay;   // microseconds added to each
    _Atomic long sync_error;   // errno they fail with, 0 for none
    _Atomic long write_error;  // errno that writes to regular files fail with, 0 for none
    _Atomic long full;         // the file system says that nothing is free
};

static struct orders* the_orders(void) {
    static struct orders* mapped;
    if (!mapped) {
        const char* name = getenv("FAULTY_DISK");
        int fd = name ? open(name, O_RDWR) : -1;
        void* at = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED) abort();
        mapped = at;
    }
    return mapped;
}

static int is_data(int fd) {  // Not the log.
    struct stat s;
    return fd > 2 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

static int synced(int fd, const char* call) {
    struct orders* o = the_orders();
    if (o->sync_delay) usleep((useconds_t)o->sync_delay);
    if (o->sync_error && is_data(fd)) {
        errno = (int)o->sync_error;
        return -1;
    }
    o->syncs++;
    return ((int (*)(int))dlsym(RTLD_NEXT, call))(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

static int refused(int fd) {
    struct orders* o = the_orders();
    if (!o->write_error || !is_data(fd)) return 0;
    errno = (int)o->write_error;
    return 1;
}

ssize_t write(int fd, const void* data, size_t size) {
    if (refused(fd)) return -1;
    return ((ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write"))(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    if (refused(fd)) return -1;
    return ((ssize_t(*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite"))(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    if (refused(fd)) return -1;
    return ((ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64"))(fd, data, size, at);
}

static int measured(const char* call, const char* path, void* out) {
    return ((int (*)(const char*, void*))dlsym(RTLD_NEXT, call))(path, out);
}

int statvfs(const char* path, struct statvfs* out) {
    int r = measured("statvfs", path, out);
    if (r == 0 && the_orders()->full) out->f_bavail = out->f_bfree = 0;
    return r;
}
int statvfs64(const char* path, struct statvfs64* out) {
    int r = measured("statvfs64", path, out);
    if (r == 0 && the_orders()->full) out->f_bavail = out->f_bfree = 0;
    return r;
}
