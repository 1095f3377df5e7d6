/* measure.c - runs one command and tells what it cost: wall time, CPU time, peak memory.
 *
 * usage: measure OUTPUT COMMAND [ARGUMENT]...
 *
 * The command's standard output goes to the file OUTPUT. One line on standard output: wall seconds,
 * user and system CPU seconds (all threads), peak resident KiB, exit code (negative: a signal).
 *
 * A program of its own because the kernel counts the memory of the process that starts a command
 * towards the command's peak: this one is small, a Python interpreter is not.
 */
#define _DEFAULT_SOURCE /* wait4 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: measure OUTPUT COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out < 0) {
        perror(argv[1]);
        return 2;
    }
    double begin = now();
    pid_t child = fork();
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        close(out);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage used;
    if (child < 0 || wait4(child, &status, 0, &used) < 0) {
        perror("measure");
        return 2;
    }
    double wall = now() - begin;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    printf("%.6f %.6f %.6f %ld %d\n", wall, seconds(used.ru_utime), seconds(used.ru_stime),
           used.ru_maxrss, code);
    return 0;
}
