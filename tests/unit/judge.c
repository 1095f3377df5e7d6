/* judge.c - what has to hold of any bytes that somebody takes for a model. The stress programs
 * include this file as well: nothing of Criterion here. */
#include "judge.h"

#include "format.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* ---- What a file decodes to ---- */

static size_t decoded_matrix(const wn__spec *spec, const wn__matrix *matrix)
{
    if (!matrix->present || matrix->encoding != WN__PRODUCT || matrix->codes < 0)
        return 0;
    return (size_t)spec->arrays[matrix->codes].shape[0] * matrix->dim * sizeof(float);
}

static size_t decoded_fasttext(const wn__spec *spec)
{
    const wn__spec_block *block = &spec->blocks[0];
    size_t n_labels = (size_t)spec->arrays[spec->labels].shape[0], n_rows = 0, dim = 16;
    if (block->rows.present) {
        const wn__array *rows =
            &spec->arrays[block->rows.encoding == WN__PRODUCT ? block->rows.codes
                                                              : block->rows.values];
        n_rows = (size_t)rows->shape[0];
        dim = block->rows.encoding == WN__PRODUCT ? block->rows.dim : (size_t)rows->shape[1];
    }
    if (dim < 16)
        dim = 16; /* a row fills a vector */
    return (n_rows + n_labels) * dim * sizeof(float);
}

size_t decoded_size(const uint8_t *bytes, size_t len, wn_text vocabulary)
{
    static wn__spec spec;
    wn_error error;
    size_t size = 0;
    wn__spec_init(&spec, NULL);
    spec.vocabulary = vocabulary;
    if (wn__format_read(&spec, bytes, len, &error) != WN_OK) {
        wn__spec_free(&spec);
        return 4 * len;
    }
    for (uint32_t i = 0; i < spec.n_arrays; i++) {
        const wn__array *array = &spec.arrays[i];
        size_t n = (size_t)(array->shape[0] * array->shape[1]);
        size += array->dtype == WN__STR ? array->size + 48 * n : 8 * n;
    }
    size += decoded_matrix(&spec, &spec.head);
    for (uint32_t i = 0; i < spec.n_blocks; i++)
        size += decoded_matrix(&spec, &spec.blocks[i].rows);
    if (spec.n_blocks > 0 && spec.blocks[0].extractor == WN__EXTRACT_FASTTEXT && spec.labels >= 0)
        size += decoded_fasttext(&spec);
    wn__spec_free(&spec);
    return size;
}

/* ---- The verdict ---- */

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Five times as much where nothing is optimised or a sanitizer watches. */
static double seconds_allowed(size_t len)
{
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
    enum { TIMES = 1 };
#else
    enum { TIMES = 5 };
#endif
    return TIMES * (1 + (double)len / 1e7);
}

static bool sums_to_one(const wn_model_info *info)
{
    return !info->is_multi_label && !info->is_calibrated && info->link != WN_LINK_SIGMOID;
}

static const char *judge_prediction(const wn_model_info *info, const wn_prediction *p)
{
    double sum = 0;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        double probability = p->scores[i].probability;
        if (p->scores[i].label >= info->n_labels)
            return "a label that there is not";
        if (info->link == WN_LINK_RAW)
            continue;
        if (!(probability >= 0 && probability <= 1))
            return "a probability that is none";
        sum += probability;
    }
    if (info->link != WN_LINK_RAW && sums_to_one(info) && p->n_scores == info->n_labels &&
        p->n_scores > 1 && fabs(sum - 1) > 1e-6)
        return "probabilities that do not sum to 1";
    return NULL;
}

const char *judge_scores(const wn_model *model)
{
    static const char *const texts[] = {
        "",
        "police said the winter offer was goal",
        "alpha harbour offer now menu \xE6\x97\xA5\xE6\x9C\xAC unknown words 12 </s> __label__a",
        "a\nb\tc  d \xFF\xFE\x80 \xC3\xA9t\xC3\xA9 !!!",
    };
    const wn_classify_options all = {.size = sizeof all};
    wn_model_info info = {.size = sizeof info};
    wn_text batch[8];
    wn_result result;
    wn_ctx *ctx;
    const char *fault = NULL;
    if (wn_model_get_info(model, &info) != WN_OK || wn_ctx_new(NULL, &ctx) != WN_OK)
        return "no information or no context";
    if (info.n_fields == 0) { /* it scores vectors */
        wn_entry entries[2] = {{.column = 0, .value = 1.5}, {.column = 2, .value = -1}};
        wn_vector vector = {entries, 2};
        if (wn_classify_vectors(ctx, model, &vector, 1, &all, &result) == WN_OK)
            fault = judge_prediction(&info, result.paragraphs[0].predictions);
        wn_ctx_free(ctx);
        return fault;
    }
    const char *names[8];
    for (uint32_t j = 0; j < info.n_fields && j < 8; j++)
        names[j] = wn_model_field(model, j);
    for (size_t i = 0; i < WN__COUNT(texts) && fault == NULL && info.n_fields <= 8; i++) {
        for (size_t j = 0; j < info.n_fields; j++)
            batch[j] = (wn_text){texts[i], strlen(texts[i])};
        wn_status status =
            wn_classify_fields(ctx, &model, 1, names, info.n_fields, batch, 1, &all, &result);
        if (status == WN_OK && result.n_paragraphs > 0)
            fault = judge_prediction(&info, result.paragraphs[0].predictions);
        else if (status == WN_ERROR_MEMORY)
            fault = "no memory to score";
    }
    wn_ctx_free(ctx);
    return fault;
}

verdict judge_model(const uint8_t *bytes, size_t len, wn_scoring scoring, wn_text vocabulary)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn_open_options options = {.size = sizeof options,
                               .allocator = &allocator,
                               .scoring = scoring,
                               .vocabulary = vocabulary};
    const wn_model *model = NULL;
    wn_error error = {0};
    verdict v = {0};
    double begin = cpu_seconds();
    v.status = wn_model_open_memory(bytes, len, &options, &model, &error);
    v.seconds = cpu_seconds() - begin;
    v.opened = v.status == WN_OK;
    if (v.seconds > seconds_allowed(len))
        v.fault = "more time than a file of its size may take";
    else if (v.opened != (model != NULL))
        v.fault = "a model and an error, or neither";
    else if (!v.opened && (error.status != v.status || error.message[0] == '\0'))
        v.fault = "an error that says nothing";
    else if (v.status == WN_ERROR_MEMORY)
        v.fault = "\"out of memory\", which it is not";
    else if (v.opened)
        v.fault = judge_scores(model);
    wn_model_unref(model);
    v.peak = atomic_load(&t.bytes_most);
    if (v.fault == NULL && atomic_load(&t.n_live) > 0)
        v.fault = "memory left behind";
    v.allowed = 4 * len + ((size_t)1 << 20);
    if (v.peak > v.allowed / 2) /* else it need not be known */
        v.allowed += 4 * decoded_size(bytes, len, vocabulary);
    if (v.fault == NULL && v.peak > v.allowed)
        v.fault = "more memory than a file of its size may take";
    return v;
}

/* ---- fastText files ---- */

typedef struct maker {
    uint8_t *bytes;
    size_t len;
    uint64_t random;
    uint32_t *fields;
    size_t n_fields;
} maker;

static void put(maker *m, const void *p, size_t n)
{
    memcpy(m->bytes + m->len, p, n);
    m->len += n;
}

static void put_byte(maker *m, uint8_t byte)
{
    put(m, &byte, 1);
}

static void put_i32(maker *m, int32_t value)
{
    m->fields[m->n_fields++ % 64] = (uint32_t)m->len;
    put(m, &value, sizeof value);
}

static void put_i64(maker *m, int64_t value)
{
    m->fields[m->n_fields++ % 64] = (uint32_t)m->len | 0x80000000u;
    put(m, &value, sizeof value);
}

static void put_floats(maker *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = random_float(&m->random);
        put(m, &x, sizeof x);
    }
}

enum { N_WORDS = 5, N_LABELS = 3, BUCKET = 12, N_PRUNED = 4 };

static void put_dense(maker *m, int64_t n, int64_t dim)
{
    put_i64(m, n);
    put_i64(m, dim);
    put_floats(m, (size_t)(n * dim));
}

static void put_quantizer(maker *m, int32_t dim, int32_t part)
{
    int32_t rest = dim % part;
    put_i32(m, dim);
    put_i32(m, dim / part + (rest != 0));
    put_i32(m, part);
    put_i32(m, rest != 0 ? rest : part);
    put_floats(m, (size_t)dim * 256);
}

static void put_codes(maker *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_byte(m, (uint8_t)random_below(&m->random, 256));
}

static void put_quantized(maker *m, int64_t n, int32_t dim, int32_t part, bool has_norms)
{
    int32_t row = dim / part + (dim % part != 0);
    put_byte(m, has_norms);
    put_i64(m, n);
    put_i64(m, dim);
    put_i32(m, (int32_t)n * row);
    put_codes(m, (size_t)(n * row));
    put_quantizer(m, dim, part);
    if (has_norms) {
        put_codes(m, (size_t)n);
        put_quantizer(m, 1, 1);
    }
}

static void put_entry(maker *m, int32_t i, int32_t n_words, const char *const *words,
                      const char *const *labels)
{
    char word[16];
    snprintf(word, sizeof word, "w%d", (int)i);
    const char *entry = i >= n_words ? labels[i - n_words] : i < N_WORDS ? words[i] : word;
    put(m, entry, strlen(entry) + 1);
    put_i64(m, i >= n_words ? 12 + n_words - i : 20);
    put_byte(m, i >= n_words);
}

uint8_t *fasttext_sized(fasttext_kind kind, uint64_t seed, int32_t n_words, size_t *len,
                        uint32_t fields[64], size_t *n_fields)
{
    static const char *const words[N_WORDS] = {"</s>", "police", "offer", "alpha", "winter"};
    static const char *const labels[N_LABELS] = {"__label__a", "__label__b", "__label__c"};
    const bool is_quantized = kind >= FASTTEXT_PRUNED, is_pruned = kind == FASTTEXT_PRUNED;
    const int32_t dim = kind == FASTTEXT_UNEVEN ? 5 : 4, part = kind == FASTTEXT_WHOLE ? 3 : 2;
    const int32_t loss = kind == FASTTEXT_TREE || kind == FASTTEXT_UNEVEN ? 1
                         : kind == FASTTEXT_OVA                           ? 4
                                                                          : 3;
    const bool is_old = kind == FASTTEXT_OVA;
    maker m = {malloc(((size_t)1 << 16) + (size_t)n_words * 64), 0, seed, fields, 0};
    const int32_t head[] = {793712314, is_old ? 11 : 12, dim, 5, 5,  1, 5, is_old ? 1 : 2, loss,
                            3,         BUCKET,           2,   3, 100};
    const double t = 1e-4;
    for (size_t i = 0; i < WN__COUNT(head); i++)
        put_i32(&m, head[i]);
    put(&m, &t, sizeof t);
    put_i32(&m, n_words + N_LABELS);
    put_i32(&m, n_words);
    put_i32(&m, N_LABELS);
    put_i64(&m, 100);
    put_i64(&m, is_pruned ? N_PRUNED : -1);
    for (int32_t i = 0; i < n_words + N_LABELS; i++)
        put_entry(&m, i, n_words, words, labels);
    for (int32_t i = 0; i < N_PRUNED && is_pruned; i++) {
        put_i32(&m, i * 3);
        put_i32(&m, i);
    }
    int64_t n_rows = n_words + (is_pruned ? N_PRUNED : BUCKET);
    put_byte(&m, is_quantized);
    if (is_quantized)
        put_quantized(&m, n_rows, dim, part, is_pruned);
    else
        put_dense(&m, n_rows, dim);
    put_byte(&m, kind == FASTTEXT_WHOLE);
    if (kind == FASTTEXT_WHOLE)
        put_quantized(&m, N_LABELS, dim, part, true);
    else
        put_dense(&m, N_LABELS, dim);
    *len = m.len;
    *n_fields = m.n_fields < 64 ? m.n_fields : 64;
    return m.bytes;
}

uint8_t *fasttext_file(fasttext_kind kind, uint64_t seed, size_t *len, uint32_t fields[64],
                       size_t *n_fields)
{
    return fasttext_sized(kind, seed, N_WORDS, len, fields, n_fields);
}
