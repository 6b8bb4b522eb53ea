#include <git2.h>

// git_libgit2_opts is variadic, which Swift cannot call: where libgit2 looks for a configuration file of a level.
static inline int CGit2_setSearchPath(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
