#include "capture/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char default_user[] = "nobody";

/* --- who ------------------------------------------------------------------- */

/* The user who called sudo: outputs then go where that user may write. NULL
 * when this is no such call. */
static const struct passwd *find_caller(void)
{
    const char *text = getenv("SUDO_UID");
    char *end;
    if (!text || !*text)
        return NULL;
    errno = 0;
    const unsigned long uid = strtoul(text, &end, 10);
    if (errno || *end || uid == 0 || uid >= UINT32_MAX)
        return NULL;
    return getpwuid((uid_t)uid);
}

static const struct passwd *find_user(const char *user)
{
    const struct passwd *found = user ? getpwnam(user) : find_caller();
    return found || user ? found : getpwnam(default_user);
}

enum err_code capture_privileges_find(struct capture_privileges *out,
                                      const char *user, struct err *err)
{
    *out = (struct capture_privileges){.is_root = geteuid() == 0};
    if (!out->is_root)
        return user ? err_set(err, ERR_USAGE,
                              "-Z %s: only root can become another user", user)
                    : ERR_OK;
    const struct passwd *found = find_user(user);
    if (!found)
        return err_set(err, ERR_USAGE, "-Z %s: there is no such user",
                       user ? user : default_user);
    out->uid = found->pw_uid;
    out->gid = found->pw_gid;
    out->stays = found->pw_uid == 0;
    snprintf(out->user, sizeof out->user, "%s", found->pw_name);
    return ERR_OK;
}

/* --- capabilities ---------------------------------------------------------- */

struct capabilities {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static bool capabilities_get(struct capabilities *c)
{
    *c = (struct capabilities){{_LINUX_CAPABILITY_VERSION_3, 0}, {{0, 0, 0}}};
    return syscall(SYS_capget, &c->header, c->data) == 0;
}

static bool capabilities_set(struct capabilities *c)
{
    return syscall(SYS_capset, &c->header, c->data) == 0;
}

/* All that are permitted become effective, or none. */
static bool use_capabilities(bool use)
{
    struct capabilities c;
    if (!capabilities_get(&c))
        return false;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        c.data[i].effective = use ? c.data[i].permitted : 0;
    return capabilities_set(&c);
}

/* Ambient ones go with the permitted. */
static bool give_up_capabilities(void)
{
    struct capabilities c = {{_LINUX_CAPABILITY_VERSION_3, 0}, {{0, 0, 0}}};
    return capabilities_set(&c);
}

/* --- lending and dropping -------------------------------------------------- */

static enum err_code refused(const struct capture_privileges *p,
                             struct err *err)
{
    return err_set_errno(err, ERR_INPUT,
                         "cannot become the user %s (-Z USER names another, "
                         "-Z root keeps root's files)",
                         p->user);
}

enum err_code capture_privileges_lend(const struct capture_privileges *p,
                                      struct err *err)
{
    if (!p->is_root)
        return ERR_OK;
    /* Root without capabilities is a user like any other. */
    const bool done = p->stays
                          ? use_capabilities(false)
                          : initgroups(p->user, p->gid) == 0 &&
                                setegid(p->gid) == 0 && seteuid(p->uid) == 0;
    return done ? ERR_OK : refused(p, err);
}

enum err_code capture_privileges_reclaim(const struct capture_privileges *p,
                                         struct err *err)
{
    if (!p->is_root)
        return ERR_OK;
    const bool done =
        p->stays ? use_capabilities(true) : seteuid(0) == 0 && setegid(0) == 0;
    return done ? ERR_OK
                : err_set_errno(err, ERR_INPUT, "cannot become root again");
}

/* The way back must be closed: a kernel or a sandbox may have said yes without
 * doing it. */
static bool become(const struct capture_privileges *p)
{
    if (!p->is_root || p->stays)
        return true;
    if (initgroups(p->user, p->gid) != 0 ||
        setresgid(p->gid, p->gid, p->gid) != 0 ||
        setresuid(p->uid, p->uid, p->uid) != 0)
        return false;
    if (setuid(0) != 0)
        return true;
    errno = EPERM;
    return false;
}

enum err_code capture_privileges_drop(const struct capture_privileges *p,
                                      struct err *err)
{
    if (!become(p))
        return refused(p, err);
    if (!give_up_capabilities() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set_errno(err, ERR_INPUT, "cannot give up privileges");
    return ERR_OK;
}
