/* verb_verify.c - winnow verify: replays the probes that a model carries. */
#include "args.h"
#include "interrupt.h"
#include "lockdown.h"
#include "message.h"
#include "models.h"
#include "sink.h"

#include <inttypes.h>
#include <string.h>

/* The rows are verified as classify uses them, and the exact ones where the file has both. */
static const struct {
    wn_scoring scoring;
    const char *name;
} passes[] = {{WN_SCORING_FAST, "fast"}, {WN_SCORING_EXACT, "exact"}};

static int verify_opened(const char *path, const char *rows, const wn_model *model)
{
    wn_verify_report report = {.size = sizeof report};
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        stop_for_memory();
    wn_status status = wn_model_verify(model, ctx, &report);
    int code = EXIT_FINE;
    if (status != WN_OK && status != WN_ERROR_CORRUPT) {
        complain("%s: %s", path, wn_ctx_error(ctx)->message);
        code = EXIT_BAD_USAGE;
    } else if (report.n_probes == 0) {
        sink_print("none    %-5s  %s: no probes\n", rows, path);
    } else {
        int is_fine = status == WN_OK && report.n_failed == 0;
        code = is_fine ? EXIT_FINE : EXIT_SOME_FAILED;
        sink_print("%s  %-5s  %s: %" PRIu32 " probes, ", is_fine ? "ok    " : "FAILED", rows, path,
                   report.n_probes);
        if (!is_fine)
            sink_print("%" PRIu32 " failed, first number %" PRIu32 ", ", report.n_failed,
                       report.first_failed + 1);
        sink_print("largest difference %.2g (allowed %.2g)\n", report.max_difference,
                   report.tolerance);
    }
    wn_ctx_free(ctx);
    return code;
}

static int verify(const char *path)
{
    int worst = EXIT_FINE;
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        wn_open_options options = {.size = sizeof options, .scoring = passes[i].scoring};
        const wn_model *model;
        wn_error error;
        wn_status status = wn_model_open(path, &options, &model, &error);
        if (status == WN_ERROR_UNSUPPORTED && i > 0)
            break; /* the file keeps no exact rows */
        if (status != WN_OK) {
            complain_of_model(path, &error);
            return EXIT_BAD_USAGE;
        }
        wn_model_info info = {.size = sizeof info};
        wn_model_get_info(model, &info);
        int is_exact_anyway = !info.has_fast;
        int code = verify_opened(path, is_exact_anyway ? "exact" : passes[i].name, model);
        wn_model_unref(model);
        worst = code > worst ? code : worst;
        if (is_exact_anyway)
            break;
    }
    return worst;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct words operands = {0};
    struct paths paths = {0};
    int code = args_parse(verb, argc, argv, NULL, &operands);
    if (code == ARGS_GO_ON) {
        for (size_t i = 0; i < operands.n; i++)
            models_find(&paths, operands.items[i]);
        code = paths.n > 0 ? EXIT_FINE : models_find_shipped(&paths);
        for (size_t i = 0; i < paths.n; i++)
            lockdown_read(paths.items[i]);
        lockdown_begin();
        for (size_t i = 0; i < paths.n && !interrupted(); i++) {
            int one = verify(paths.items[i]);
            code = one > code ? one : code;
        }
    }
    paths_free(&paths);
    words_free(&operands);
    return code;
}

const struct verb verb_verify = {
    .name = "verify",
    .arguments = "[MODEL]...",
    .summary = "Replay the texts that a model carries with the scores of its trainer",
    .details = "MODEL is a file or the name of a shipped model; without one, all shipped models.\n"
               "The file's checksum, lengths and numbers are checked by opening it. Exit status 1\n"
               "when a probe fails, 2 when a file cannot be read.\n\n"
               "examples:\n"
               "  winnow verify\n"
               "  winnow verify new/topic.winnow && cp new/topic.winnow live/\n",
    .run = run,
};
