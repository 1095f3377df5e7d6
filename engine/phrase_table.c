/* phrase_table.c - builds the tables of word n-grams.
 *
 * How many pieces and steps are different shows only when all terms are in: both tables double when
 * two thirds are full.
 */
#include "phrase_table.h"

typedef struct builder {
    wn__phrases *phrases;
    wn__heap *heap;
    wn__piece_slot *pieces;
    wn__step_slot *steps;
    uint32_t n_pieces, n_steps, n_nodes;
} builder;

/* Beyond that nothing doubles any more. */
#define MOST_SLOTS ((uint32_t)1 << 31)

static bool is_crowded(uint32_t n, uint32_t n_slots)
{
    return n >= n_slots / 3 * 2;
}

static uint64_t hash_of(const builder *b, const wn__piece_slot *slot, size_t n_bytes)
{
    wn__word word;
    return wn__word_read(&word, b->phrases->bytes + slot->begin, slot->len, n_bytes - slot->begin);
}

static wn_status grow_pieces(builder *b, size_t n_bytes)
{
    wn__piece_slot *old = b->pieces;
    uint32_t n_old = b->phrases->n_piece_slots, n_slots = n_old > 0 ? 2 * n_old : 1024;
    if (n_slots > MOST_SLOTS)
        return WN_ERROR_LIMIT;
    wn__piece_slot *slots = wn__heap_alloc(b->heap, n_slots, sizeof *slots);
    if (slots == NULL)
        return WN_ERROR_MEMORY;
    memset(slots, 0xff, n_slots * sizeof *slots);
    b->phrases->pieces = b->pieces = slots;
    b->phrases->n_piece_slots = n_slots;
    for (uint32_t i = 0; i < n_old; i++) {
        if (old[i].node == WN__NO_NODE)
            continue;
        const wn__piece_slot *at = wn__piece_start(b->phrases, hash_of(b, &old[i], n_bytes));
        while (at->node != WN__NO_NODE)
            at = at + 1 < slots + n_slots ? at + 1 : slots;
        slots[at - slots] = old[i];
    }
    wn__heap_free(b->heap, old);
    return WN_OK;
}

static wn_status grow_steps(builder *b)
{
    wn__step_slot *old = b->steps;
    uint32_t n_old = b->phrases->n_step_slots, n_slots = n_old > 0 ? 2 * n_old : 1024;
    if (n_slots > MOST_SLOTS)
        return WN_ERROR_LIMIT;
    wn__step_slot *slots = wn__heap_alloc(b->heap, n_slots, sizeof *slots);
    if (slots == NULL)
        return WN_ERROR_MEMORY;
    memset(slots, 0xff, n_slots * sizeof *slots);
    b->phrases->steps = b->steps = slots;
    b->phrases->n_step_slots = n_slots;
    for (uint32_t i = 0; i < n_old; i++) {
        if (old[i].node == WN__NO_NODE)
            continue;
        const wn__step_slot *at = wn__step_start(b->phrases, old[i].left, old[i].right);
        while (at->node != WN__NO_NODE)
            at = at + 1 < slots + n_slots ? at + 1 : slots;
        slots[at - slots] = old[i];
    }
    wn__heap_free(b->heap, old);
    return WN_OK;
}

/* The slot of a piece of the terms, a new one if need be. */
static wn_status add_piece(builder *b, const wn__strings *terms, size_t begin, size_t end,
                           wn__piece_slot **slot)
{
    wn_status status = WN_OK;
    if (is_crowded(b->n_pieces, b->phrases->n_piece_slots))
        status = grow_pieces(b, terms->n_bytes);
    if (status != WN_OK)
        return status;
    wn__word word;
    uint64_t hash = wn__word_read(&word, terms->bytes + begin, end - begin, terms->n_bytes - begin);
    const wn__piece_slot *start = wn__piece_start(b->phrases, hash),
                         *found = wn__piece_find(b->phrases, start, &word);
    *slot = &b->pieces[found - b->pieces];
    if (found->node != WN__NO_NODE)
        return WN_OK;
    ptrdiff_t probes = found - start;
    if ((probes >= 0 ? probes : probes + b->phrases->n_piece_slots) >= WN__WORD_MAX_PROBES)
        return WN_ERROR_LIMIT;
    **slot = (wn__piece_slot){.key = {word.key[0], word.key[1]},
                              .node = b->n_nodes++,
                              .column = WN__NO_COLUMN,
                              .begin = (uint32_t)begin,
                              .len = (uint32_t)(end - begin)};
    b->n_pieces++;
    return WN_OK;
}

static wn_status add_step(builder *b, uint32_t left, uint32_t right, wn__step_slot **slot)
{
    wn_status status = WN_OK;
    if (is_crowded(b->n_steps, b->phrases->n_step_slots))
        status = grow_steps(b);
    if (status != WN_OK)
        return status;
    const wn__step_slot *start = wn__step_start(b->phrases, left, right),
                        *found = wn__step_find(b->phrases, start, left, right);
    *slot = &b->steps[found - b->steps];
    if (found->node != WN__NO_NODE)
        return WN_OK;
    ptrdiff_t probes = found - start;
    if ((probes >= 0 ? probes : probes + b->phrases->n_step_slots) >= WN__WORD_MAX_PROBES)
        return WN_ERROR_LIMIT;
    **slot = (wn__step_slot){left, right, b->n_nodes++, WN__NO_COLUMN};
    b->n_steps++;
    return WN_OK;
}

/* Adds term i; CORRUPT: it is there already. */
static wn_status add_term(builder *b, const wn__strings *terms, uint32_t i)
{
    size_t begin = i == 0 ? 0 : terms->ends[i - 1], end = terms->ends[i];
    uint32_t node = WN__NO_NODE, *column = NULL;
    for (bool is_last = false; !is_last;) {
        const uint8_t *space = memchr(terms->bytes + begin, ' ', end - begin);
        size_t piece_end = space != NULL ? (size_t)(space - terms->bytes) : end;
        wn__piece_slot *piece;
        wn__step_slot *step;
        is_last = space == NULL;
        if (b->n_nodes >= UINT32_MAX - 2)
            return WN_ERROR_LIMIT;
        wn_status status = add_piece(b, terms, begin, piece_end, &piece);
        if (status != WN_OK)
            return status;
        if (node == WN__NO_NODE) {
            column = &piece->column;
            node = piece->node;
        } else {
            status = add_step(b, node, piece->node, &step);
            if (status != WN_OK)
                return status;
            column = &step->column;
            node = step->node;
        }
        begin = piece_end + 1;
    }
    if (*column != WN__NO_COLUMN)
        return WN_ERROR_CORRUPT;
    *column = i;
    return WN_OK;
}

/* Is there a run of full slots that makes look-ups slow? Slots are `size` bytes, their nodes lie
 * `at` bytes behind their begin. */
static bool has_long_runs(const void *slots, uint32_t n_slots, size_t size, size_t at)
{
    /* Once around, and on until a run that crosses the end would have shown. */
    size_t n = (size_t)n_slots + WN__WORD_MAX_PROBES, run = 0;
    for (size_t i = 0; i < n && run < WN__WORD_MAX_PROBES; i++) {
        uint32_t node;
        memcpy(&node, (const char *)slots + i % n_slots * size + at, sizeof node);
        run = node == WN__NO_NODE ? 0 : run + 1;
    }
    return run >= WN__WORD_MAX_PROBES;
}

wn_status wn__phrases_build(wn__phrases *phrases, wn__heap *heap, const wn__strings *terms,
                            uint32_t *duplicate)
{
    *phrases = (wn__phrases){.bytes = terms->bytes};
    builder b = {.phrases = phrases, .heap = heap};
    wn_status status = grow_pieces(&b, terms->n_bytes);
    if (status == WN_OK)
        status = grow_steps(&b);
    for (uint32_t i = 0; i < terms->n && status == WN_OK; i++) {
        status = add_term(&b, terms, i);
        *duplicate = i;
    }
    if (status != WN_OK)
        return status;
    bool is_slow = has_long_runs(b.pieces, phrases->n_piece_slots, sizeof *b.pieces,
                                 offsetof(wn__piece_slot, node)) ||
                   has_long_runs(b.steps, phrases->n_step_slots, sizeof *b.steps,
                                 offsetof(wn__step_slot, node));
    return is_slow ? WN_ERROR_LIMIT : WN_OK;
}
