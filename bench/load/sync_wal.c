// Preloaded into PGlite, whose file system has no fsync: a write to PostgreSQL's log returns when it is on the disk.
// Before this library comes faulty_disk.c, whose fdatasync counts these and slows them down like everybody's.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t synced(int fd, ssize_t written) {
    char name[32], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return written;
    path[length] = 0;
    if (strstr(path, "/pg_wal/") && fdatasync(fd) != 0) return -1;
    return written;
}

#define SYNCED(call, parameters, arguments)                                            \
    ssize_t call parameters {                                                          \
        ssize_t written = ((ssize_t(*) parameters)dlsym(RTLD_NEXT, #call))arguments;   \
        return written < 0 ? written : synced(fd, written);                            \
    }

SYNCED(write, (int fd, const void* data, size_t size), (fd, data, size))
SYNCED(pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
SYNCED(pwrite64, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at))
SYNCED(writev, (int fd, const struct iovec* parts, int count), (fd, parts, count))
SYNCED(pwritev, (int fd, const struct iovec* parts, int count, off_t at), (fd, parts, count, at))
SYNCED(pwritev64, (int fd, const struct iovec* parts, int count, off64_t at), (fd, parts, count, at))
