/* lockdown.c - what the tool may still do with files, told to the system before it reads one. */
#define _GNU_SOURCE /* O_PATH, syscall */
#include "lockdown.h"

#if defined(__linux__) && !defined(WN_NO_LOCKDOWN)

#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The interface of linux/landlock.h. Spelled out, because the header of the machine that builds may
 * be older than the kernel of the one that runs, or missing. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

struct ruleset {
    uint64_t files, net, scope;
};

struct rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

_Static_assert(sizeof(struct ruleset) == 24, "as the kernel has it");
_Static_assert(sizeof(struct rule) == 12, "as the kernel has it");

enum { ASK_VERSION = 1, BENEATH = 1 };

enum right {
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_FILE = 1 << 5,
    MAKE_REG = 1 << 8,
    TRUNCATE = 1 << 14
};

/* How many rights over files each version of the interface knows, from version 1. */
static const unsigned n_rights[] = {13, 14, 15, 15, 16};

enum { N_VERSIONS = sizeof n_rights / sizeof n_rights[0] };

/* One for the process, as its limits are. Main thread only. */
static enum { UNASKED, MISSING, OPEN } state;
static int ruleset_fd;
static uint64_t handled;

static int has_ruleset(void)
{
    if (state != UNASKED)
        return state == OPEN;
    state = MISSING;
    long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, ASK_VERSION);
    if (version < 1)
        return 0;
    unsigned n = n_rights[(version < N_VERSIONS ? version : N_VERSIONS) - 1];
    struct ruleset ruleset = {.files = (UINT64_C(1) << n) - 1};
    ruleset.net = version >= 4 ? 3 : 0;   /* bind, connect */
    ruleset.scope = version >= 6 ? 3 : 0; /* abstract sockets, signals */
    size_t size = version >= 6 ? sizeof ruleset : version >= 4 ? 16 : 8;
    long fd = syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    if (fd < 0)
        return 0;
    ruleset_fd = (int)fd;
    handled = ruleset.files;
    state = OPEN;
    return 1;
}

/* The machine has too little left to say what is allowed: rather no limits than wrong ones. */
static void give_up_if(int error)
{
    if (error == EMFILE || error == ENFILE || error == ENOMEM) {
        close(ruleset_fd);
        state = MISSING;
    }
}

/* Rights for a file, or others for a directory and all below it. What cannot be found gets none,
 * and a pipe without a name needs none. */
static void allow(const char *path, uint64_t file_rights, uint64_t directory_rights)
{
    struct stat status;
    if (!has_ruleset())
        return;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        give_up_if(errno);
        return;
    }
    if (fstat(fd, &status) == 0) {
        uint64_t rights = S_ISDIR(status.st_mode) ? directory_rights : file_rights;
        struct rule rule = {rights & handled, fd};
        if (rule.allowed != 0 && syscall(SYS_landlock_add_rule, ruleset_fd, BENEATH, &rule, 0) != 0)
            give_up_if(errno);
    }
    close(fd);
}

static void allow_in_directory_of(const char *path, uint64_t rights)
{
    const char *slash = strrchr(path, '/');
    char *directory = copy_string(slash == NULL ? "." : path);
    if (slash != NULL)
        directory[slash == path ? 1 : slash - path] = '\0';
    allow(directory, 0, rights);
    free(directory);
}

/* Whether a part of the path is a symbolic link. */
static int has_link(const char *path)
{
    struct stat status;
    int found = 0;
    char *part = copy_string(path);
    for (size_t i = 1; path[0] != '\0' && !found; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        part[i] = '\0';
        found = lstat(part, &status) == 0 && S_ISLNK(status.st_mode);
        part[i] = path[i];
        if (path[i] == '\0')
            break;
    }
    free(part);
    return found;
}

void lockdown_read(const char *path)
{
    /* A directory may be opened, so that the failure to read it says what it is. */
    if (path != NULL)
        allow(path, READ_FILE, READ_DIR);
}

void lockdown_read_again(const char *path)
{
    lockdown_read(path);
    if (has_link(path))
        allow("/", 0, READ_FILE | READ_DIR);
    else
        allow_in_directory_of(path, READ_FILE | READ_DIR);
}

void lockdown_write(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        allow(path, WRITE_FILE | TRUNCATE, READ_DIR);
    else
        allow_in_directory_of(path, WRITE_FILE | TRUNCATE | MAKE_REG);
}

void lockdown_replace(const char *path)
{
    /* Reading it: the directory is opened to be synced. */
    allow_in_directory_of(path, READ_DIR | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE);
}

void lockdown_begin(void)
{
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* which Landlock asks for */
    if (!has_ruleset())
        return;
    (void)syscall(SYS_landlock_restrict_self, ruleset_fd, 0);
    close(ruleset_fd);
    state = MISSING;
}

#else

void lockdown_read(const char *path)
{
    (void)path;
}

void lockdown_read_again(const char *path)
{
    (void)path;
}

void lockdown_write(const char *path)
{
    (void)path;
}

void lockdown_replace(const char *path)
{
    (void)path;
}

void lockdown_begin(void) {}

#endif
