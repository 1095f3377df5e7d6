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

#include "hash.h"
#include "hostile/seeds.h"

#include <ctype.h>
#include <signal.h>

void support_stop(const char *what)
{
    fprintf(stderr, "mutants: %s\n", what);
    abort();
}

typedef struct mutant {
    uint8_t bytes[CAP];
    size_t len;
    uint64_t random;
} mutant;

typedef struct family {
    const char *name;
    void (*damage)(mutant *m, const seed *from);
    wn_text vocabulary;
    seed seeds[MAX_SEEDS];
    size_t n_seeds;
    size_t n_by_status[WN_ERROR_LIMIT + 1]; /* WN_OK: opened */
    double slowest, most_memory;            /* a part of what is allowed */
} family;

static uint32_t below(mutant *m, size_t n)
{
    return random_below(&m->random, (uint32_t)(n == 0 ? 1 : n));
}

/* ---- Damage to bytes ---- */

static const int64_t limits[] = {0,          1,          -1,         2,         3,
                                 127,        128,        255,        256,       32767,
                                 65535,      65536,      INT32_MAX,  INT32_MIN, UINT32_MAX,
                                 INT64_MAX,  INT64_MIN,  1ll << 32,  1ll << 40, (1ll << 62) / 4,
                                 0x40000000, 0x20000000, 0x55555556, 1ll << 61, 0x10000001};

/* An integer of n bytes becomes a limit, or one more or less than it was. */
static void damage_integer(mutant *m, size_t at, size_t n)
{
    int64_t value = 0;
    if (at + n > m->len)
        return;
    memcpy(&value, m->bytes + at, n);
    uint32_t kind = below(m, WN__COUNT(limits) + 4);
    if (kind < WN__COUNT(limits))
        value = limits[kind];
    else
        value = (int64_t)((uint64_t)value + (kind % 2 == 0 ? 1u : UINT64_MAX));
    memcpy(m->bytes + at, &value, n);
}

static void damage_float(mutant *m, size_t at)
{
    static const float floats[] = {NAN, INFINITY, -INFINITY, 3.4e38f, -3.4e38f, 1e-45f, 0.0f};
    float value = floats[below(m, WN__COUNT(floats))];
    double wide = value;
    bool is_wide = at % 8 == 0 && below(m, 2) == 0;
    size_t size = is_wide ? sizeof wide : sizeof value;
    if (at + size <= m->len)
        memcpy(m->bytes + at, is_wide ? (void *)&wide : (void *)&value, size);
}

/* Cuts out, doubles or exchanges a part. */
static void damage_part(mutant *m)
{
    size_t at = below(m, m->len), n = 1 + below(m, below(m, 4) == 0 ? m->len - at : 64);
    n = n > m->len - at ? m->len - at : n;
    uint8_t *p = m->bytes + at;
    switch (below(m, 4)) {
    case 0:
        memmove(p, p + n, m->len - at - n);
        m->len -= n;
        break;
    case 1:
        if (m->len + n > CAP)
            break;
        memmove(p + n, p, m->len - at);
        m->len += n;
        break;
    case 2:
        for (size_t i = 0, to = below(m, m->len - n + 1); i < n; i++) {
            uint8_t byte = m->bytes[to + i];
            m->bytes[to + i] = p[i];
            p[i] = byte;
        }
        break;
    default:
        m->len = at;
    }
}

static void damage_bytes(mutant *m)
{
    if (m->len == 0)
        return;
    switch (below(m, 6)) {
    case 0:
        m->bytes[below(m, m->len)] ^= (uint8_t)(1u << below(m, 8));
        break;
    case 1:
        m->bytes[below(m, m->len)] = (uint8_t)below(m, 256);
        break;
    case 2:
        damage_integer(m, below(m, m->len) & ~3u, 4);
        break;
    case 3:
        damage_integer(m, below(m, m->len) & ~7u, 8);
        break;
    case 4:
        damage_float(m, below(m, m->len) & ~3u);
        break;
    default:
        damage_part(m);
    }
}

static void damage_fasttext(mutant *m, const seed *from)
{
    if (below(m, 3) == 0 || from->n_fields == 0) {
        damage_bytes(m);
        return;
    }
    uint32_t field = from->fields[below(m, from->n_fields)];
    damage_integer(m, field & 0x7fffffffu, field >> 31 != 0 ? 8 : 4);
}

/* ---- Damage to text ---- */

/* Puts other bytes in the place of [at .. at + n). */
static void replace(mutant *m, size_t at, size_t n, const uint8_t *by, size_t len)
{
    uint8_t copy[4096];
    if (len > sizeof copy || m->len - n + len > CAP)
        return;
    memcpy(copy, by, len); /* it may be of the same file */
    memmove(m->bytes + at + len, m->bytes + at + n, m->len - at - n);
    memcpy(m->bytes + at, copy, len);
    m->len += len - n;
}

static bool is_word_byte(uint8_t c)
{
    return isalnum(c) || c == '.' || c == '-' || c == '+' || c == '_';
}

/* The run of word bytes at or after a place; 0: none. */
static size_t word_at(const mutant *m, size_t *at)
{
    size_t end;
    while (*at < m->len && !is_word_byte(m->bytes[*at]))
        ++*at;
    for (end = *at; end < m->len && is_word_byte(m->bytes[end]);)
        end++;
    return end - *at;
}

static const char *const others[] = {"0",
                                     "1",
                                     "-1",
                                     "2",
                                     "4294967295",
                                     "4294967296",
                                     "18446744073709551615",
                                     "0.5",
                                     "1e3",
                                     "1e308",
                                     "1e999",
                                     "-1e-400",
                                     "9007199254740993",
                                     "-0",
                                     "nan",
                                     "inf",
                                     "01",
                                     "+1",
                                     "0x10",
                                     "1e",
                                     ".5",
                                     "2147483648",
                                     ""};

static void damage_word(mutant *m)
{
    size_t at = below(m, m->len), len = word_at(m, &at);
    const char *other = others[below(m, WN__COUNT(others))];
    replace(m, at, len, (const uint8_t *)other, strlen(other));
}

/* Puts a word, a line or a member in the place of another one, or there twice. */
static void damage_order(mutant *m, uint8_t separator)
{
    size_t begin[2], end[2];
    for (int i = 0; i < 2; i++) {
        begin[i] = below(m, m->len);
        while (begin[i] > 0 && m->bytes[begin[i] - 1] != separator)
            begin[i]--;
        for (end[i] = begin[i]; end[i] < m->len && m->bytes[end[i]] != separator;)
            end[i]++;
    }
    if (end[1] - begin[1] > 4000)
        return;
    replace(m, begin[0], below(m, 2) == 0 ? end[0] - begin[0] : 0, m->bytes + begin[1],
            end[1] - begin[1] + (end[1] < m->len));
}

static void damage_json(mutant *m, const seed *from)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "false",
                                         "[]",
                                         "{}",
                                         "\"\"",
                                         "\"x\"",
                                         "\"\\u0000\"",
                                         "[[[[[[[[]]]]]]]]",
                                         "{\"a\":1}",
                                         "1e999",
                                         "\"AAAA\"",
                                         "\"AAAAAAAAAAA=\"",
                                         "-3",
                                         "4294967295"};
    (void)from;
    if (m->len == 0)
        return;
    switch (below(m, 5)) {
    case 0:
        damage_word(m);
        break;
    case 1:
        damage_order(m, ',');
        break;
    case 2: { /* the value behind a colon */
        size_t at = below(m, m->len), end;
        while (at < m->len && m->bytes[at] != ':')
            at++;
        if (at++ >= m->len)
            break;
        for (end = at; end < m->len && strchr(",]}", m->bytes[end]) == NULL;)
            end++;
        const char *value = values[below(m, WN__COUNT(values))];
        replace(m, at, end - at, (const uint8_t *)value, strlen(value));
        break;
    }
    case 3:
        m->bytes[below(m, m->len)] = (uint8_t) "{}[],:\"\\0 9-e\x80"[below(m, 15)];
        break;
    default:
        damage_part(m);
    }
}

static void damage_liblinear(mutant *m, const seed *from)
{
    (void)from;
    if (m->len == 0)
        return;
    switch (below(m, 4)) {
    case 0:
        damage_order(m, '\n');
        break;
    case 1:
        damage_part(m);
        break;
    default:
        damage_word(m);
    }
}

/* The header or the manifest or a section, with the lengths and the checksum made good. */
static void damage_winnow(mutant *m, const seed *from)
{
    uint64_t manifest_len;
    if (m->len < 64) {
        damage_bytes(m);
        return;
    }
    memcpy(&manifest_len, m->bytes + 24, sizeof manifest_len);
    uint32_t kind = below(m, 8);
    if (kind == 0) {
        damage_integer(m, 8 + 8 * below(m, 4), 8);
    } else if (kind < 5 && manifest_len < m->len - 64) {
        static mutant manifest; /* as JSON, filled up or cut to its place */
        size_t place = 64 + (size_t)manifest_len;
        place = (place + 63) / 64 * 64 < m->len ? (place + 63) / 64 * 64 : m->len;
        manifest.len = (size_t)manifest_len;
        manifest.random = m->random;
        memcpy(manifest.bytes, m->bytes + 64, manifest.len);
        damage_json(&manifest, from);
        m->random = manifest.random;
        if (manifest.len > place - 64)
            return; /* it does not fit */
        memset(m->bytes + 64, 0, place - 64);
        memcpy(m->bytes + 64, manifest.bytes, manifest.len);
        manifest_len = manifest.len;
        if ((64 + manifest.len + 63) / 64 * 64 != place) /* keep the sections where they are */
            memset(m->bytes + 64 + manifest.len, ' ', place - 64 - manifest.len),
                manifest_len = place - 64;
        memcpy(m->bytes + 24, &manifest_len, sizeof manifest_len);
    } else {
        damage_bytes(m);
    }
    if (m->len < 64 || below(m, 50) == 0)
        return;
    uint64_t len = m->len;
    if (below(m, 8) != 0)
        memcpy(m->bytes + 16, &len, sizeof len);
    uint64_t checksum = wn__xxh3_with_hole(m->bytes, m->len, 32);
    memcpy(m->bytes + 32, &checksum, sizeof checksum);
}

/* ---- The families ---- */

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
