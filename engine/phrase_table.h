/* phrase_table.h - finds the word n-grams of a vocabulary without joining their words.
 *
 *     "new york times"   ->   new  --york-->  new york  --times-->  new york times
 *                             node 7          node 12               node 30, column 5
 *
 * A term is cut at its spaces into pieces, which a first table turns into nodes: 32 bytes a piece,
 * most of them compared without reading the text anywhere else. A second table leads from a node
 * and the node of the next piece to the node of both: 16 bytes a step. So a pair of words that are
 * known takes one look-up of two numbers, and a pair with an unknown word none at all. A token that
 * has spaces itself is several pieces: what is found does not depend on where tokens end.
 *
 * Open addressing, linear probing, two slots of three in use at most. No run of full slots is
 * longer than WN__WORD_MAX_PROBES, so that no text makes look-ups slow.
 */
#ifndef WN_PHRASE_TABLE_H
#define WN_PHRASE_TABLE_H

#include "word_table.h"

#define WN__NO_NODE UINT32_MAX
#define WN__NO_COLUMN UINT32_MAX

typedef struct wn__piece_slot {
    uint64_t key[2]; /* the first bytes of the piece, zeros behind a shorter one */
    uint32_t node;   /* WN__NO_NODE: empty */
    uint32_t column; /* of the term that is this piece alone, or WN__NO_COLUMN */
    uint32_t begin;  /* where the piece is in the bytes of the terms */
    uint32_t len;
} wn__piece_slot;

typedef struct wn__step_slot {
    uint32_t left, right; /* nodes; right is that of a piece */
    uint32_t node;        /* WN__NO_NODE: empty */
    uint32_t column;
} wn__step_slot;

_Static_assert(sizeof(wn__piece_slot) == 32 && sizeof(wn__step_slot) == 16,
               "slots do not straddle cache lines");

typedef struct wn__phrases {
    const wn__piece_slot *pieces; /* [n_piece_slots] */
    const wn__step_slot *steps;   /* [n_step_slots] */
    uint32_t n_piece_slots, n_step_slots;
    const uint8_t *bytes; /* of the terms */
} wn__phrases;

/* Builds the tables of terms, whose bytes have to stay. Errors: MEMORY; CORRUPT: two terms are
 * equal, the second's index goes to *duplicate; LIMIT: hashes collide beyond all reason. */
wn_status wn__phrases_build(wn__phrases *phrases, wn__heap *heap, const wn__strings *terms,
                            uint32_t *duplicate);

/* Where the look-up of a piece with the hash of wn__word_read begins. */
static inline const wn__piece_slot *wn__piece_start(const wn__phrases *p, uint64_t hash)
{
    return p->pieces + ((hash >> 32) * p->n_piece_slots >> 32);
}

/* The slot of a piece from its start on, or the empty one behind it. */
static inline const wn__piece_slot *wn__piece_find(const wn__phrases *p, const wn__piece_slot *slot,
                                                   const wn__word *word)
{
    for (;;) {
        if (slot->node == WN__NO_NODE ||
            (slot->key[0] == word->key[0] && slot->key[1] == word->key[1] &&
             slot->len == word->len &&
             (word->len <= 16 ||
              memcmp(p->bytes + slot->begin + 16, word->text + 16, word->len - 16) == 0)))
            return slot;
        if (++slot == p->pieces + p->n_piece_slots)
            slot = p->pieces;
    }
}

/* The same of a step. */
static inline const wn__step_slot *wn__step_start(const wn__phrases *p, uint32_t left,
                                                  uint32_t right)
{
    uint64_t hash = ((uint64_t)left << 32 | right) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return p->steps + ((hash >> 32) * p->n_step_slots >> 32);
}

static inline const wn__step_slot *wn__step_find(const wn__phrases *p, const wn__step_slot *slot,
                                                 uint32_t left, uint32_t right)
{
    for (;;) {
        if (slot->node == WN__NO_NODE || (slot->left == left && slot->right == right))
            return slot;
        if (++slot == p->steps + p->n_step_slots)
            slot = p->steps;
    }
}

#endif /* WN_PHRASE_TABLE_H */
