/* test_reload.c - a slot follows a file: what is published, what is refused and why, the way back.
 */
#include "collisions.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char path[64];
static wn_slot *slot;
static wn_ctx *ctx;
static tally of_models;
static wn_allocator allocator;
static wn_open_options how = {.size = sizeof how, .allocator = &allocator};

/* One word, one label a row; `fields` are of the manifest, `labels` and `rows` of its arrays. */
static void write_model(const char *fields, const char *labels, const char *rows)
{
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    fprintf(out,
            "{\"winnow\":1,%s,\"labels\":\"l\",\"blocks\":[{\"extractor\":\"words\",\"tokens\":"
            "\"nonspace\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"t\":{"
            "\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},\"l\":%s,\"r\":%s}}",
            fields, labels, rows);
    fclose(out);
}

#define SOFTMAX "\"link\":\"softmax\",\"name\":\"m\""
#define AB "{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]}"
#define BA "{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"b\",\"a\"]}"
#define AC "{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"c\"]}"
#define ABC "{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"a\",\"b\",\"c\"]}"
#define ROW2(x) "{\"dtype\":\"f64\",\"shape\":[1,2],\"values\":[" x ",0]}"
#define ROW3 "{\"dtype\":\"f64\",\"shape\":[1,3],\"values\":[1,2,3]}"

static void start(void)
{
    const wn_model *model;
    wn_error error;
    memset(&of_models, 0, sizeof of_models);
    allocator = tally_allocator(&of_models);
    temporary_name(path);
    write_model(SOFTMAX, AB, ROW2("1"));
    cr_assert_eq(wn_model_open(path, &how, &model, &error), WN_OK, "%s", error.message);
    cr_assert_eq(wn_slot_new(model, NULL, &slot), WN_OK);
    wn_model_unref(model);
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_slot_free(slot);
    wn_ctx_free(ctx);
    cr_assert_eq(atomic_load(&of_models.n_live), 0, "a model is left");
    rmdir(path);
    unlink(path);
}

static wn_status reload(unsigned flags, int *is_new, wn_error *error)
{
    wn_reload_options options = {.size = sizeof options, .flags = flags, .open = &how};
    *is_new = 7;
    return wn_slot_reload(slot, path, &options, is_new, error);
}

/* The logit of label "a" for the text "x": the number in the file that was published. */
static double now(void)
{
    const wn_model *model;
    wn_text x = {"x", 1};
    wn_classify_options all = {.size = sizeof all};
    wn_result result;
    double logit = -1;
    cr_assert_eq(wn_slot_acquire(slot, ctx, &model), WN_OK);
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &x, 1, &all, &result), WN_OK);
    const wn_prediction *p = result.paragraphs[0].predictions;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        if (strcmp(wn_model_label(model, p->scores[i].label, NULL), "a") == 0)
            logit = p->scores[i].logit;
    }
    wn_slot_release(slot, ctx);
    return logit;
}

static void expect_new(unsigned flags)
{
    int is_new;
    wn_error error;
    cr_assert_eq(reload(flags, &is_new, &error), WN_OK, "%s", error.message);
    cr_assert_eq(is_new, 1);
}

static void expect_refused(unsigned flags, wn_status status, const char *why)
{
    int is_new;
    double before = now();
    size_t live = atomic_load(&of_models.n_live);
    wn_error error = {0};
    cr_assert_eq(reload(flags, &is_new, &error), status, "%s: %s", why, error.message);
    cr_assert_not_null(strstr(error.message, why), "%s", error.message);
    cr_assert_eq(is_new, 0);
    cr_assert_eq(now(), before);
    cr_assert_eq(atomic_load(&of_models.n_live), live);
}

/* Until a later change cannot have the same times. */
static void settle(void)
{
    const struct timespec pause = {.tv_nsec = 60000000};
    nanosleep(&pause, NULL);
}

Test(reload, a_good_file_is_published_and_the_old_model_goes, .init = start, .fini = stop)
{
    write_model(SOFTMAX, AB, ROW2("2"));
    expect_new(0);
    cr_assert_eq(now(), 2);
    size_t live = atomic_load(&of_models.n_live);
    for (int i = 0; i < 5; i++)
        expect_new(0);
    cr_assert_eq(atomic_load(&of_models.n_live), live);
    cr_assert_eq(wn_slot_reload(slot, path, NULL, NULL, NULL), WN_OK); /* all of it is optional */
}

Test(reload, labels_may_change_places, .init = start, .fini = stop)
{
    write_model(SOFTMAX, BA, ROW2("5"));
    expect_new(0);
    cr_assert_eq(now(), 0); /* "a" is the second one now */
}

Test(reload, a_model_of_another_kind_is_refused_unless_allowed, .init = start, .fini = stop)
{
    static const struct {
        const char *fields, *labels, *rows, *why;
    } cases[] = {
        {SOFTMAX, AC, ROW2("2"), "the label 'c' is new"},
        {SOFTMAX, ABC, ROW3, "the label 'c' is new"},
        {"\"link\":\"raw\"", AB, ROW2("2"), "no probabilities"},
        {"\"link\":\"sigmoid\",\"multi_label\":true", AB, ROW2("2"), "multi-label"},
    };
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        write_model(cases[i].fields, cases[i].labels, cases[i].rows);
        expect_refused(0, WN_ERROR_UNSUPPORTED, cases[i].why);
    }
    write_model(SOFTMAX, ABC, ROW3);
    expect_new(WN_RELOAD_ANY_KIND);
    write_model(SOFTMAX, AB, ROW2("2"));
    expect_refused(0, WN_ERROR_UNSUPPORTED, "2 labels instead of 3");
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        write_model(cases[i].fields, cases[i].labels, cases[i].rows);
        expect_new(WN_RELOAD_ANY_KIND);
    }
}

static const char columns_alone[] =
    "{\"winnow\":1," SOFTMAX ",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"columns\","
    "\"n_features\":1,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":" AB ",\"r\":" ROW2("1") "}}";

/* Each is compared with the NUL behind it, with which nobody has looked at them before. */
Test(reload, labels_that_were_made_to_collide_are_not_compared, .init = start, .fini = stop)
{
    enum { N = WN__IDMAP_MAX_PROBES + 1 };
    char *labels = colliding_labels(N, 1), *rows = NULL;
    size_t len;
    FILE *out = open_memstream(&rows, &len);
    fprintf(out, "{\"dtype\":\"f64\",\"shape\":[1,%d],\"values\":[0", N);
    for (int i = 1; i < N; i++)
        fputs(",0", out);
    fputs("]}", out);
    fclose(out);
    write_model(SOFTMAX, labels, rows);
    expect_new(WN_RELOAD_ANY_KIND);
    expect_refused(0, WN_ERROR_LIMIT, "labels collide beyond all reason");
    free(labels);
    free(rows);
}

Test(reload, other_fields_are_another_kind, .init = start, .fini = stop)
{
    size_t len;
    char *json = sample_json(SAMPLE_TERMS, 1, &len);
    char *at = strstr(json, "\"extractor\"");
    cr_assert_not_null(at);
    FILE *out = fopen(path, "w");
    fwrite(json, 1, (size_t)(at - json), out);
    fputs("\"field\":\"title\",", out);
    fwrite(at, 1, len - (size_t)(at - json), out);
    fclose(out);
    free(json);
    expect_refused(0, WN_ERROR_UNSUPPORTED, "other text fields");
    write_file(path, columns_alone, sizeof columns_alone - 1); /* none at all */
    expect_refused(0, WN_ERROR_UNSUPPORTED, "other text fields");
}

Test(reload, what_is_no_model_is_refused, .init = start, .fini = stop)
{
    size_t len;
    uint8_t *image = sample_binary(SAMPLE_SCALED, 1, &len);
    write_file(path, image, len - 1);
    expect_refused(WN_RELOAD_ANY_KIND, WN_ERROR_CORRUPT, "");
    image[len / 2] ^= 1;
    write_file(path, image, len);
    expect_refused(WN_RELOAD_ANY_KIND, WN_ERROR_CORRUPT, "checksum");
    free(image);
    write_file(path, "<html>", 6);
    expect_refused(0, WN_ERROR_FORMAT, "not a model");
    how.max_file_size = 5;
    expect_refused(0, WN_ERROR_LIMIT, "max_file_size");
    how.max_file_size = 0;
    unlink(path);
    expect_refused(0, WN_ERROR_IO, "cannot open");
    cr_assert_eq(mkdir(path, 0700), 0);
    expect_refused(0, WN_ERROR_IO, "a directory");
    rmdir(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_refused(0, WN_ERROR_IO, "not a regular file");
}

Test(reload, probes_are_replayed, .init = start, .fini = stop)
{
    static const char probes[] = SOFTMAX ",\"probe_tolerance\":1e-9,\"probes\":[{\"text\":\"x\","
                                         "\"scores\":[%s]}]";
    char fields[200];
    snprintf(fields, sizeof fields, probes, "0.5,0.5");
    write_model(fields, AB, ROW2("2"));
    expect_refused(0, WN_ERROR_CORRUPT, "1 of 1 probes differ");
    cr_assert_eq(wn_slot_reload(slot, path, NULL, NULL, NULL), WN_ERROR_CORRUPT);
    write_model(fields, AB, ROW2("0"));
    expect_new(0);
}

Test(reload, a_file_that_was_looked_at_is_left_alone, .init = start, .fini = stop)
{
    int is_new;
    wn_error error;
    settle();
    expect_new(WN_RELOAD_IF_CHANGED); /* the slot has not looked at it yet */
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_OK);
    cr_assert_eq(is_new, 0);
    expect_new(0); /* without that flag it is read all the same */
    write_file(path, "{", 1);
    settle();
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_ERROR_CORRUPT);
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_OK); /* said once */
    cr_assert_eq(is_new, 0);
    unlink(path);
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_ERROR_IO);
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_OK);
    write_model(SOFTMAX, AB, ROW2("3"));
    settle();
    expect_new(WN_RELOAD_IF_CHANGED);
    cr_assert_eq(now(), 3);
    /* The same size and contents under the same name: it is another file all the same. */
    unlink(path);
    write_model(SOFTMAX, AB, ROW2("4"));
    settle();
    expect_new(WN_RELOAD_IF_CHANGED);
    cr_assert_eq(now(), 4);
}

Test(reload, a_change_within_a_tick_of_the_clock_is_seen, .init = start, .fini = stop)
{
    for (unsigned i = 0; i < 50; i++) {
        write_model(SOFTMAX, AB, i % 2 == 0 ? ROW2("2") : ROW2("3"));
        expect_new(WN_RELOAD_IF_CHANGED);
        cr_assert_eq(now(), 2 + i % 2);
    }
}

Test(reload, without_memory_a_file_is_tried_again, .init = start, .fini = stop)
{
    int is_new;
    wn_error error;
    settle();
    for (size_t n = 1;; n++) { /* with a probe: its context takes memory too */
        write_model(SOFTMAX ",\"probes\":[{\"text\":\"\",\"scores\":[0.5,0.5]}]", AB, ROW2("6"));
        settle();
        tally_fail(&of_models, n, true);
        wn_status status = reload(WN_RELOAD_IF_CHANGED, &is_new, &error);
        tally_fail(&of_models, 0, false);
        if (status == WN_OK) {
            cr_assert_gt(n, 10);
            break;
        }
        cr_assert_eq(status, WN_ERROR_MEMORY);
        cr_assert_eq(now(), 1);
        if (n == 3) { /* once is enough: it takes time to settle */
            expect_new(WN_RELOAD_IF_CHANGED);
            cr_assert_eq(now(), 6);
            write_model(SOFTMAX, AB, ROW2("1"));
            expect_new(0);
        }
    }
}

Test(reload, without_descriptors_a_file_is_tried_again, .init = start, .fini = stop)
{
    int is_new;
    wn_error error;
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    write_model(SOFTMAX, AB, ROW2("6"));
    settle();
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_ERROR_IO);
        cr_assert_eq(now(), 1);
    }
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    expect_new(WN_RELOAD_IF_CHANGED);
    cr_assert_eq(now(), 6);
}

Test(reload, the_way_back_is_one_step, .init = start, .fini = stop)
{
    cr_assert_eq(wn_slot_rollback(slot), WN_ERROR_ARGUMENT);
    write_model(SOFTMAX, AB, ROW2("2"));
    expect_new(WN_RELOAD_KEEP_PREVIOUS);
    write_model(SOFTMAX, AB, ROW2("3"));
    expect_new(WN_RELOAD_KEEP_PREVIOUS);
    write_file(path, "{", 1);
    expect_refused(WN_RELOAD_KEEP_PREVIOUS, WN_ERROR_CORRUPT, ""); /* takes no step */
    cr_assert_eq(wn_slot_rollback(slot), WN_OK);
    cr_assert_eq(now(), 2);
    cr_assert_eq(wn_slot_rollback(slot), WN_ERROR_ARGUMENT);
    cr_assert_eq(now(), 2);
    write_model(SOFTMAX, AB, ROW2("4"));
    expect_new(WN_RELOAD_KEEP_PREVIOUS);
    write_model(SOFTMAX, AB, ROW2("5"));
    expect_new(0); /* forgets */
    cr_assert_eq(wn_slot_rollback(slot), WN_ERROR_ARGUMENT);
    cr_assert_eq(now(), 5);
    cr_assert_eq(wn_slot_rollback(NULL), WN_ERROR_ARGUMENT);
}

Test(reload, an_empty_slot_takes_the_first_model_that_opens, .init = start, .fini = stop)
{
    const wn_model *model;
    wn_slot_free(slot);
    cr_assert_eq(wn_slot_new(NULL, NULL, &slot), WN_OK);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(wn_slot_acquire(slot, ctx, &model), WN_ERROR_ARGUMENT);
    cr_assert_null(model);
    cr_assert_not_null(strstr(wn_ctx_error(ctx)->message, "empty"));
    cr_assert_eq(wn_slot_rollback(slot), WN_ERROR_ARGUMENT);
    write_model(SOFTMAX, AC, ROW2("8"));
    settle();
    expect_new(WN_RELOAD_IF_CHANGED | WN_RELOAD_KEEP_PREVIOUS);
    cr_assert_eq(now(), 8);
    cr_assert_eq(wn_slot_rollback(slot), WN_ERROR_ARGUMENT); /* never to an empty one */
    int is_new;
    wn_error error;
    cr_assert_eq(reload(WN_RELOAD_IF_CHANGED, &is_new, &error), WN_OK);
    cr_assert_eq(is_new, 0);
}

Test(reload, wrong_arguments_are_named, .init = start, .fini = stop)
{
    int is_new = 7;
    wn_error error;
    wn_reload_options options = {.size = sizeof options, .flags = 8};
    cr_assert_eq(wn_slot_reload(NULL, path, NULL, &is_new, &error), WN_ERROR_ARGUMENT);
    cr_assert_eq(is_new, 0);
    cr_assert_eq(wn_slot_reload(slot, NULL, NULL, &is_new, &error), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_reload(slot, path, &options, &is_new, &error), WN_ERROR_ARGUMENT);
    options = (wn_reload_options){.size = 1};
    cr_assert_eq(wn_slot_reload(slot, path, &options, &is_new, &error), WN_ERROR_ARGUMENT);
    cr_assert_eq(now(), 1);
}
