/* collect.c - what a worker hands to the main thread of each answer, to be counted there in order.
 */
#include "collect.h"

#include "gold.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The layout in batch->out: a head, the labels (each a length and its bytes), the text, then for
 * each model its head and scores. Every part begins at a multiple of 8. */
struct head {
    uint64_t record, paragraph;
    uint64_t size; /* of all of it */
    uint64_t gold_size;
    uint32_t n_gold, text_len;
    int has_gold, is_cut;
};

struct model_head {
    uint32_t n_scores;
    wn_decision decision;
};

_Static_assert(sizeof(struct head) % 8 == 0 && sizeof(struct model_head) % 8 == 0 &&
                   sizeof(struct collected_score) % 8 == 0,
               "the parts keep their alignment");

static size_t padded(size_t size)
{
    return (size + 7) / 8 * 8;
}

static void pad(struct buffer *out)
{
    static const char zeros[8];
    buffer_add(out, zeros, padded(out->len) - out->len);
}

/* How much of a text to keep: not half of a character. */
static size_t kept_len(const char *text, size_t len)
{
    if (len <= COLLECT_TEXT)
        return len;
    size_t at = COLLECT_TEXT;
    while (at > COLLECT_TEXT - 4 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static double finite_value(const wn_score *score)
{
    double value = score_value(score);
    return isfinite(value) ? value : value > 0 ? DBL_MAX : -DBL_MAX;
}

static void add_scores(const wn_prediction *prediction, struct buffer *out)
{
    struct model_head head = {prediction->n_scores, prediction->decision};
    buffer_add(out, &head, sizeof head);
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        const wn_score *score = &prediction->scores[i];
        struct collected_score one;
        memset(&one, 0, sizeof one);
        one.value = finite_value(score);
        one.label = score->label;
        one.is_chosen = score->is_chosen;
        buffer_add(out, &one, sizeof one);
    }
}

static void add_gold(const struct gold *gold, struct buffer *out)
{
    for (size_t i = 0; i < gold->n; i++) {
        size_t len;
        const char *label = gold_label(gold, i, &len);
        uint64_t size = len;
        buffer_add(out, &size, sizeof size);
        buffer_add(out, label, len);
        pad(out);
    }
}

/* Reads the labels; why the record has failed, or NULL. */
static const char *read_gold(const struct collector *collector, const struct answer *answer,
                             struct gold *gold, int *has_gold)
{
    if (!collector->wants_labels)
        return NULL;
    if (collector->forgives_none && answer->labels == NULL)
        return NULL;
    const char *error = gold_read(gold, answer);
    if (error == NULL && gold->n == 0 && !collector->allows_none && !collector->forgives_none)
        error = "no label";
    *has_gold = error == NULL && (gold->n > 0 || collector->allows_none);
    return error;
}

int collect_add(const struct plan *plan, struct batch *batch, const struct answer *answer)
{
    struct gold gold = {0};
    struct buffer *out = &batch->out;
    struct head head = {.record = answer->record, .paragraph = answer->paragraph};
    if (answer->error != NULL)
        return 0; /* counted and told already */
    const char *error = read_gold(plan->user, answer, &gold, &head.has_gold);
    if (error != NULL) {
        batch_fail(batch, answer->record > 0 ? answer->record : answer->paragraph, error);
        gold_free(&gold);
        return 0;
    }
    size_t from = out->len;
    size_t text_len = kept_len(answer->text, answer->text_len);
    head.n_gold = (uint32_t)gold.n;
    head.text_len = (uint32_t)text_len;
    head.is_cut = text_len < answer->text_len;
    buffer_add(out, &head, sizeof head);
    add_gold(&gold, out);
    head.gold_size = out->len - from - sizeof head;
    buffer_add(out, answer->text, text_len);
    pad(out);
    for (size_t i = 0; i < plan->models->n; i++)
        add_scores(&answer->predictions[i], out);
    head.size = out->len - from;
    memcpy(out->data + from, &head, sizeof head);
    gold_free(&gold);
    return 0;
}

int collect_next(const struct batch *batch, size_t *at, struct collected *answer)
{
    struct head head;
    if (*at == batch->out.len)
        return 0;
    const char *from = batch->out.data + *at;
    memcpy(&head, from, sizeof head);
    const char *gold = from + sizeof head;
    *answer = (struct collected){
        .record = head.record,
        .paragraph = head.paragraph,
        .n_gold = head.n_gold,
        .has_gold = head.has_gold,
        .gold = gold,
        .text = gold + head.gold_size,
        .text_len = head.text_len,
        .is_cut = head.is_cut,
        .at = gold + head.gold_size + padded(head.text_len),
    };
    *at += head.size;
    return 1;
}

const char *collected_gold(const struct collected *answer, size_t *at, size_t *len)
{
    uint64_t size;
    memcpy(&size, answer->gold + *at, sizeof size);
    const char *label = answer->gold + *at + sizeof size;
    *len = size;
    *at += sizeof size + padded(size);
    return label;
}

struct collected_model collected_model(struct collected *answer)
{
    struct model_head head;
    memcpy(&head, answer->at, sizeof head);
    const void *scores = answer->at + sizeof head;
    answer->at += sizeof head + head.n_scores * sizeof(struct collected_score);
    return (struct collected_model){scores, head.n_scores, head.decision};
}
