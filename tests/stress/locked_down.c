/* locked_down.c - what the tool's lockdown lets a process do, and what not.
 *
 * Each check is a process of its own: first everything works, then it locks itself down.
 */
#define _GNU_SOURCE
#include "cli/lockdown.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int n_failed;

static void expect(const char *what, int got, int wanted)
{
    if (got == wanted)
        return;
    n_failed++;
    printf("%s: %s, wanted %s\n", what, strerror(got), strerror(wanted));
}

/* ---- Each does one thing and returns 0 or errno ---- */

static int done(int fd)
{
    int error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

static int error_of(int result)
{
    return result == 0 ? 0 : errno;
}

static int try_read(const char *path)
{
    return done(open(path, O_RDONLY));
}

static int try_write(const char *path)
{
    return done(open(path, O_WRONLY));
}

static int try_empty(const char *path)
{
    return done(open(path, O_WRONLY | O_TRUNC));
}

static int try_make(const char *path)
{
    return done(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int try_rename(const char *from, const char *to)
{
    return error_of(rename(from, to));
}

static int try_remove(const char *path)
{
    return error_of(unlink(path));
}

static int try_list(const char *path)
{
    return done(open(path, O_RDONLY | O_DIRECTORY));
}

static int try_run(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(errno);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return ECHILD;
    return WEXITSTATUS(status);
}

/* Port 1 of this machine: nobody answers. */
static int try_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : error_of(connect(fd, (struct sockaddr *)&to, sizeof to));
    close(fd);
    return error;
}

static int try_signal(void)
{
    return error_of(kill(getppid(), 0));
}

static void *read_in_thread(void *path)
{
    static int error;
    error = try_read(path);
    return &error;
}

static int try_read_in_thread(char *path)
{
    pthread_t thread;
    void *error;
    if (pthread_create(&thread, NULL, read_in_thread, path) != 0 ||
        pthread_join(thread, &error) != 0)
        return EAGAIN;
    return *(int *)error;
}

/* ---- The checks: in a directory with the files given, other, sub/other, link -> sub/other ---- */

static char elsewhere[] = "/etc/passwd";

static void nothing_else_can_be_done(long version)
{
    int before = open("other", O_RDONLY);
    int was_connect = try_connect();
    char byte;
    expect("before: other file", try_read("other"), 0);
    expect("before: elsewhere", try_read(elsewhere), 0);
    expect("before: write", try_write("other"), 0);
    expect("before: make", try_make("new"), 0);
    expect("before: rename", try_rename("new", "newer"), 0);
    expect("before: remove", try_remove("newer"), 0);
    expect("before: list", try_list("."), 0);
    expect("before: run", try_run(), 0);
    expect("before: signal", try_signal(), 0);

    lockdown_read("given");
    lockdown_read(NULL);
    lockdown_read("missing");
    lockdown_begin();

    expect("given file", try_read("given"), 0);
    expect("missing file", try_read("missing"), ENOENT);
    expect("given file, write", try_write("given"), EACCES);
    expect("other file", try_read("other"), EACCES);
    expect("file below", try_read("sub/other"), EACCES);
    expect("elsewhere", try_read(elsewhere), EACCES);
    expect("elsewhere in a thread", try_read_in_thread(elsewhere), EACCES);
    expect("own memory", try_read("/proc/self/mem"), EACCES);
    expect("write", try_write("other"), EACCES);
    expect("make", try_make("new"), EACCES);
    expect("rename", try_rename("other", "newer"), EACCES);
    expect("remove", try_remove("other"), EACCES);
    expect("list", try_list("."), EACCES);
    expect("run", try_run(), EACCES);
    expect("more rights", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0, EPERM);
    expect("what was open", read(before, &byte, 1) < 0 ? errno : 0, 0);
    expect("connect", try_connect(), version >= 4 ? EACCES : was_connect);
    expect("signal", try_signal(), version >= 6 ? EPERM : 0);
}

static void successors_can_be_read(long version)
{
    (void)version;
    lockdown_read_again("given");
    lockdown_begin();
    expect("given file", try_read("given"), 0);
    expect("beside", try_read("other"), 0);
    expect("elsewhere", try_read(elsewhere), EACCES);
    expect("write", try_write("given"), EACCES);
    expect("make", try_make("new"), EACCES);
}

static void successors_of_links_can_be_anywhere(long version)
{
    (void)version;
    lockdown_read_again("./sub/../link");
    lockdown_begin();
    expect("link", try_read("link"), 0);
    expect("elsewhere", try_read(elsewhere), 0);
    expect("write", try_write("given"), EACCES);
    expect("make", try_make("new"), EACCES);
    expect("run", try_run(), EACCES);
}

static void a_file_can_be_written(long version)
{
    (void)version;
    lockdown_write("given");
    lockdown_begin();
    expect("given file", try_write("given"), 0);
    expect("given file, empty", try_empty("given"), 0);
    expect("given file, read", try_read("given"), EACCES);
    expect("beside", try_write("other"), EACCES);
    expect("make", try_make("new"), EACCES);
}

static void a_missing_file_can_be_written(long version)
{
    (void)version;
    lockdown_write("sub/new");
    lockdown_begin();
    expect("new file", try_make("sub/new"), 0);
    expect("elsewhere", try_make("new"), EACCES);
    expect("read", try_read("sub/new"), EACCES);
}

static void a_file_can_be_replaced(long version)
{
    (void)version;
    lockdown_replace("sub/given");
    lockdown_begin();
    expect("make", try_make("sub/given.tmp"), 0);
    expect("rename", try_rename("sub/given.tmp", "sub/given"), 0);
    expect("directory", try_list("sub"), 0);
    expect("remove", try_remove("sub/given"), 0);
    expect("read", try_read("sub/other"), EACCES);
    expect("elsewhere", try_make("given.tmp"), EACCES);
    expect("elsewhere, remove", try_remove("given"), EACCES);
}

/* What was given can be read although there was no descriptor to say so with. */
static void without_descriptors_nothing_is_lost(long version)
{
    (void)version;
    struct rlimit few = {4, 4};
    setrlimit(RLIMIT_NOFILE, &few);
    lockdown_read("given");
    lockdown_read("other");
    lockdown_begin();
    expect("given file", try_read("given"), 0);
    expect("other file", try_read("other"), 0);
    expect("more rights", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0, EPERM);
}

static const struct {
    const char *name;
    void (*run)(long version);
} checks[] = {
    {"nothing else can be done", nothing_else_can_be_done},
    {"successors can be read", successors_can_be_read},
    {"successors of links can be anywhere", successors_of_links_can_be_anywhere},
    {"a file can be written", a_file_can_be_written},
    {"a missing file can be written", a_missing_file_can_be_written},
    {"a file can be replaced", a_file_can_be_replaced},
    {"without descriptors nothing is lost", without_descriptors_nothing_is_lost},
};

static int make_files(void)
{
    static const char *const names[] = {"given", "other", "sub/other"};
    if (mkdir("sub", 0700) != 0 || symlink("sub/other", "link") != 0)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd = open(names[i], O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || write(fd, "text\n", 5) != 5 || close(fd) != 0)
            return 0;
    }
    return 1;
}

static void remove_files(void)
{
    static const char *const names[] = {"given",   "other",     "link",      "new",
                                        "newer",   "given.tmp", "sub/given", "sub/given.tmp",
                                        "sub/new", "sub/other"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    rmdir("sub");
}

/* In a child, which the lockdown ends with. */
static int run_check(size_t i, long version)
{
    char folder[] = "/tmp/winnow-locked-XXXXXX";
    int status = -1;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || !make_files()) {
        perror(folder);
        return 0;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        checks[i].run(version);
        fflush(stdout);
        _exit(n_failed > 0 ? 1 : 0);
    }
    int is_fine = child > 0 && waitpid(child, &status, 0) == child && status == 0;
    remove_files();
    if (chdir("/") != 0 || rmdir(folder) != 0)
        perror(folder);
    printf("%s %s\n", is_fine ? "ok" : "FAILED", checks[i].name);
    return is_fine;
}

int main(void)
{
    int code = 0;
#ifdef WN_NO_LOCKDOWN
    printf("skip locked_down: this build does not lock itself down\n");
    return 77;
#endif
    /* LANDLOCK_CREATE_RULESET_VERSION */
    long version = syscall(444, NULL, (size_t)0, 1);
    if (version < 1) {
        printf("skip locked_down: this kernel has no Landlock (%s)\n", strerror(errno));
        return 77;
    }
    printf("Landlock, version %ld\n", version);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!run_check(i, version))
            code = 1;
    }
    return code;
}
