/* libfuzzer.c - what libFuzzer calls. The program's name says which target it runs. */
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    const char *slash = strrchr((*argv)[0], '/');
    target = fuzz_find(slash != NULL ? slash + 1 : (*argv)[0]);
    if (target == NULL) {
        fprintf(stderr, "%s: no target has that name\n", (*argv)[0]);
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target->run(data, size);
    return 0;
}
