/* interrupt.c - SIGINT and SIGTERM end the work between two records. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int mark;

static void set_mark(int number)
{
    (void)number;
    /* relaxed: the mark guards no other data */
    atomic_store_explicit(&mark, 1, memory_order_relaxed);
}

void interrupt_watch(void)
{
    /* No SA_RESTART: a read that waits returns at once. */
    struct sigaction action = {.sa_handler = set_mark, .sa_flags = (int)SA_RESETHAND};
    static const int numbers[] = {SIGINT, SIGTERM};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old;
        /* Whoever started the tool with the signal ignored (nohup, a shell's background job)
         * wants it ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    /* At the limit of a file's size the write fails, and is told of as on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
}

int interrupted(void)
{
    return atomic_load_explicit(&mark, memory_order_relaxed);
}
