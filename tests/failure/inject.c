/* inject.c - every call for memory, and every call of the operating system, fails once, and then
 * fails for ever: the answer is an error with a message, nothing leaks, nothing half made is left
 * behind, and the models that are there go on with the same bits.
 *
 * usage: inject [--all]
 *
 * For each operation and way of failing: call number n = 1, 2, 3, ... fails, until no call is left
 * that could. Without --all the steps grow where an operation has hundreds of calls.
 *
 * A new operation is a function and a line in a table. The function is called with the faults armed
 * and makes its calls of the library; then it disarms, looks at what is there, and cleans up.
 */
#define _GNU_SOURCE    /* RTLD_NEXT */
#undef _FORTIFY_SOURCE /* faults.h defines what it would replace */

#include "trial.h"

#include <time.h>

void support_stop(const char *what)
{
    fprintf(stderr, "inject: %s\n", what);
    abort();
}

/* ---- Opening ---- */

static char path[80], out_path[80];

static void write_image(const char *to, image i)
{
    write_file(to, i.bytes, i.len);
    free(i.bytes);
}

static const wn_model *open_image(image i, wn_scoring scoring)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    const wn_model *model;
    if (wn_model_open_memory(i.bytes, i.len, &options, &model, NULL) != WN_OK)
        support_stop("a model does not open");
    free(i.bytes);
    return model;
}

/* What a model says in a context of its own. */
static uint64_t digest_in_peace(const wn_model *model)
{
    uint64_t digest = 0;
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK || classify(ctx, model, N_TEXTS, &digest) != WN_OK)
        support_stop("a model does not classify");
    wn_ctx_free(ctx);
    return digest;
}

static wn_status run_open(const operation *o, wn_error *error, uint64_t *digest)
{
    wn_open_options options = {.size = sizeof options,
                               .scoring = o->scoring,
                               .vocabulary = {liblinear_terms, sizeof liblinear_terms - 1},
                               .flags = o->flags};
    if (strcmp(o->name, "open liblinear") != 0)
        options.vocabulary = (wn_text){NULL, 0};
    const wn_model *model = standing[0];
    wn_status status = wn_model_open(o->path, &options, &model, error);
    disarm();
    expect((status == WN_OK) == (model != NULL), "a failure leaves a model, or success none");
    if (status == WN_OK)
        *digest = digest_in_peace(model);
    wn_model_unref(status == WN_OK ? model : NULL);
    return status;
}

static void open_all(void)
{
    static const sample as_json[] = {SAMPLE_TERMS, SAMPLE_STAGES, SAMPLE_TAGS, SAMPLE_OVA};
    operation o = {.run = run_open, .path = path, .n_memory = 15, .n_io = 5};
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        o.detail = sample_names[kind];
        write_image(path, image_of_winnow((sample)kind));
        o.name = "open winnow";
        run_all(&o);
        o.name = "map winnow";
        o.flags = WN_OPEN_MAP;
        o.n_io = 3;
        run_all(&o);
        o.flags = 0;
        o.n_io = 5;
    }
    o.name = "open json";
    for (size_t i = 0; i < WN__COUNT(as_json); i++) {
        o.detail = sample_names[as_json[i]];
        write_image(path, image_of_json(as_json[i]));
        run_all(&o);
    }
    o.name = "open liblinear";
    o.detail = "three labels";
    write_image(path, image_of_liblinear());
    run_all(&o);
    for (int scoring = 0; scoring < 2; scoring++) {
        o.scoring = (wn_scoring)scoring;
        o.detail = scoring == 0 ? "fast" : "exact";
        o.name = "open bin";
        write_image(path, image_of_bin(60));
        run_all(&o);
        o.name = "open large bin"; /* its rows are folded while they are read, piece by piece */
        o.n_each = 12;
        write_image(path, image_of_bin(1 << 20));
        run_all(&o);
        o.n_each = 0;
        o.name = "open ftz";
        write_image(path, image_of_ftz());
        run_all(&o);
    }
}

/* ---- Using a model ---- */

/* An operation in a context, which after a failure can go on. */

static wn_status run_use(const operation *o,
                         wn_status (*what)(const operation *, wn_ctx *, uint64_t *),
                         wn_error *error, uint64_t *digest)
{
    wn_ctx *ctx = standing_ctx;
    wn_status status = wn_ctx_new(NULL, &ctx);
    if (status != WN_OK) {
        disarm();
        expect(ctx == NULL, "a failure leaves a context");
        *error = (wn_error){status, 0, "contexts have no detail"};
        return status;
    }
    status = what(o, ctx, digest);
    disarm();
    if (status != WN_OK) {
        uint64_t again = 0;
        *error = *wn_ctx_error(ctx);
        expect(what(o, ctx, &again) == WN_OK, "a context cannot go on after a failure");
        expect_bits(again, "a context says something else after a failure");
    }
    wn_ctx_free(ctx);
    return status;
}

static wn_status use_batch(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    return classify(ctx, o->model, o->n_texts, digest);
}

/* Paragraphs with their neighbours, by two models at once. */
static wn_status use_document(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    static const char document[] = "Harbour vote now, free offer.\n\nwinter goal\n\npolice x 7";
    wn_classify_options options = {.size = sizeof options, .k = 0, .context = 1};
    const wn_model *models[2] = {o->model, standing[0]};
    wn_result result;
    wn_status status =
        wn_classify(ctx, models, 2, document, sizeof document - 1, &options, &result);
    if (status == WN_OK)
        *digest = digest_of_result(&result);
    return status;
}

static wn_status use_fields(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    static const char *const names[2] = {"", "body"};
    wn_result result;
    wn_status status =
        wn_classify_fields(ctx, &o->model, 1, names, 2, texts, 5, &all_labels, &result);
    if (status == WN_OK)
        *digest = digest_of_result(&result);
    return status;
}

static wn_status use_vectors(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    static const wn_entry entries[2] = {{0, 0.5}, {3, 0.25}};
    const wn_vector vectors[2] = {{entries, 2}, {entries, 1}};
    wn_result result;
    wn_status status = wn_classify_vectors(ctx, o->model, vectors, 2, &all_labels, &result);
    if (status == WN_OK)
        *digest = digest_of_result(&result);
    return status;
}

static wn_status use_explain(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    wn_explanation e;
    wn_status status = WN_OK;
    for (size_t i = 0; i < 3 && status == WN_OK; i++) {
        status = wn_explain(ctx, o->model, texts[i].data, texts[i].len, 1, &e);
        if (status != WN_OK)
            return status;
        *digest = mix(*digest, &e.logit, sizeof e.logit);
        for (size_t j = 0; j < e.n; j++)
            *digest = mix(*digest, &e.contributions[j].value, sizeof(double));
    }
    return status;
}

static wn_status use_verify(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    wn_verify_report report = {.size = sizeof report};
    wn_status status = wn_model_verify(o->model, ctx, &report);
    if (status == WN_OK)
        *digest = mix(report.n_probes, &report.max_difference, sizeof report.max_difference);
    expect(status != WN_OK || report.n_probes == 2, "the probes are not there");
    return status;
}

static wn_status use_fasttext_line(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    static const char line[] = "harbour winter offer goal\n";
    wn_fasttext_line answer;
    wn_status status =
        wn_fasttext_predict(ctx, o->model, line, sizeof line - 1, -1, -1.0f, &answer);
    for (uint32_t i = 0; status == WN_OK && i < answer.n_scores; i++)
        *digest = mix(*digest, &answer.scores[i].probability, sizeof(double));
    return status;
}

static wn_status use_split(const operation *o, wn_ctx *ctx, uint64_t *digest)
{
    const wn_span *spans;
    size_t n;
    (void)o;
    wn_status status = wn_split(ctx, "one\n\ntwo\n\nthree", 15, WN_SPLIT_AUTO, &spans, &n);
    for (size_t i = 0; status == WN_OK && i < n; i++)
        *digest = mix(*digest, &spans[i].end, sizeof spans[i].end);
    return status;
}

#define USE(name)                                                                                  \
    static wn_status run_##name(const operation *o, wn_error *error, uint64_t *digest)             \
    {                                                                                              \
        return run_use(o, use_##name, error, digest);                                              \
    }
USE(batch)
USE(document)
USE(fields)
USE(vectors)
USE(explain)
USE(verify)
USE(fasttext_line)
USE(split)

static void use_all(void)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int scoring = 0; scoring < 2; scoring++) {
            bool is_fasttext = sample_is_fasttext((sample)kind);
            if (scoring == 1 && !is_fasttext)
                continue;
            const wn_model *model = open_image(image_of_json((sample)kind), (wn_scoring)scoring);
            operation o = {
                .detail = sample_names[kind], .model = model, .n_texts = 1, .n_memory = 4};
            o.name = scoring == 0 ? "classify one" : "classify one, exact";
            o.run = run_batch;
            run_all(&o);
            o.name = scoring == 0 ? "classify many" : "classify many, exact";
            o.n_texts = N_MANY;
            run_all(&o);
            o.name = "classify a document";
            o.run = run_document;
            run_all(&o);
            if (kind != SAMPLE_TREE && kind != SAMPLE_BUSH) {
                o.name = "explain";
                o.run = run_explain;
                run_all(&o);
            }
            if (is_fasttext && scoring == 1) {
                o.name = "fasttext line";
                o.run = run_fasttext_line;
                run_all(&o);
            }
            wn_model_unref(model);
        }
    }
    const operation others[] = {
        {"classify fields", "", run_fields, .model = standing[1], .n_memory = 4},
        {"classify vectors", "", run_vectors, .model = standing[1], .n_memory = 4},
        {"verify", "", run_verify, .model = standing[2], .n_memory = 4},
        {"split", "", run_split, .n_memory = 1},
    };
    for (size_t i = 0; i < WN__COUNT(others); i++)
        run_all(&others[i]);
}

/* ---- Slots ---- */

static wn_slot *made_slot;
static wn_ctx *made_ctx;

/* The slot's current model is the one of the standing ones that it should be. */
static void expect_current(size_t which)
{
    const wn_model *model;
    uint64_t digest = 0;
    expect(wn_slot_acquire(made_slot, made_ctx, &model) == WN_OK, "the slot has no model");
    expect(model == standing[which], "the slot has another model");
    expect(classify(made_ctx, model, 3, &digest) == WN_OK && digest == standing_digests[which],
           "the slot's model says something else");
    wn_slot_release(made_slot, made_ctx);
}

static wn_status run_slot(const operation *o, wn_error *error, uint64_t *digest)
{
    const wn_model *held;
    size_t current = 0;
    (void)o;
    (void)digest;
    *error = (wn_error){WN_ERROR_MEMORY, 0, "slots have no detail"};
    made_slot = NULL;
    made_ctx = NULL;
    wn_status status = wn_slot_new(standing[0], NULL, &made_slot);
    if (status == WN_OK)
        status = wn_ctx_new(NULL, &made_ctx);
    for (size_t i = 1; i < 6 && status == WN_OK; i++) {
        status = wn_slot_acquire(made_slot, made_ctx, &held);
        if (status != WN_OK)
            break;
        expect(held == standing[current], "acquire gives another model");
        status = wn_slot_publish(made_slot, standing[i % N_STANDING]);
        if (status == WN_OK)
            current = i % N_STANDING;
        wn_slot_release(made_slot, made_ctx);
    }
    disarm();
    if (made_slot != NULL && made_ctx != NULL)
        expect_current(current);
    wn_ctx_free(made_ctx);
    wn_slot_free(made_slot);
    return status;
}

static void prepare_slot(const operation *o)
{
    (void)o;
    if (wn_slot_new(standing[1], NULL, &made_slot) != WN_OK || wn_ctx_new(NULL, &made_ctx) != WN_OK)
        support_stop("no slot");
    expect_current(1); /* the context is warm, and known to the slot */
}

static void release_slot(void)
{
    wn_ctx_free(made_ctx);
    wn_slot_free(made_slot);
}

static wn_status reload(const operation *o, int *is_new, wn_error *error)
{
    wn_reload_options options = {.size = sizeof options,
                                 .flags = WN_RELOAD_KEEP_PREVIOUS | WN_RELOAD_IF_CHANGED};
    return wn_slot_reload(made_slot, o->path, &options, is_new, error);
}

/* The slot has a model that came from the file; *digest becomes what it says. */
static void expect_new_model(uint64_t *digest)
{
    const wn_model *model = standing[1];
    expect(wn_slot_acquire(made_slot, made_ctx, &model) == WN_OK && model != standing[1] &&
               classify(made_ctx, model, 3, digest) == WN_OK,
           "the slot did not get the new model");
    wn_slot_release(made_slot, made_ctx);
}

/* The file is not to blame for a failure: it is tried again although it has not changed. */
static wn_status run_reload(const operation *o, wn_error *error, uint64_t *digest)
{
    int is_new = 7, is_new_now = 7;
    wn_status status = reload(o, &is_new, error);
    disarm();
    expect(is_new == (status == WN_OK), "is_new is wrong");
    if (status != WN_OK) {
        expect_current(1);
        expect(reload(o, &is_new_now, NULL) == WN_OK && is_new_now == 1,
               "the file is not tried again");
    }
    expect_new_model(digest);
    expect_bits(*digest, "the slot's new model says something else");
    release_slot();
    return status;
}

static void prepare_rollback(const operation *o)
{
    int is_new;
    prepare_slot(o);
    if (reload(o, &is_new, NULL) != WN_OK || is_new != 1)
        support_stop("no reload");
}

static wn_status run_rollback(const operation *o, wn_error *error, uint64_t *digest)
{
    (void)o;
    wn_status status = wn_slot_rollback(made_slot);
    disarm();
    if (status != WN_OK) {
        *error = (wn_error){status, 0, "slots have no detail"};
        expect_new_model(digest);
        expect(wn_slot_rollback(made_slot) == WN_OK, "a rollback cannot be done again");
    }
    *digest = 0;
    expect_current(1);
    release_slot();
    return status;
}

static void swap_all(void)
{
    const struct timespec pause = {.tv_nsec = 60000000};
    write_image(path, image_of_winnow(SAMPLE_TERMS));
    nanosleep(&pause, NULL); /* until a later change cannot have the same times */
    const operation all[] = {
        {"slot", "", run_slot, .n_memory = 8},
        {"reload", "", run_reload, prepare_slot, path, .n_memory = 20, .n_io = 6},
        {"rollback", "", run_rollback, prepare_rollback, path, .n_memory = 1},
    };
    for (size_t i = 0; i < WN__COUNT(all); i++)
        run_all(&all[i]);
}

/* ---- Converting ---- */

static image old_file; /* what the destination is before; no bytes: there is none */

static void prepare_old_file(const operation *o)
{
    (void)o;
    unlink(out_path);
    if (old_file.bytes != NULL)
        write_file(out_path, old_file.bytes, old_file.len);
}

/* 0: it is no model. */
static uint64_t digest_of_image(image i)
{
    const wn_model *model;
    if (wn_model_open_memory(i.bytes, i.len, NULL, &model, NULL) != WN_OK)
        return 0;
    uint64_t digest = digest_in_peace(model);
    wn_model_unref(model);
    return digest;
}

/* The destination is the old file, or none, or a whole new one. */
static wn_status run_convert(const operation *o, wn_error *error, uint64_t *digest)
{
    wn_convert_options options = {.size = sizeof options,
                                  .format = o->format,
                                  .keep = o->keep,
                                  .probes = texts + 1,
                                  .n_probes = 2};
    wn_status status = wn_convert(o->path, out_path, &options, error);
    disarm();
    bool is_there = access(out_path, F_OK) == 0;
    image left = {NULL, 0};
    if (is_there)
        left.bytes = read_file(out_path, &left.len);
    expect(is_there == (status == WN_OK || old_file.bytes != NULL), "a file came or is gone");
    expect(status != WN_OK || digest_of_image(left) != 0, "what was made is no model");
    if (status == WN_OK && is_there)
        expect((*digest = digest_of_image(left)) != 0, "what was made is no model");
    else if (is_there)
        expect(left.len == old_file.len && memcmp(left.bytes, old_file.bytes, left.len) == 0,
               "a failure leaves something else than the old file");
    free(left.bytes);
    unlink(out_path);
    expect(count_files() == 3, "a file is left behind"); /* this folder, its parent, the input */
    return status;
}

static void convert_all(void)
{
    static const operation all[] = {
        {"convert", "json to winnow", .format = WN_FORMAT_WINNOW, .keep = WN_KEEP_BOTH},
        {"convert", "winnow to json", .format = WN_FORMAT_JSON},
        {"convert", "bin to winnow", .format = WN_FORMAT_WINNOW, .keep = WN_KEEP_FAST},
        {"convert", "ftz to winnow", .format = WN_FORMAT_WINNOW},
    };
    for (size_t i = 0; i < WN__COUNT(all); i++) {
        operation o = all[i];
        write_image(path, i == 0   ? image_of_json(SAMPLE_FOLDED)
                          : i == 1 ? image_of_winnow(SAMPLE_STAGES)
                          : i == 2 ? image_of_bin(60)
                                   : image_of_ftz());
        o.run = run_convert;
        o.prepare = prepare_old_file;
        o.path = path;
        o.n_memory = 30;
        o.n_io = 13;
        if (i % 2 == 0) {
            static uint8_t bytes[] = "the old file";
            old_file = (image){bytes, sizeof bytes};
        }
        run_all(&o);
        old_file = (image){NULL, 0};
    }
    /* The destination is the input. */
    const operation o = {"convert",        "in place", run_convert,
                         prepare_old_file, out_path,   .n_io = 13};
    old_file = image_of_winnow(SAMPLE_TERMS);
    run_all(&o);
    free(old_file.bytes);
    old_file = (image){NULL, 0};
}

/* ---- Freeing ---- */

static const wn_model *made_model;

static void prepare_objects(const operation *o)
{
    wn_open_options options = {.size = sizeof options, .flags = o->flags};
    uint64_t digest;
    prepare_slot(o);
    if (wn_model_open(o->path, &options, &made_model, NULL) != WN_OK ||
        classify(made_ctx, made_model, N_TEXTS, &digest) != WN_OK ||
        wn_slot_publish(made_slot, made_model) != WN_OK)
        support_stop("nothing to free");
}

/* What frees asks for nothing, and so it cannot fail. */
static wn_status run_free(const operation *o, wn_error *error, uint64_t *digest)
{
    (void)o;
    (void)error;
    (void)digest;
    wn_ctx_free(made_ctx);
    wn_slot_free(made_slot);
    wn_model_unref(made_model);
    disarm();
    size_t n = 0;
    for (int c = 0; c < N_CALLS; c++)
        n += fault.n_seen[c];
    expect(n == 0, "freeing asks for something");
    return WN_OK;
}

static void free_all(void)
{
    operation o = {"free", "read", run_free, prepare_objects, path, .n_io = 0};
    write_image(path, image_of_winnow(SAMPLE_FOLDED));
    run_all(&o);
    o.flags = WN_OPEN_MAP;
    o.detail = "mapped";
    run_all(&o);
}

/* Stages of doubles, on OpenBLAS where it is used. */
static void multiply_all(void)
{
    const wn_model *model = open_image(image_of_dense(), WN_SCORING_FAST);
    (void)digest_in_peace(model); /* OpenBLAS keeps what it takes here */
    operation o = {"classify one", "dense", run_batch, .model = model, .n_texts = 1, .n_memory = 4};
    run_all(&o);
    o.name = "classify many";
    o.n_texts = N_MANY;
    run_all(&o);
    wn_model_unref(model);
}

/* ---- All of it ---- */

static void start(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/winnow-inject-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        support_stop("no folder for files");
    snprintf(path, sizeof path, "%s/model", folder);
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    make_texts();
    standing[0] = open_image(image_of_winnow(SAMPLE_FOLDED), WN_SCORING_FAST);
    standing[1] = open_image(image_of_json(SAMPLE_TERMS), WN_SCORING_FAST);
    wn_open_options options = {.size = sizeof options, .flags = WN_OPEN_MAP};
    wn_convert_options with_probes = {
        .size = sizeof with_probes, .keep = WN_KEEP_BOTH, .probes = texts + 1, .n_probes = 2};
    write_image(path, image_of_json(SAMPLE_OVA));
    if (wn_convert(path, out_path, &with_probes, NULL) != WN_OK ||
        wn_model_open(out_path, &options, &standing[2], NULL) != WN_OK ||
        wn_ctx_new(NULL, &standing_ctx) != WN_OK)
        support_stop("no mapped model");
    unlink(out_path);
    for (size_t i = 0; i < N_STANDING; i++) {
        if (classify(standing_ctx, standing[i], 3, &standing_digests[i]) != WN_OK)
            support_stop("a model does not classify");
    }
}

static void stop(void)
{
    for (size_t i = 0; i < N_STANDING; i++)
        wn_model_unref(standing[i]);
    wn_ctx_free(standing_ctx);
    unlink(path);
    unlink(out_path);
    rmdir(folder);
}

int main(int argc, char **argv)
{
    takes_all = argc > 1 && strcmp(argv[1], "--all") == 0;
    start();
    open_all();
    use_all();
    multiply_all();
    swap_all();
    convert_all();
    free_all();
    stop();
    size_t n_in_all = 0;
    printf("inject: %zu operations;", n_operations);
    for (int mode = 0; mode < N_FAULT_MODES; mode++) {
        printf(" %s %zu,", mode_names[mode], n_injected[mode]);
        n_in_all += n_injected[mode];
        n_bad += n_injected[mode] < 50;
    }
    printf(" in all %zu failures, %zu of them passed over as they may be; %zu wrong\n", n_in_all,
           n_passed_over, n_bad);
    return n_bad == 0 ? 0 : 1;
}
