/* explanation.c - contributions to a logit, put together for showing. */
#include "explanation.h"

#include "buffer.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct word *cut_words(const char *text, size_t len, size_t *n)
{
    struct word *words = NULL;
    size_t cap = 0;
    *n = 0;
    for (size_t at = 0; at < len;) {
        size_t begin = at;
        while (at < len && !is_space(text[at]))
            at++;
        if (at == begin) {
            at++;
            continue;
        }
        if (*n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            words = grow_memory(words, cap, sizeof *words);
        }
        words[(*n)++] = (struct word){.begin = begin, .end = at};
    }
    return words;
}

/* The first word that ends behind a byte. */
static size_t first_word(const struct word *words, size_t n, size_t byte)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle].end > byte)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct word *explanation_words(const char *text, size_t len, const wn_explanation *explanation,
                               size_t *n)
{
    struct word *words = cut_words(text, len, n);
    for (size_t i = 0; i < explanation->n; i++) {
        const wn_contribution *one = &explanation->contributions[i];
        size_t first = first_word(words, *n, one->begin), last = first;
        while (last < *n && words[last].begin < one->end)
            last++;
        for (size_t j = first; j < last; j++)
            words[j].value += one->value / (double)(last - first);
    }
    return words;
}

/* A contribution with what it is compared by. */
struct place {
    const wn_contribution *one;
    const char *text;
};

static int compare_bytes(const struct place *x, const struct place *y)
{
    size_t x_len = x->one->end - x->one->begin, y_len = y->one->end - y->one->begin;
    if (x->one->block != y->one->block)
        return x->one->block < y->one->block ? -1 : 1;
    if (x_len != y_len)
        return x_len < y_len ? -1 : 1;
    return x_len > 0 ? memcmp(x->text + x->one->begin, y->text + y->one->begin, x_len) : 0;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = compare_bytes(x, y);
    if (order != 0)
        return order;
    return x->one->begin < y->one->begin ? -1 : x->one->begin > y->one->begin;
}

static int compare_ngrams(const void *a, const void *b)
{
    const struct ngram *x = a, *y = b;
    double x_size = fabs(x->value), y_size = fabs(y->value);
    if (x_size != y_size)
        return x_size > y_size ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

struct ngram *explanation_ngrams(const char *text, const wn_explanation *explanation, size_t *n)
{
    struct place *places = take_zeroed(explanation->n, sizeof *places);
    struct ngram *ngrams = take_zeroed(explanation->n, sizeof *ngrams);
    *n = 0;
    for (size_t i = 0; i < explanation->n; i++)
        places[i] = (struct place){&explanation->contributions[i], text};
    if (explanation->n > 1)
        qsort(places, explanation->n, sizeof *places, compare_places);
    for (size_t i = 0; i < explanation->n; i++) {
        const wn_contribution *one = places[i].one;
        if (i == 0 || compare_bytes(&places[i - 1], &places[i]) != 0)
            ngrams[(*n)++] = (struct ngram){.begin = one->begin, .end = one->end};
        ngrams[*n - 1].n++;
        ngrams[*n - 1].value += one->value;
    }
    if (*n > 1)
        qsort(ngrams, *n, sizeof *ngrams, compare_ngrams);
    free(places);
    return ngrams;
}
