// Which of this module and Glibc the compiler holds for the owner of a type that both show (stat, timespec) depends on which
// file it reads first: a file that uses one imports both.
#define _GNU_SOURCE
// With _GNU_SOURCE glibc calls the one field of fd_set by another name than the Dispatch module saw, and Swift refuses
// to import two definitions of one type.
#define fds_bits __fds_bits
#include <sys/select.h>
#undef fds_bits
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <linux/openat2.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <spawn.h>
#include <unistd.h>

// glibc has no function for openat2, and Swift cannot call the variadic syscall().
static inline int clinux_openat2(int directory, const char *path, const struct open_how *how) {
    return (int)syscall(SYS_openat2, directory, path, how, sizeof *how);
}

// Swift's Glibc module does not show renameat2.
static inline int clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags) {
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

// Swift's Glibc module does not show getdents64 (glibc 2.30).
static inline long clinux_getdents64(int directory, void *buffer, unsigned long size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

// glibc has pidfd_open since 2.36 only.
static inline int clinux_pidfd_open(int process, unsigned int flags) {
    return (int)syscall(SYS_pidfd_open, process, flags);
}

// glibc has pidfd_send_signal since 2.36 only.
static inline int clinux_pidfd_send_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, (void *)0, 0);
}

// PIDFD_GET_INFO (Linux 6.13; it tells the exit since 6.15) is newer than the headers that we build with.
struct clinux_process_information {
    unsigned long long mask, cgroup;
    unsigned int identity[11];
    int wait_status;
};
static const unsigned long long clinux_information_exit = 1ULL << 3;
static inline int clinux_pidfd_get_info(int descriptor, struct clinux_process_information *information) {
    return ioctl(descriptor, _IOWR(0xFF, 11, struct clinux_process_information), information);
}

// Swift's Glibc module does not show prlimit; a soft and a hard limit of one value are all that is needed.
static inline int clinux_limit(int process, int resource, unsigned long long value) {
    unsigned long long limit[2] = {value, value};
    return (int)syscall(SYS_prlimit64, process, resource, limit, (void *)0);
}

// siginfo_t keeps si_pid and si_status in a union behind macros, which Swift does not import.
static inline int clinux_child_process(const siginfo_t *information) { return information->si_pid; }
static inline int clinux_child_status(const siginfo_t *information) { return information->si_status; }

// glibc's waitid does not show the kernel's fifth argument: what the child and those that it waited for have used.
static inline int clinux_waitid_usage(int process, int options, siginfo_t *information, struct rusage *usage) {
    return (int)syscall(SYS_waitid, P_PID, process, information, options, usage);
}

// file_handle ends in a flexible array, which Swift does not import.
static inline unsigned char *clinux_handle_bytes(struct file_handle *handle) { return handle->f_handle; }

// RENAME_NOREPLACE is not shown either.
static const unsigned int clinux_rename_noreplace = 1;
static const int clinux_open_noatime = O_NOATIME;

// prctl is variadic.
static inline int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// So is this: what crashes or is killed afterwards leaves no core file, whatever the machine does with core files.
static inline int clinux_forbid_core(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// SIG_IGN is a cast, which Swift does not import. Says whether SIGCHLD was ignored, and ignores it no longer.
static inline int clinux_take_child_signal(void) { return signal(SIGCHLD, SIG_DFL) == SIG_IGN; }

// Swift hides fork, for what may be done between it and exec is too little for Swift's own runtime; posix_spawn cannot
// start a child that ignores SIGCHLD while we do not. The signals are blocked here, next to fork: one of the terminal's
// that came between would reach no child. Reports the errno of a failed exec as an int.
static inline int clinux_fork_exec(
    const char *path, char *const *arguments, const sigset_t *blocked, sigset_t *mask, int ignores_children, int report) {
    sigprocmask(SIG_BLOCK, blocked, mask);
    int child = fork();
    if (child != 0) return child;
    if (ignores_children) signal(SIGCHLD, SIG_IGN);
    sigprocmask(SIG_SETMASK, mask, (void *)0);
    execve(path, arguments, environ);
    int reason = errno;
    if (write(report, &reason, sizeof reason) < 0) _exit(126);
    _exit(127);
}
