#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

// git_libgit2_opts is variadic, which Swift cannot call: where libgit2 looks for a configuration file of a level.
static inline int CGit2_setSearchPath(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

// And where it was told to look.
static inline int CGit2_searchPath(int level, git_buf *path) {
    return git_libgit2_opts(GIT_OPT_GET_SEARCH_PATH, level, path);
}

// git_odb_write would touch an object that is there already, in the user's repository: this writes to one backend alone.
static inline int CGit2_write(git_odb_backend *backend, const git_oid *id, const void *bytes, size_t size, git_object_t kind) {
    return backend->write(backend, id, bytes, size, kind);
}

// The most bytes of objects that libgit2 keeps in memory, and the most packs that it keeps open.
static inline int CGit2_limit(size_t bytes, size_t packs) {
    int code = git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)bytes);
    return code < 0 ? code : git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, packs);
}
