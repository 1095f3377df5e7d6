/* mutants.c - damaged model files of every format, opened and used in this process.
 *
 * usage: mutants [N [SEED]], from the root of the tree
 *
 * Every prefix of the small seeds, and N files of each format that are damaged by somebody who
 * knows the format: integers that say how many or how long become 0, -1, limits and their
 * neighbours; numbers become NaN, infinite or huge; parts are cut out, doubled, exchanged; keys of
 * JSON vanish, come twice or hold another type; checksums are computed anew, so that more than the
 * checksum sees it. Then files of megabytes, whose memory is what their size allows and not the
 * slack of a small one. The judge is unit/judge.h. The same arguments give the same files; what is
 * being judged when the program dies or takes too long is written to a file. (Single bits of
 * .winnow: test_file.c.)
 */
#include "unit/files.c"
#include "unit/judge.c"
#include "unit/samples.c"
#include "unit/support.c"

#include "hostile/damage.h"

#include <signal.h>

void support_stop(const char *what)
{
    fprintf(stderr, "mutants: %s\n", what);
    abort();
}

typedef struct family {
    const char *name;
    void (*damage)(mutant *m, const seed *from);
    wn_text vocabulary;
    seed seeds[MAX_SEEDS];
    size_t n_seeds;
    size_t n_by_status[WN_ERROR_LIMIT + 1]; /* WN_OK: opened */
    double slowest, most_memory;            /* a part of what is allowed */
} family;

/* What the exporter writes, in both of its formats. */
static void damage_exported(mutant *m, const seed *from)
{
    if (m->len > 0 && m->bytes[0] == 0x93)
        damage_winnow(m, from);
    else
        damage_json(m, from);
}

static family families[N_FAMILIES] = {
    [WINNOW] = {.name = "winnow", .damage = damage_winnow},
    [JSON] = {.name = "json", .damage = damage_json},
    [BIN] = {.name = "bin", .damage = damage_fasttext},
    [FTZ] = {.name = "ftz", .damage = damage_fasttext},
    [LIBLINEAR] = {.name = "liblinear", .damage = damage_liblinear},
    [EXPORTED] = {.name = "exported", .damage = damage_exported},
};

static seed *new_seed(int format)
{
    return &families[format].seeds[families[format].n_seeds++];
}

static void prepare(void)
{
    static const char terms[] = "police\nwinter\noffer\ngoal\n";
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        seed *binary = new_seed(WINNOW), *json = new_seed(JSON);
        binary->bytes = sample_binary((sample)kind, 3, &binary->len);
        json->bytes = (uint8_t *)sample_json((sample)kind, 3, &json->len);
    }
    for (int kind = 0; kind < N_FASTTEXT; kind++) {
        seed *s = new_seed(kind < FASTTEXT_PRUNED ? BIN : FTZ);
        s->bytes = fasttext_file((fasttext_kind)kind, 5, &s->len, s->fields, &s->n_fields);
    }
    for (unsigned kind = 0; kind < 3; kind++) {
        seed *s = new_seed(LIBLINEAR), *json = new_seed(EXPORTED), *binary = new_seed(EXPORTED);
        s->bytes = liblinear_file(kind, 4, &s->len);
        json->bytes = read_file(exported[kind], &json->len);
        binary->bytes = converted(json->bytes, json->len, &binary->len);
    }
    families[LIBLINEAR].vocabulary = (wn_text){terms, sizeof terms - 1};
}

/* ---- The run ---- */

enum { PATIENCE = 60 }; /* seconds for one file, on a busy machine and under a sanitizer */

static struct judged {
    const char *family;
    const uint8_t *bytes;
    size_t len;
} now;

static void keep(const char *fault)
{
    char path[64];
    temporary_name(path);
    write_file(path, now.bytes, now.len);
    fprintf(stderr, "mutants: %s: %s: %s\n", now.family, fault, path);
}

static void die(int signal)
{
    if (now.bytes != NULL)
        keep(signal == SIGALRM ? "takes for ever" : "crashes");
    _exit(1);
}

#if defined(__SANITIZE_ADDRESS__)
void __sanitizer_set_death_callback(void (*callback)(void));

static void die_of_sanitizer(void)
{
    if (now.bytes != NULL)
        keep("a sanitizer complains");
}
#endif

static void watch(void)
{
    signal(SIGALRM, die);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_set_death_callback(die_of_sanitizer);
#else
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < WN__COUNT(signals); i++)
        signal(signals[i], die);
#endif
}

/* Sanitizers see a read behind the end of a block of just that size. */
static void judge(family *f, const uint8_t *bytes, size_t len, unsigned number)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    memcpy(exact, bytes, len);
    bool with_terms = f->vocabulary.len > 0 && number % 4 < 2;
    now = (struct judged){f->name, exact, len};
    alarm(PATIENCE);
    verdict v = judge_model(exact, len, (wn_scoring)(number % 2),
                            with_terms ? f->vocabulary : (wn_text){NULL, 0});
    alarm(0);
    if (v.fault != NULL) {
        keep(v.fault);
        exit(1);
    }
    now.bytes = NULL;
    f->n_by_status[v.status]++;
    f->slowest = v.seconds > f->slowest ? v.seconds : f->slowest;
    f->most_memory = fmax(f->most_memory, (double)v.peak / (double)v.allowed);
    free(exact);
}

static void damage_and_judge(family *f, mutant *m, const seed *s, unsigned long n)
{
    for (unsigned long k = 0; k < n; k++) {
        const seed *from = s != NULL ? s : &f->seeds[below(m, f->n_seeds)];
        m->len = from->len;
        memcpy(m->bytes, from->bytes, from->len);
        f->damage(m, from);
        while (below(m, 4) == 0)
            f->damage(m, from);
        judge(f, m->bytes, m->len, (unsigned)k);
    }
}

/* Whole, cut at some places, and damaged near its beginning, where the sizes are. */
static void judge_large(family *f, mutant *m, seed *s)
{
    size_t before = f->n_by_status[WN_OK];
    f->most_memory = f->slowest = 0;
    judge(f, s->bytes, s->len, 2);
    judge(f, s->bytes, s->len, 3);
    if (f->n_by_status[WN_OK] != before + 2)
        support_stop("a large seed does not open");
    for (size_t i = 1; i < 10; i++)
        judge(f, s->bytes, s->len / 10 * i, 2);
    if (s->n_fields > 0)
        s->n_fields = 19; /* the header's */
    if (s->len < CAP)
        damage_and_judge(f, m, s, 40);
    printf("mutants: %-9s %zu KiB: slowest %.0f ms, memory at most %.2f of what is allowed\n",
           f->name, s->len >> 10, f->slowest * 1e3, f->most_memory);
    free(s->bytes);
}

static void report(const family *f, size_t n_prefixes, unsigned long n)
{
    printf("mutants: %-9s %zu seeds, %zu prefixes, %lu mutants:", f->name, f->n_seeds, n_prefixes,
           n);
    for (size_t i = 0; i < WN__COUNT(f->n_by_status); i++) {
        if (f->n_by_status[i] > 0)
            printf(" %s %zu", wn_status_name((wn_status)i), f->n_by_status[i]);
    }
    printf("; slowest %.1f ms, memory at most %.2f of what is allowed\n", f->slowest * 1e3,
           f->most_memory);
    fflush(stdout);
}

/* Seeds have to open, or nothing was tried; of prefixes only one that lost a line end may. */
static bool judge_small(family *f, mutant *m, unsigned long n)
{
    const size_t *n_opened = &f->n_by_status[WN_OK];
    size_t n_prefixes = 0, n_cut = 0, n_whole, n_open_prefixes;
    for (size_t i = 0; i < f->n_seeds; i++) {
        judge(f, f->seeds[i].bytes, f->seeds[i].len, (unsigned)i);
        judge(f, f->seeds[i].bytes, f->seeds[i].len, (unsigned)i + 1);
    }
    n_whole = *n_opened;
    for (size_t i = 0; i < f->n_seeds; i++) {
        if (f->seeds[i].len > SMALL)
            continue;
        n_cut++;
        for (size_t len = 0; len < f->seeds[i].len; len++, n_prefixes++)
            judge(f, f->seeds[i].bytes, len, (unsigned)len);
    }
    n_open_prefixes = *n_opened - n_whole;
    damage_and_judge(f, m, NULL, n);
    report(f, n_prefixes, n);
    return n_whole == 2 * f->n_seeds && n_cut >= 3 && n_open_prefixes <= n_cut &&
           (n < 1000 || *n_opened > n_whole + n_open_prefixes);
}

int main(int argc, char **argv)
{
    static mutant m;
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    m.random = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool fine = true;
    watch();
    prepare();
    for (size_t i = 0; i < N_FAMILIES; i++) {
        family *f = &families[i];
        if (!judge_small(f, &m, n)) {
            fprintf(stderr, "mutants: %s: seeds that do not open, or prefixes that do\n", f->name);
            fine = false;
        }
        for (size_t j = 0; j < f->n_seeds; j++)
            free(f->seeds[j].bytes);
        seed large = {0};
        if (large_seed(i, &large))
            judge_large(f, &m, &large);
    }
    return fine ? 0 : 1;
}
