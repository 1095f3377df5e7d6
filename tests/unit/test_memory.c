/* test_memory.c - a warm context allocates nothing, everything is given back, and every allocation
 * may fail. */
#include "judge.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

enum { N_TEXTS = 20, TEXT_CAP = 900 };

static char bytes[N_TEXTS][TEXT_CAP];
static wn_text texts[N_TEXTS];

static void make_texts(void)
{
    uint64_t seed = 31;
    for (size_t i = 0; i < N_TEXTS; i++)
        texts[i] = (wn_text){bytes[i], random_text(&seed, bytes[i], TEXT_CAP, i % 2 == 0)};
}

/* Everything that a context can do with models [n]; the first failure's status. */
static wn_status use(wn_ctx *ctx, const wn_model *const *models, size_t n)
{
    wn_classify_options options = {.size = sizeof options, .k = 0};
    wn_result result;
    const wn_span *spans;
    size_t n_spans;
    wn_status status = wn_classify_batch(ctx, models, n, texts, N_TEXTS, &options, &result);
    for (size_t i = 0; i < N_TEXTS && status == WN_OK; i++) {
        status = wn_classify(ctx, models, n, texts[i].data, texts[i].len, NULL, &result);
        if (status == WN_OK)
            status = wn_split(ctx, texts[i].data, texts[i].len, WN_SPLIT_AUTO, &spans, &n_spans);
    }
    for (size_t m = 0; m < n && status == WN_OK; m++) {
        wn_model_info info = {.size = sizeof info};
        if (wn_model_get_info(models[m], &info) != WN_OK)
            return WN_ERROR_ARGUMENT;
        for (size_t i = 0; i < N_TEXTS && status == WN_OK && info.is_fasttext && info.has_exact;
             i++) {
            wn_fasttext_line line;
            if (texts[i].len > 0)
                status = wn_fasttext_predict(ctx, models[m], texts[i].data, texts[i].len, -1, -1.0f,
                                             &line);
        }
    }
    return status;
}

Test(memory, a_warm_context_allocates_nothing, .init = make_texts)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int scoring = 0; scoring < 2; scoring++) {
            tally of_model = {0}, of_ctx = {0};
            wn_allocator a = tally_allocator(&of_model), b = tally_allocator(&of_ctx);
            const wn_model *model = sample_open((sample)kind, 1, (wn_scoring)scoring, &a);
            wn_ctx *ctx;
            cr_assert_eq(wn_ctx_new(&b, &ctx), WN_OK);
            size_t before = atomic_load(&of_model.n_asked);
            cr_assert_eq(use(ctx, &model, 1), WN_OK);
            size_t warm = atomic_load(&of_ctx.n_asked), memory = wn_ctx_memory(ctx);
            cr_assert_gt(warm, 1, "a cold one does");
            for (unsigned round = 0; round < 5; round++)
                cr_assert_eq(use(ctx, &model, 1), WN_OK);
            cr_expect_eq(atomic_load(&of_ctx.n_asked), warm, "%s", sample_names[kind]);
            cr_expect_eq(wn_ctx_memory(ctx), memory);
            cr_expect_eq(memory, atomic_load(&of_ctx.bytes_live));
            cr_expect_eq(atomic_load(&of_model.n_asked), before, "scoring asks the model's heap");
            wn_ctx_free(ctx);
            cr_expect_eq(atomic_load(&of_ctx.n_live), 0);
            cr_expect_gt(atomic_load(&of_model.n_live), 0);
            wn_model_info info = {.size = sizeof info};
            cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
            cr_expect_eq(info.memory, atomic_load(&of_model.bytes_live));
            wn_model_unref(model);
            cr_expect_eq(atomic_load(&of_model.n_live), 0);
        }
    }
}

Test(memory, references_keep_a_model_alive)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    const wn_model *model = sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, &allocator);
    cr_assert_eq(wn_model_ref(model), model);
    cr_assert_eq(wn_model_ref(model), model);
    wn_model_unref(model);
    wn_model_unref(model);
    cr_assert_gt(atomic_load(&t.n_live), 0);
    wn_model_unref(model);
    cr_assert_eq(atomic_load(&t.n_live), 0);
    cr_assert_null(wn_model_ref(NULL));
    wn_model_unref(NULL);
}

/* ---- Failing allocations ---- */

typedef wn_status (*attempt)(void *object, wn_allocator *allocator, wn_error *error);

/* Calls what with the n-th allocation failing, for n = 1, 2, ... until it succeeds. Every failure
 * is MEMORY, leaks nothing and leaves later calls sound. Returns the number of failures. */
static size_t fail_each(attempt what, void *object, bool ever, const char *name)
{
    for (size_t n = 1; n < 5000; n++) {
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn_error error = {WN_OK, 5, "untouched"};
        tally_fail(&t, n, ever);
        wn_status status = what(object, &allocator, &error);
        cr_assert_eq(atomic_load(&t.n_live), 0, "%s: %zu blocks leak when allocation %zu fails",
                     name, atomic_load(&t.n_live), n);
        if (status == WN_OK) {
            cr_assert_lt(atomic_load(&t.n_asked), n, "%s: allocation %zu failed unseen", name, n);
            return n - 1;
        }
        cr_assert_eq(status, WN_ERROR_MEMORY, "%s: allocation %zu: %s", name, n,
                     wn_status_name(status));
        cr_assert_eq(error.status, WN_ERROR_MEMORY, "%s", name);
        cr_assert(strlen(error.message) > 0);
    }
    cr_assert_fail("%s never succeeds", name);
    return 0;
}

typedef struct image {
    const void *bytes;
    size_t len;
    wn_scoring scoring;
} image;

static wn_status try_open(void *object, wn_allocator *allocator, wn_error *error)
{
    const image *i = object;
    wn_open_options options = {
        .size = sizeof options, .allocator = allocator, .scoring = i->scoring};
    const wn_model *model = (const wn_model *)i; /* must become NULL on failure */
    wn_status status = wn_model_open_memory(i->bytes, i->len, &options, &model, error);
    cr_assert((status == WN_OK) == (model != NULL));
    wn_model_unref(model);
    return status;
}

Test(memory, opening_survives_every_failed_allocation)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        size_t len;
        char *json = sample_json((sample)kind, 1, &len);
        image twin = {json, len, WN_SCORING_FAST};
        cr_assert_gt(fail_each(try_open, &twin, false, sample_names[kind]), 10);
        fail_each(try_open, &twin, true, sample_names[kind]);
        twin.scoring = WN_SCORING_EXACT;
        fail_each(try_open, &twin, false, sample_names[kind]);
        free(json);
        uint8_t *binary = sample_binary((sample)kind, 1, &len);
        image file = {binary, len, WN_SCORING_FAST};
        cr_assert_gt(fail_each(try_open, &file, false, sample_names[kind]), 10);
        free(binary);
    }
}

Test(memory, opening_probes_survives_every_failed_allocation)
{
    static const char json[] =
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"words\","
        "\"field\":\"title\",\"terms\":\"l\",\"rows\":{\"values\":\"r\"}},{\"extractor\":\"words\","
        "\"field\":\"body\",\"terms\":\"l\",\"rows\":{\"values\":\"r\"}}],\"probes\":[{\"fields\":["
        "\"x\",\"y\"],\"scores\":[1]},{\"fields\":[\"\",\"x\"],\"scores\":[1]}],\"arrays\":{\"l\":{"
        "\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\",\"shape\":[1,"
        "1],"
        "\"values\":[1]}}}";
    image file = {json, strlen(json), WN_SCORING_FAST};
    cr_assert_gt(fail_each(try_open, &file, false, "probes"), 10);
    fail_each(try_open, &file, true, "probes");
}

Test(memory, opening_fasttexts_files_survives_every_failed_allocation)
{
    for (int kind = 0; kind < N_FASTTEXT; kind++) {
        uint32_t fields[64];
        size_t n_fields, len;
        uint8_t *file_bytes = fasttext_file((fasttext_kind)kind, 1, &len, fields, &n_fields);
        image file = {file_bytes, len, WN_SCORING_EXACT};
        cr_assert_gt(fail_each(try_open, &file, false, "fastText"), 10);
        fail_each(try_open, &file, true, "fastText");
        free(file_bytes);
    }
}

static wn_status try_use(void *object, wn_allocator *allocator, wn_error *error)
{
    const wn_model *const *models = object;
    wn_ctx *ctx;
    wn_status status = wn_ctx_new(allocator, &ctx);
    if (status != WN_OK) {
        cr_assert_null(ctx);
        *error = (wn_error){status, 0, "no context"};
        return status;
    }
    status = use(ctx, models, 2);
    *error = *wn_ctx_error(ctx);
    if (status != WN_OK && ((tally *)allocator->user)->fails_ever == false) /* it can go on */
        cr_assert_eq(use(ctx, models, 2), WN_OK);
    wn_ctx_free(ctx);
    return status;
}

Test(memory, classifying_survives_every_failed_allocation, .init = make_texts)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int scoring = 0; scoring < 2; scoring++) {
            const wn_model *models[2];
            models[0] = sample_open((sample)kind, 1, (wn_scoring)scoring, NULL);
            models[1] = sample_open((sample)((kind + 4) % N_SAMPLES), 1, (wn_scoring)scoring, NULL);
            cr_assert_gt(fail_each(try_use, models, false, sample_names[kind]), 5);
            fail_each(try_use, models, true, sample_names[kind]);
            wn_model_unref(models[0]);
            wn_model_unref(models[1]);
        }
    }
}

static wn_status try_slot(void *object, wn_allocator *allocator, wn_error *error)
{
    const wn_model *const *models = object, *held = NULL;
    wn_slot *slot;
    wn_ctx *ctx = NULL;
    wn_status status = wn_slot_new(models[0], allocator, &slot);
    cr_assert((status == WN_OK) == (slot != NULL));
    const wn_model *current = models[0];
    if (status == WN_OK)
        status = wn_ctx_new(NULL, &ctx);
    for (unsigned i = 1; i < 6 && status == WN_OK; i++) {
        status = wn_slot_acquire(slot, ctx, &held);
        if (status == WN_OK) {
            cr_assert_eq(held, current);
            status = wn_slot_publish(slot, models[i % 2]);
            if (status == WN_OK)
                current = models[i % 2];
            wn_slot_release(slot, ctx);
        }
    }
    if (status != WN_OK && slot != NULL) { /* the slot keeps what it had */
        wn_allocator *a = allocator;
        if (!((tally *)a->user)->fails_ever) {
            cr_assert_eq(wn_slot_acquire(slot, ctx, &held), WN_OK);
            cr_assert_eq(held, current);
            wn_slot_release(slot, ctx);
        }
    }
    wn_slot_free(slot);
    wn_ctx_free(ctx);
    *error = (wn_error){status, 0, "slots have no detail"};
    return status;
}

Test(memory, a_slot_survives_every_failed_allocation)
{
    const wn_model *models[2] = {sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, NULL),
                                 sample_open(SAMPLE_TERMS, 2, WN_SCORING_FAST, NULL)};
    cr_assert_gt(fail_each(try_slot, models, false, "slot"), 4);
    fail_each(try_slot, models, true, "slot");
    wn_model_unref(models[0]);
    wn_model_unref(models[1]);
}

typedef struct conversion {
    char in[64], out[64];
    wn_keep keep;
    wn_format format;
} conversion;

static wn_status try_convert(void *object, wn_allocator *allocator, wn_error *error)
{
    const conversion *c = object;
    const wn_text probes[2] = {{"harbour now", 11}, {"free offer", 10}};
    wn_convert_options options = {.size = sizeof options,
                                  .allocator = allocator,
                                  .format = c->format,
                                  .keep = c->keep,
                                  .probes = probes,
                                  .n_probes = 2};
    write_file(c->out, "old", 3);
    wn_status status = wn_convert(c->in, c->out, &options, error);
    size_t len;
    char *left = read_file(c->out, &len);
    cr_assert((status != WN_OK) == (len == 3 && memcmp(left, "old", 3) == 0),
              "a failure leaves the old file");
    free(left);
    return status;
}

Test(memory, converting_survives_every_failed_allocation)
{
    static const sample kinds[] = {SAMPLE_CHARS, SAMPLE_FOLDED};
    for (size_t i = 0; i < WN__COUNT(kinds); i++) {
        conversion c = {.keep = i == 0 ? WN_KEEP_SOURCE : WN_KEEP_BOTH};
        temporary_name(c.in);
        temporary_name(c.out);
        size_t len;
        char *json = sample_json(kinds[i], 1, &len);
        write_file(c.in, json, len);
        free(json);
        for (int format = 0; format < 2; format++) {
            c.format = (wn_format)format;
            cr_assert_gt(fail_each(try_convert, &c, false, sample_names[kinds[i]]), 20);
        }
        unlink(c.in);
        unlink(c.out);
    }
}
