/* open.c - what the library needs to open a model: the median of five times, in milliseconds.
 *
 * usage: open MODEL read|map
 */
#include "winnow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_TIMES = 5 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

int main(int n_arguments, char **arguments)
{
    double times[N_TIMES];
    if (n_arguments != 3)
        return 2;
    wn_open_options options = {.size = sizeof options,
                               .flags = strcmp(arguments[2], "map") == 0 ? WN_OPEN_MAP : 0};
    for (int i = 0; i <= N_TIMES; i++) { /* the first one warms up */
        const wn_model *model;
        wn_error error;
        double begin = now();
        if (wn_model_open(arguments[1], &options, &model, &error) != WN_OK) {
            fprintf(stderr, "open: %s\n", error.message);
            return 1;
        }
        times[i > 0 ? i - 1 : 0] = now() - begin;
        wn_model_unref(model);
    }
    qsort(times, N_TIMES, sizeof *times, compare);
    printf("%.3f\n", times[N_TIMES / 2]);
    return 0;
}
