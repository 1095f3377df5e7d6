/* common.c - memory, files and the table of the fuzz targets. */
#include "fuzz.h"

#include "unit/files.c"

/* ---- The table ---- */

const fuzz_target fuzz_targets[] = {
    {"load_winnow", fuzz_load_winnow},
    {"load_json", fuzz_load_json},
    {"load_fasttext", fuzz_load_fasttext},
    {"load_liblinear", fuzz_load_liblinear},
    {"text", fuzz_text},
    {"model_text", fuzz_model_text},
    {"paragraphs", fuzz_paragraphs},
    {"records", fuzz_records},
    {"convert", fuzz_convert},
    {"round_trip", fuzz_round_trip},
};
const size_t n_fuzz_targets = WN__COUNT(fuzz_targets);

const fuzz_target *fuzz_find(const char *name)
{
    for (size_t i = 0; i < n_fuzz_targets; i++) {
        if (strcmp(fuzz_targets[i].name, name) == 0)
            return &fuzz_targets[i];
    }
    return NULL;
}

void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    abort();
}

void support_stop(const char *what)
{
    fuzz_fail("support", 0, what);
}

/* ---- Memory ---- */

#define HEADER 16 /* keeps the alignment; holds the size */

static void *take(void *user, size_t size)
{
    fuzz_budget *budget = user;
    must(size > 0 && size <= budget->most - budget->held);
    unsigned char *p = malloc(size + HEADER);
    if (p == NULL)
        support_stop("out of memory");
    memcpy(p, &size, sizeof size);
    memset(p + HEADER, 0xa5, size < 4096 ? size : 4096); /* nobody may count on zeros */
    budget->held += size;
    return p + HEADER;
}

static void give_back(void *user, void *memory)
{
    fuzz_budget *budget = user;
    unsigned char *p = (unsigned char *)memory - HEADER;
    size_t size;
    memcpy(&size, p, sizeof size);
    budget->held -= size;
    free(p);
}

void fuzz_budget_start(fuzz_budget *budget, size_t most)
{
    *budget = (fuzz_budget){{take, give_back, budget}, 0, most};
}

void fuzz_budget_end(const fuzz_budget *budget)
{
    must(budget->held == 0);
}

size_t fuzz_most_memory(size_t size)
{
    return ((size_t)16 << 20) + 64 * size;
}

/* ---- Files ---- */

enum { N_FILES = 4 };

static char folder[64], paths[N_FILES][80];

static void remove_files(void)
{
    for (size_t i = 0; i < N_FILES; i++)
        unlink(paths[i]);
    rmdir(folder);
}

const char *fuzz_path(size_t n)
{
    if (folder[0] == '\0') {
        /* A file system in memory, where there is one. */
        const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(folder, sizeof folder, "%s/winnow-fuzz-XXXXXX", where);
        if (mkdtemp(folder) == NULL)
            support_stop("cannot make a temporary folder");
        for (size_t i = 0; i < N_FILES; i++)
            snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
        atexit(remove_files);
    }
    return paths[n];
}

const char *fuzz_file(size_t n, const void *bytes, size_t size)
{
    write_file(fuzz_path(n), bytes, size);
    return fuzz_path(n);
}

/* ---- Inputs ---- */

bool fuzz_divide(const uint8_t *data, size_t size, const char *marker, size_t *before,
                 wn_text *behind)
{
    size_t len = strlen(marker);
    for (size_t at = 0; at + len <= size; at++) {
        if (memcmp(data + at, marker, len) != 0)
            continue;
        *before = at;
        *behind = (wn_text){(const char *)data + at + len, size - at - len};
        return true;
    }
    return false;
}
