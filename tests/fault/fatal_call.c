// Preloaded into historyd: ends it, as kill -9 does, in the middle of a system call that the test
// names. The test and the daemon share the file named by FATAL_CALL; see fatal_call.py for the
// test's side.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum call { none, write_wal, sync_wal, write_file, sync_file, send_backend, receive_backend };
enum when { before, halfway, after };

struct orders {
    _Atomic long call;       // which
    _Atomic long when;       // at which point of it
    _Atomic long countdown;  // 1: the next
    _Atomic long port;       // the backend's
};

static struct orders* the_orders(void) {
    static struct orders* mapped;
    if (!mapped) {
        const char* name = getenv("FATAL_CALL");
        int fd = name ? open(name, O_RDWR) : -1;
        void* at =
            fd < 0 ? MAP_FAILED
                   : mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED) abort();
        mapped = at;
    }
    return mapped;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// Whether this call is the one. Its number is what the orders say when its turn has come.
static int is_fatal(enum call call) {
    struct orders* o = the_orders();
    return call != none && o->call == call && atomic_fetch_sub(&o->countdown, 1) == 1;
}

static int ends_with(const char* text, const char* end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

// write_wal or write_file for the history file's two parts.
static enum call written(int fd) {
    if (the_orders()->call == none) return none;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return none;
    path[n] = 0;
    if (ends_with(path, ".db-wal")) return write_wal;
    return ends_with(path, ".db") ? write_file : none;
}

static int is_backend(int fd) {
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    return getpeername(fd, (struct sockaddr*)&peer, &size) == 0 && peer.sin_family == AF_INET &&
           ntohs(peer.sin_port) == the_orders()->port;
}

static int synced(int fd, const char* name) {
    enum call target = written(fd);
    int fatal = target != none && is_fatal(target == write_wal ? sync_wal : sync_file);
    if (fatal && the_orders()->when == before) die();
    int r = ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
    if (fatal) die();
    return r;
}
int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

static ssize_t written_at(int fd, const void* data, size_t size, off_t at, const char* name) {
    ssize_t (*real)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, name);
    if (!is_fatal(written(fd))) return real(fd, data, size, at);
    if (the_orders()->when == before) die();
    real(fd, data, the_orders()->when == halfway ? size / 2 : size, at);
    die();
    return -1;
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    return written_at(fd, data, size, at, "pwrite");
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    return written_at(fd, data, size, at, "pwrite64");
}

// libpq's; historyd's own sockets to clients use sendmsg and recvmsg.
ssize_t send(int fd, const void* data, size_t size, int flags) {
    ssize_t (*real)(int, const void*, size_t, int) = dlsym(RTLD_NEXT, "send");
    if (!is_backend(fd) || !is_fatal(send_backend)) return real(fd, data, size, flags);
    if (the_orders()->when == before) die();
    real(fd, data, the_orders()->when == halfway ? size / 2 : size, flags);
    die();
    return -1;
}

// "before" is when the answer is there and has not been read.
ssize_t recv(int fd, void* data, size_t size, int flags) {
    ssize_t (*real)(int, void*, size_t, int) = dlsym(RTLD_NEXT, "recv");
    if (!is_backend(fd)) return real(fd, data, size, flags);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, 0) == 1 && is_fatal(receive_backend)) die();
    return real(fd, data, size, flags);
}
