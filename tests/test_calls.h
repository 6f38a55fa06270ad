/* tests/test_calls.h: a program stopped at one of its calls that change files.
 *
 * Between two such calls nothing changes on the disk. So what lies there in front
 * of the n-th, for each n, is all that a killed program can leave; and one whose
 * n-th call fails, for each n, has met a full disk everywhere. The kernel hands
 * each call to us before it is made (seccomp's user notification).
 */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS_PATIENCE_MS = 60000 };

/* What happens from call number `at` on, counted from 1; with 0 nothing, and the
 * calls are only counted. */
struct calls_plan {
    unsigned at;
    int error; /* an errno, with which they fail; 0: the program is killed */
    /* What is looked at while the program stands in front of a call, which has
     * `calls` behind it; or NULL. */
    void (*look)(unsigned calls);
};

struct calls_result {
    unsigned seen; /* calls, those stopped included */
    int status;    /* exit status, or 128 + signal */
};

/* Calls that write into what they have open: those to the standard descriptors
 * are let through. */
static const unsigned calls_of_descriptors[] = {__NR_write, __NR_pwrite64,
                                                __NR_writev, __NR_pwritev};

static const unsigned calls_of_files[] = {
    __NR_fsync,     __NR_fdatasync, __NR_ftruncate,
    __NR_fallocate, __NR_renameat,  __NR_renameat2,
    __NR_linkat,    __NR_mkdirat,   __NR_fchmod,
#ifdef __NR_rename
    __NR_rename,    __NR_link,      __NR_mkdir,
#endif
};

#define CALLS_ROWS(table) (sizeof(table) / sizeof *(table))
#define CALLS_ARGUMENT(n) offsetof(struct seccomp_data, args[n])

static inline int calls_install_filter(void)
{
    struct sock_filter code[64] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    size_t n = 1;
    const struct sock_filter ask =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const struct sock_filter allow =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < CALLS_ROWS(calls_of_files); i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                 calls_of_files[i], 0, 1);
        code[n++] = ask;
    }
    for (size_t i = 0; i < CALLS_ROWS(calls_of_descriptors); i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                 calls_of_descriptors[i], 0, 4);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 CALLS_ARGUMENT(0));
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
                                                 STDERR_FILENO, 0, 1);
        code[n++] = ask;
        code[n++] = allow;
    }
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                             __NR_openat, 0, 3);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                             CALLS_ARGUMENT(2));
    code[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT, 0, 1);
    code[n++] = ask;
    code[n++] = allow;
    const struct sock_fprog program = {(unsigned short)n, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* In the child: the number of the listener goes through `ready`, which becomes
 * standard input for that, since this is let through. An octet comes back when
 * the listener was taken; it is closed by what follows. */
static inline void calls_exec(const char *directory, char *const words[],
                              int ready)
{
    const int made = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    if (chdir(directory) != 0 || dup2(ready, STDIN_FILENO) < 0 ||
        dup2(open("stdout", made, 0600), STDOUT_FILENO) < 0 ||
        dup2(open("stderr", made, 0600), STDERR_FILENO) < 0)
        _exit(127);
    const int listener = calls_install_filter();
    char taken;
    if (write(STDIN_FILENO, &listener, sizeof listener) != sizeof listener ||
        read(STDIN_FILENO, &taken, 1) != 1)
        _exit(127);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(nothing, STDIN_FILENO) < 0)
        _exit(127);
    execv(words[0], words);
    _exit(127);
}

/* The listener of the child, as a descriptor of ours; -1 when the kernel does
 * not let us. */
static inline int calls_listen(pid_t pid, int ready)
{
    int number = -1;
    if (read(ready, &number, sizeof number) != sizeof number || number < 0)
        return -1;
    const int process = (int)syscall(SYS_pidfd_open, pid, 0);
    const int listener = (int)syscall(SYS_pidfd_getfd, process, number, 0);
    close(process);
    if (listener >= 0 && write(ready, "", 1) == 1)
        return listener;
    close(listener);
    return -1;
}

/* Answers calls until the program is gone or killed; returns how many. */
static inline unsigned calls_answer(pid_t pid, int listener,
                                    const struct calls_plan *plan)
{
    unsigned seen = 0;
    for (;;) {
        struct pollfd on = {.fd = listener, .events = POLLIN};
        const int ready = poll(&on, 1, CALLS_PATIENCE_MS);
        ck_assert_msg(ready == 1, "the program hangs behind call %u", seen);
        struct seccomp_notif call = {0};
        if (!(on.revents & POLLIN) ||
            ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
            return seen;
        if (plan->look)
            plan->look(seen);
        const bool is_it = ++seen >= plan->at && plan->at > 0;
        if (is_it && plan->error == 0) {
            kill(pid, SIGKILL);
            return seen;
        }
        struct seccomp_notif_resp answer = {.id = call.id};
        if (is_it)
            answer.error = -plan->error;
        else
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

/* Runs words[0] in `directory`, where its standard output and error become the
 * files "stdout" and "stderr". False when this kernel has no such thing. */
static inline bool calls_run(const char *directory, char *const words[],
                             const struct calls_plan *plan,
                             struct calls_result *out)
{
    int ready[2], status;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ready),
                     0);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        calls_exec(directory, words, ready[1]);
    close(ready[1]);
    const int listener = calls_listen(pid, ready[0]);
    close(ready[0]);
    if (listener >= 0)
        out->seen = calls_answer(pid, listener, plan);
    else
        kill(pid, SIGKILL);
    close(listener);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    out->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return listener >= 0;
}

#endif
