/* memo.c - how large a memo is, for which model, and whose place a new word takes. */
#include "memo.h"

bool wn__memo_open(wn__memo *memo, wn__heap *heap, const void *model, uint64_t checksum,
                   size_t width, size_t n_rows)
{
    if (memo->model == model && memo->checksum == checksum && memo->width == width)
        return true;
    size_t row = width * sizeof(float), part = n_rows * row / WN__MEMO_PART;
    size_t size = part > WN__MEMO_SIZE ? part : WN__MEMO_SIZE;
    size_t head_size = sizeof(wn__memo_keys) + sizeof(wn__memo_set);
    size_t set_size = head_size + WN__MEMO_WAYS * row;
    size_t n_spare = size / 8 / row; /* most of it is for what is remembered */
    n_spare = n_spare < 1 ? 1 : n_spare > WN__MEMO_SPARE ? WN__MEMO_SPARE : n_spare;
    size_t n = size > n_spare * row + set_size ? (size - n_spare * row) / set_size : 1;
    size_t need = n * set_size + n_spare * row;
    bool is_new = need > memo->buffer.cap;
    memo->model = NULL;
    if (is_new) { /* a buffer that grows would take twice as much */
        wn__heap_free(heap, memo->buffer.data);
        memo->buffer = (wn__buffer){0};
    }
    if (!wn__buffer_reserve(heap, &memo->buffer, need, 1, 0))
        return false;
    if (is_new || memo->n != n || memo->owner == UINT8_MAX) {
        memset(memo->buffer.data, 0, n * head_size);
        memo->owner = 0;
    }
    memo->owner++;
    memo->keys = memo->buffer.data;
    memo->sets = (wn__memo_set *)(void *)(memo->keys + n);
    memo->sums = (float *)(void *)(memo->sets + n);
    memo->n = n;
    memo->n_spare = n_spare;
    memo->width = width;
    memo->model = model;
    memo->checksum = checksum;
    return true;
}

void wn__memo_put(wn__memo *memo, uint32_t set, const wn__word *word, const float *sum,
                  uint32_t count)
{
    wn__memo_set *s = &memo->sets[set];
    uint32_t least = s->n_new % WN__MEMO_WAYS; /* of equal ones in turn */
    if (word->len > WN__MEMO_LONGEST || wn__memo_find(memo, set, word) < WN__MEMO_WAYS)
        return;
    for (uint32_t way = 0; way < WN__MEMO_WAYS; way++) /* another model's words are of no use */
        s->used[way] = memo->keys[set].keys[way][1] >> 56 == memo->owner ? s->used[way] : 0;
    for (uint32_t way = 0; way < WN__MEMO_WAYS; way++)
        least = s->used[way] < s->used[least] ? way : least;
    memo->keys[set].keys[least][0] = word->key[0];
    memo->keys[set].keys[least][1] = wn__memo_key_end(memo, word);
    s->counts[least] = count;
    s->used[least] = 0;
    memcpy(memo->sums + wn__memo_row(set, least) * memo->width, sum, memo->width * sizeof *sum);
    s->n_new++;
    for (uint32_t way = 0; way < WN__MEMO_WAYS && s->n_new % 16 == 0; way++)
        s->used[way] /= 2; /* what was common once gives way in the end */
}
