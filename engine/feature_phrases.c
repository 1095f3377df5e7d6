/* feature_phrases.c - from the words of a text to the columns of a vocabulary of word n-grams.
 *
 *     tokens -> pieces -> their slots, asked for -> nodes -> steps, asked for -> ... -> columns
 *
 * Every token begins a phrase, which goes on piece by piece as long as the vocabulary knows it (see
 * phrase_table.h) and has no more than hi words. All phrases of a handful of pieces take each step
 * together; those that reach the last piece go on with the next handful. At most hi do: each began
 * at a token of its own, and none has hi words.
 */
#include "feature.h"

/* The nodes of the pieces, and a phrase for each token that begins with one that is known. Returns
 * the phrases, those from before included. */
static size_t begin_phrases(const wn__block *block, wn__phrase_walk *w, wn__sink *sink)
{
    const uint32_t lo = block->ngrams[0], hi = block->ngrams[1];
    size_t n = w->n_phrases;
    for (size_t i = 0; i < w->n; i++) {
        wn__piece *piece = &w->pieces[i];
        const wn__piece_slot *slot = wn__piece_find(&block->phrases, piece->slot, &piece->word);
        piece->node = slot->node;
        if (piece->is_first & piece->is_last & (lo == 1) & (slot->column != WN__NO_COLUMN)) {
            sink->span = (wn_span){piece->begin, piece->begin + piece->word.len};
            wn__emit(sink, slot->column);
        }
        w->phrases[n] = (wn__phrase){piece->begin, slot->node, (uint32_t)i + 1, piece->is_last};
        n += piece->is_first & (slot->node != WN__NO_NODE) & (piece->is_last < hi);
    }
    return n;
}

/* Looks up the pieces that wait. */
static void walk_on(const wn__block *block, wn__phrase_walk *w, wn__sink *sink)
{
    const wn__phrases *table = &block->phrases;
    const wn__step_slot *slots[WN__COUNT(w->phrases)];
    wn__phrase behind[WN__MAX_NGRAM] = {0};
    size_t n = begin_phrases(block, w, sink), n_behind = 0;
    while (n > 0) {
        size_t n_asked = 0;
        for (size_t i = 0; i < n; i++) {
            wn__phrase *p = &w->phrases[i];
            if (p->next == w->n) {
                behind[n_behind] = *p;
                behind[n_behind++].next = 0;
                continue;
            }
            uint32_t right = w->pieces[p->next].node;
            slots[n_asked] = wn__step_start(table, p->node, right);
            __builtin_prefetch(slots[n_asked]);
            w->phrases[n_asked] = *p;
            n_asked += right != WN__NO_NODE;
        }
        n = 0;
        for (size_t i = 0; i < n_asked; i++) {
            wn__phrase p = w->phrases[i];
            const wn__piece *piece = &w->pieces[p.next];
            const wn__step_slot *slot = wn__step_find(table, slots[i], p.node, piece->node);
            if (slot->node == WN__NO_NODE)
                continue;
            p.n_words += piece->is_last;
            if (piece->is_last & (slot->column != WN__NO_COLUMN) &
                (p.n_words >= block->ngrams[0])) {
                sink->span = (wn_span){p.begin, piece->begin + piece->word.len};
                wn__emit(sink, slot->column);
            }
            w->phrases[n] = (wn__phrase){p.begin, slot->node, p.next + 1, p.n_words};
            n += p.n_words < block->ngrams[1];
        }
    }
    memcpy(w->phrases, behind, n_behind * sizeof *behind);
    w->n_phrases = n_behind;
    w->n = 0;
}

void wn__look_up_pieces(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink)
{
    walk_on(block, &scratch->walk, sink);
}

void wn__end_phrases(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink)
{
    walk_on(block, &scratch->walk, sink);
    if (!scratch->has_later_piece)
        scratch->walk.n_phrases = 0;
}
