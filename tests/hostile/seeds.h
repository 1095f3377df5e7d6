/* seeds.h - the sound files that mutants.c damages, beside the samples of the unit tests. */
#ifndef WN_HOSTILE_SEEDS_H
#define WN_HOSTILE_SEEDS_H

#include "unit/judge.h"

#include <stdlib.h>
#include <unistd.h>

enum { WINNOW, JSON, BIN, FTZ, LIBLINEAR, EXPORTED, N_FAMILIES };

/* A mutant has at most CAP bytes; of seeds of at most SMALL every prefix is judged. */
enum { MAX_SEEDS = 2 * N_SAMPLES, CAP = 8 << 20, SMALL = 16 << 10 };

typedef struct seed {
    uint8_t *bytes;
    size_t len;
    uint32_t fields[64]; /* of integers, see fasttext_file */
    size_t n_fields;
} seed;

/* By make_exported.py. */
static const char *const exported[3] = {
    "tests/hostile/exported_tfidf.json",
    "tests/hostile/exported_calibrated.json",
    "tests/hostile/exported_svd.json",
};

static uint8_t *liblinear_file(unsigned kind, unsigned n_features, size_t *len)
{
    static const char *const solvers[] = {"L2R_LR", "MCSVM_CS", "L2R_L2LOSS_SVC"};
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    unsigned n = kind == 1 ? 2 : 3, per_row = kind == 0 ? 3 : n == 2 ? 2 : 3;
    fprintf(out, "solver_type %s\nnr_class %u\nlabel%s\nnr_feature %u\nbias %d\nw\n",
            solvers[kind % 3], n, n == 2 ? " 1 -1" : " 3 1 2", n_features, kind == 2 ? 1 : -1);
    for (unsigned i = 0; i < n_features + (kind == 2); i++) {
        for (unsigned j = 0; j < per_row; j++)
            fprintf(out, "%s%.17g ", i % 2 == 0 ? "" : "-", 0.1 * (i % 97 + 1) * (j + 1) / 3);
        fputc('\n', out);
    }
    fclose(out);
    return (uint8_t *)text;
}

/* The same model as a .winnow file. */
static uint8_t *converted(const void *bytes, size_t len, size_t *converted_len)
{
    char in[64], out[64];
    wn_error error;
    temporary_name(in);
    temporary_name(out);
    write_file(in, bytes, len);
    if (wn_convert(in, out, NULL, &error) != WN_OK)
        support_stop(error.message);
    uint8_t *image = read_file(out, converted_len);
    unlink(in);
    unlink(out);
    return image;
}

/* A file of megabytes: so many words, features or numbers that what it decodes to is more than the
 * slack that every file is allowed. False: this family has none. */
static bool large_seed(size_t format, seed *s)
{
    size_t len;
    char *json = NULL;
    switch (format) {
    case WINNOW:
        json = wide_json(400, 300, &len);
        s->bytes = converted(json, len, &s->len);
        free(json);
        return true;
    case JSON:
        s->bytes = (uint8_t *)wide_json(400, 300, &s->len);
        return true;
    case BIN:
    case FTZ:
        s->bytes = fasttext_sized(format == BIN ? FASTTEXT_SOFTMAX : FASTTEXT_PRUNED, 9, 60000,
                                  &s->len, s->fields, &s->n_fields);
        return true;
    case LIBLINEAR:
        s->bytes = liblinear_file(0, 60000, &s->len);
        return true;
    default:
        return false;
    }
}

#endif
