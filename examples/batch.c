/* batch.c - many texts on several threads: one model for all, one context for each thread.
 *
 *     usage: batch [MODEL]
 *
 * The texts are scored on one thread and then on four, in other batches. The answers are the same
 * bits, which the program checks: how texts are dealt out never changes a result.
 */
#include <winnow.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define N_TEXTS 1000
#define N_THREADS 4

static const char *const sentences[] = {
    "The striker scored twice in the second half of the final.",
    "Shares fell after the central bank raised its interest rate.",
    "Divers found a coral reef that no map of the bay shows.",
    "Order before midnight and get the second pair for free!",
    "Parliament votes on the new coalition's budget tomorrow.",
    "Soldiers at the border exchanged fire with a militant group.",
    "The museum opens its first exhibition of Baroque drawings.",
};
#define N_SENTENCES (sizeof sentences / sizeof sentences[0])

/* The best label of a text; label UINT32_MAX: none. */
typedef struct answer {
    uint32_t label;
    double probability;
} answer;

/* One thread's part of the work. */
typedef struct share {
    const wn_model *model;
    const wn_text *texts; /* [n] */
    answer *answers;      /* [n] */
    size_t n, batch;      /* texts, texts in one call */
    wn_status status;
} share;

static void *classify(void *argument)
{
    share *s = argument;
    wn_ctx *ctx;
    s->status = wn_ctx_new(NULL, &ctx);
    if (s->status != WN_OK)
        return NULL;
    for (size_t first = 0; first < s->n; first += s->batch) {
        size_t n = s->n - first < s->batch ? s->n - first : s->batch;
        wn_result result;
        s->status = wn_classify_batch(ctx, &s->model, 1, s->texts + first, n, NULL, &result);
        if (s->status != WN_OK) {
            fprintf(stderr, "cannot classify: %s\n", wn_ctx_error(ctx)->message);
            break;
        }
        for (size_t i = 0; i < n; i++) {
            const wn_prediction *p = &result.paragraphs[i].predictions[0];
            s->answers[first + i] = (answer){UINT32_MAX, 0};
            if (p->n_scores > 0)
                s->answers[first + i] = (answer){p->scores[0].label, p->scores[0].probability};
        }
    }
    wn_ctx_free(ctx);
    return NULL;
}

/* Classifies all texts on four threads; false when one of them fails. */
static bool classify_threaded(const wn_model *model, const wn_text *texts, answer *answers)
{
    pthread_t threads[N_THREADS];
    share shares[N_THREADS];
    size_t n_started = 0;
    bool is_fine = true;
    for (size_t t = 0; t < N_THREADS && is_fine; t++) {
        size_t begin = t * N_TEXTS / N_THREADS, end = (t + 1) * N_TEXTS / N_THREADS;
        shares[t] = (share){model, texts + begin, answers + begin, end - begin, 33, WN_OK};
        is_fine = pthread_create(&threads[t], NULL, classify, &shares[t]) == 0;
        n_started += is_fine;
    }
    for (size_t t = 0; t < n_started; t++) {
        pthread_join(threads[t], NULL);
        is_fine = is_fine && shares[t].status == WN_OK;
    }
    return is_fine;
}

int main(int argc, char **argv)
{
    static wn_text texts[N_TEXTS];
    static answer alone[N_TEXTS], together[N_TEXTS];
    const char *path = argc > 1 ? argv[1] : "models/topic.winnow";
    const wn_model *model;
    wn_error error;
    for (size_t i = 0; i < N_TEXTS; i++) {
        const char *sentence = sentences[i % N_SENTENCES];
        texts[i] = (wn_text){sentence, strlen(sentence)};
    }
    if (wn_model_open(path, NULL, &model, &error) != WN_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        return 1;
    }
    share all = {model, texts, alone, N_TEXTS, N_TEXTS, WN_OK};
    classify(&all);
    bool is_fine = all.status == WN_OK && classify_threaded(model, texts, together);
    size_t n_different = 0;
    for (size_t i = 0; i < N_TEXTS && is_fine; i++)
        n_different += alone[i].label != together[i].label ||
                       memcmp(&alone[i].probability, &together[i].probability, sizeof(double)) != 0;
    for (size_t i = 0; i < N_SENTENCES && is_fine; i++) {
        const char *label = wn_model_label(model, alone[i].label, NULL);
        printf("%-18s %.2f  %s\n", label == NULL ? "-" : label, alone[i].probability, sentences[i]);
    }
    if (is_fine)
        printf("%d texts on 1 and on %d threads: %zu answers differ\n", N_TEXTS, N_THREADS,
               n_different);
    wn_model_unref(model);
    return is_fine && n_different == 0 ? 0 : 1;
}
