#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

// libmongoc begins when it is loaded, in every process that is linked with it, and makes a file in /dev/shm for counters that nobody
// reads. A kill leaves that file, and the next process of that number complains of it on standard error. Nothing can be said
// to it before it begins, but this is what it calls: it gets memory that is nobody else's, and goes with the process.
int shm_open(const char *name, int flags, mode_t mode) {
    if (strncmp(name, "/mongoc-", 8) == 0) return memfd_create("mongoc", MFD_CLOEXEC);
    int (*next)(const char *, int, mode_t) = (int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, "shm_open");
    if (next) return next(name, flags, mode);
    errno = ENOSYS;
    return -1;
}
