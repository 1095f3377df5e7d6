/* helpers.c - opens sample models for tests that run under Criterion. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

void support_stop(const char *what)
{
    cr_assert_fail("%s", what);
    abort();
}

/* ---- Opening ---- */

const wn_model *sample_open(sample kind, uint64_t seed, wn_scoring scoring,
                            const wn_allocator *allocator)
{
    size_t len;
    char *json = sample_json(kind, seed, &len);
    wn_open_options options = {.size = sizeof options, .allocator = allocator, .scoring = scoring};
    const wn_model *model;
    wn_error error;
    wn_status status = wn_model_open_memory(json, len, &options, &model, &error);
    free(json);
    cr_assert_eq(status, WN_OK, "%s: %s", sample_names[kind], error.message);
    return model;
}

wn_status open_text(const char *json, const wn_model **model, wn_error *error)
{
    return wn_model_open_memory(json, strlen(json), NULL, model, error);
}
