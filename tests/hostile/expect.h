/* expect.h - judges files made by hand: the status and the message of each are known. */
#ifndef WN_HOSTILE_EXPECT_H
#define WN_HOSTILE_EXPECT_H

#include "unit/files.c"
#include "unit/judge.c"
#include "unit/samples.c"
#include "unit/support.c"

void support_stop(const char *what)
{
    fprintf(stderr, "handmade: %s\n", what);
    abort();
}

typedef struct image {
    uint8_t *bytes;
    size_t len;
} image;

static unsigned n_cases, n_opened, n_failed;

/* Judges an image and frees it. */
static void expect(const char *name, image i, wn_status status, const char *message)
{
    const wn_model *model;
    wn_error error = {0};
    verdict v = judge_model(i.bytes, i.len, WN_SCORING_FAST, (wn_text){NULL, 0});
    wn_status again = wn_model_open_memory(i.bytes, i.len, NULL, &model, &error);
    wn_model_unref(model);
    free(i.bytes);
    n_cases++;
    n_opened += v.opened;
    if (v.fault == NULL && v.status == status && again == status &&
        strstr(error.message, message) != NULL)
        return;
    n_failed++;
    fprintf(stderr, "handmade: %s: %s, %s\n    and not %s, %s\n", name, wn_status_name(v.status),
            v.fault != NULL ? v.fault : error.message, wn_status_name(status), message);
}

/* The exit code. */
static int report(void)
{
    printf("handmade: %u files, %u of them open, %u not as expected\n", n_cases, n_opened,
           n_failed);
    return n_failed == 0 ? 0 : 1;
}

#endif
