// Kills or stops a process, or fails one of its calls, at the n-th call by which it changes a file; for tests, preloaded.
//
//     FAULT_AT     n, counted over all threads, from 1; 0 for each
//     FAULT_KIND   kill, stop (until SIGCONT), short (half is written), the number of an error, or trace: all goes on, and each
//                  call is noted, before it is made and when it has succeeded
//     FAULT_CALLS  the calls that count, by name, with commas; all when it is not set
//     FAULT_UNDER  only files below these directories count, by absolute paths with colons
//     FAULT_WHILE  a file: nothing happens, and nothing counts, while it is not there
//     FAULT_NOTE   a file that is made when it happens: the call, and what it was to change
//
// strace(1) counts the calls of each thread by itself, and so misses points that another thread comes to first.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long count;
static long at;
static int traces;
static const char *kind, *calls, *under, *condition, *note;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("FAULT_AT");
    at = text ? atol(text) : -1;
    kind = getenv("FAULT_KIND");
    calls = getenv("FAULT_CALLS");
    under = getenv("FAULT_UNDER");
    condition = getenv("FAULT_WHILE");
    note = getenv("FAULT_NOTE");
    traces = kind && strcmp(kind, "trace") == 0;
    // The programs that this one starts are none of the test's.
    unsetenv("LD_PRELOAD");
}

enum outcome { PROCEEDS, FAILS, IS_SHORT };

static int counts(const char *call) {
    if (!calls) return 1;
    size_t length = strlen(call);
    for (const char *place = calls; (place = strstr(place, call)); place += length)
        if ((place == calls || place[-1] == ',') && (place[length] == 0 || place[length] == ',')) return 1;
    return 0;
}

// The path of a descriptor, or of a path relative to one; false when it is no file or directory.
static int target(int descriptor, const char *path, char *found) {
    char link[64];
    if (path && path[0] == '/') {
        snprintf(found, PATH_MAX, "%s", path);
        return 1;
    }
    char base[PATH_MAX];
    if (descriptor == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
    if (length <= 0 || base[0] != '/') return 0;
    base[length] = 0;
    if (path)
        snprintf(found, PATH_MAX, "%.2000s/%.2000s", base, path);
    else
        snprintf(found, PATH_MAX, "%s", base);
    return 1;
}

static int isUnder(const char *path) {
    if (!under) return 1;
    for (const char *folder = under; *folder;) {
        size_t length = strcspn(folder, ":");
        if (strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0)) return 1;
        folder += length + (folder[length] == ':');
    }
    return 0;
}

static void write_note(const char *mark, const char *call, const char *found) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s %s\n", mark, call, found);
    int file = (int)syscall(SYS_openat, AT_FDCWD, note, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return;
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
}

// Notes a call that has succeeded.
static void done(const char *call, int descriptor, const char *path, long result) {
    if (!traces || !note || result < 0 || !counts(call)) return;
    int before = errno;
    char found[PATH_MAX];
    if (target(descriptor, path, found) && isUnder(found)) write_note("done ", call, found);
    errno = before;
}

static enum outcome meets(const char *call, int descriptor, const char *path) {
    if (at < 0 || !kind || !counts(call)) return PROCEEDS;
    int before = errno;
    if (condition && syscall(SYS_faccessat, AT_FDCWD, condition, F_OK) != 0) return errno = before, PROCEEDS;
    char found[PATH_MAX];
    if (!target(descriptor, path, found)) return errno = before, PROCEEDS;
    if (!isUnder(found)) return errno = before, PROCEEDS;
    errno = before;
    if (atomic_fetch_add(&count, 1) + 1 != at && at != 0) return PROCEEDS;
    if (note) write_note(traces ? "before " : "", call, found);
    if (traces) return errno = before, PROCEEDS;
    if (strcmp(kind, "kill") == 0) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    if (strcmp(kind, "stop") == 0) return syscall(SYS_kill, getpid(), SIGSTOP), errno = before, PROCEEDS;
    if (strcmp(kind, "short") == 0) return errno = before, IS_SHORT;
    errno = atoi(kind);
    return FAILS;
}

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

// A call that gives 0 or -1.
#define CHANGES(name, parameters, arguments, descriptor, path)          \
    int name parameters {                                               \
        static int(*next) parameters;                                   \
        if (!next) next = NEXT(int(*) parameters, #name);               \
        if (meets(#name, descriptor, path) == FAILS) return -1;         \
        int result = next arguments;                                    \
        done(#name, descriptor, path, result);                          \
        return result;                                                  \
    }

CHANGES(fsync, (int file), (file), file, NULL)
CHANGES(fdatasync, (int file), (file), file, NULL)
CHANGES(ftruncate, (int file, off_t size), (file, size), file, NULL)
CHANGES(fallocate, (int file, int mode, off_t start, off_t size), (file, mode, start, size), file, NULL)
CHANGES(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path)
CHANGES(mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), folder, path)
CHANGES(unlink, (const char *path), (path), AT_FDCWD, path)
CHANGES(unlinkat, (int folder, const char *path, int flags), (folder, path, flags), folder, path)
CHANGES(rmdir, (const char *path), (path), AT_FDCWD, path)
CHANGES(rename, (const char *from, const char *to), (from, to), AT_FDCWD, to)
CHANGES(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), b, to)
CHANGES(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), b, to)
CHANGES(link, (const char *from, const char *to), (from, to), AT_FDCWD, to)
CHANGES(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), b, to)
CHANGES(symlink, (const char *target, const char *path), (target, path), AT_FDCWD, path)
CHANGES(symlinkat, (const char *target, int folder, const char *path), (target, folder, path), folder, path)

// A call that gives how many bytes it wrote.
#define WRITES(name, parameters, whole, half)                           \
    ssize_t name parameters {                                           \
        static ssize_t(*next) parameters;                               \
        if (!next) next = NEXT(ssize_t(*) parameters, #name);           \
        enum outcome outcome = meets(#name, file, NULL);                \
        if (outcome == FAILS) return -1;                                \
        ssize_t result = outcome == IS_SHORT ? next half : next whole;  \
        done(#name, file, NULL, result);                                \
        return result;                                                  \
    }

WRITES(write, (int file, const void *bytes, size_t size), (file, bytes, size), (file, bytes, (size + 1) / 2))
WRITES(pwrite, (int file, const void *bytes, size_t size, off_t place), (file, bytes, size, place),
       (file, bytes, (size + 1) / 2, place))

// Leases alone.
int fcntl(int file, int command, ...) {
    static int (*next)(int, int, void *);
    if (!next) next = NEXT(int (*)(int, int, void *), "fcntl");
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (command == F_SETLEASE && meets("lease", file, NULL) == FAILS) return -1;
    return next(file, command, argument);
}

// What the C library has no function for.
long syscall(long number, ...) {
    static long (*next)(long, long, long, long, long, long, long);
    if (!next) next = NEXT(long (*)(long, long, long, long, long, long, long), "syscall");
    long given[6];
    va_list rest;
    va_start(rest, number);
    for (int place = 0; place < 6; place++) given[place] = va_arg(rest, long);
    va_end(rest);
    enum outcome outcome = PROCEEDS;
    if (number == SYS_renameat2) outcome = meets("renameat2", (int)given[2], (const char *)given[3]);
    if (number == SYS_openat2 && ((const struct open_how *)given[2])->flags & O_CREAT)
        outcome = meets("openat2", (int)given[0], (const char *)given[1]);
    if (outcome == FAILS) return -1;
    long result = next(number, given[0], given[1], given[2], given[3], given[4], given[5]);
    if (number == SYS_renameat2) done("renameat2", (int)given[2], (const char *)given[3], result);
    return result;
}

// A program that is started; noted only, wherever it lies.
int posix_spawn(
    pid_t *process, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const arguments[], char *const variables[]) {
    static int (*next)(
        pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
        char *const[]);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "posix_spawn");
    if (traces && note) write_note("before ", "posix_spawn", path);
    return next(process, path, actions, attributes, arguments, variables);
}
