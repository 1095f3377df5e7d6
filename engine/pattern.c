/* pattern.c - finds the tokens of a pattern: backtracking that never fails twice.
 *
 * A state is an item and a place in the text. What follows from a state does not depend on how it
 * was reached, nor on where the match began, so a state that failed once has failed for the whole
 * text: one bit for each. An item that repeats is at all places of its run in turn; it has failed
 * at one when neither what follows nor a longer run led to a match.
 */
#include "pattern.h"

#include "utf8.h"

/* The ways through the items of one match: where each began and where it ends now. */
typedef struct trail {
    size_t begin[WN__PATTERN_MAX_ITEMS], end[WN__PATTERN_MAX_ITEMS];
    size_t open, close; /* the group */
} trail;

bool wn__pattern_scratch(const wn__pattern *pattern, size_t len, size_t *size)
{
    size_t n_bits;
    if (!wn__add(len, 1, &n_bits) || !wn__mul(n_bits, pattern->n_items, &n_bits))
        return false;
    *size = n_bits / 8 + 1;
    return true;
}

static inline bool has_failed(const wn__pattern_walk *w, size_t item, size_t at)
{
    size_t bit = at * w->pattern->n_items + item;
    return (w->failed[bit / 8] >> bit % 8 & 1) != 0;
}

static inline void set_failed(const wn__pattern_walk *w, size_t item, size_t at)
{
    size_t bit = at * w->pattern->n_items + item;
    w->failed[bit / 8] = (uint8_t)(w->failed[bit / 8] | 1u << bit % 8);
}

/* Is a code point above U+007F in the set? */
static bool set_has(const wn__pattern *p, const wn__pattern_set *set, uint32_t c)
{
    bool found = false;
    unsigned wanted = set->categories;
    if (wanted != 0) {
        unsigned flags = p->is_ascii ? 0 : wn__unicode_find(c, p->unicode)->flags;
        bool is_space = !p->is_ascii && wn__utf8_is_space(c);
        unsigned have = (flags & WN__UNICODE_WORD) ? WN__PATTERN_WORD : WN__PATTERN_NOT_WORD;
        have |= (flags & WN__UNICODE_DECIMAL) ? WN__PATTERN_DIGIT : WN__PATTERN_NOT_DIGIT;
        have |= is_space ? WN__PATTERN_SPACE : WN__PATTERN_NOT_SPACE;
        found = (have & wanted) != 0;
    }
    for (uint32_t i = 0; i < set->n_ranges && !found; i++) {
        const uint32_t *range = p->ranges[set->first_range + i];
        found = c >= range[0] && c <= range[1];
    }
    return found != set->is_negated;
}

/* The end of the character at text[at], if it is there and in the set; else at. */
static inline size_t take(const wn__pattern_walk *w, const wn__pattern_set *set, size_t at)
{
    if (at == w->len)
        return at;
    uint32_t c = w->text[at];
    if (c < 0x80)
        return at + (set->ascii[c / 64] >> c % 64 & 1);
    size_t size = wn__utf8_decode_two(w->text + at, w->len - at, &c);
    return set_has(w->pattern, set, c) ? at + size : at;
}

/* Where the character before `at` begins. */
static inline size_t before(const wn__pattern_walk *w, size_t at)
{
    do {
        at--;
    } while (at > 0 && (w->text[at] & 0xC0) == 0x80);
    return at;
}

static bool is_word_at(const wn__pattern_walk *w, size_t at)
{
    uint32_t c;
    (void)wn__utf8_decode(w->text + at, w->len - at, &c);
    return (c < 0x80 || !w->pattern->is_ascii) && wn__unicode_is_word(c, w->pattern->unicode);
}

/* Python finds neither \b nor \B in an empty text. */
static bool is_boundary(const wn__pattern_walk *w, size_t at, bool wanted)
{
    bool left = at > 0 && is_word_at(w, before(w, at));
    bool right = at < w->len && is_word_at(w, at);
    return w->len > 0 && (left != right) == wanted;
}

/* Enters an item at a place; false when it cannot even begin there. */
static bool enter(const wn__pattern_walk *w, trail *t, uint32_t i, size_t at)
{
    const wn__pattern_item *item = &w->pattern->items[i];
    const wn__pattern_set *set = &w->pattern->sets[item->set];
    size_t end = at, next;
    t->begin[i] = at;
    switch ((wn__pattern_op)item->op) {
    case WN__PATTERN_ONE:
        end = take(w, set, at);
        t->end[i] = end;
        return end != at;
    case WN__PATTERN_OPTIONAL:
        end = take(w, set, at);
        break;
    case WN__PATTERN_LOOP:
        while ((next = take(w, set, end)) != end && !has_failed(w, i, next))
            end = next;
        break;
    case WN__PATTERN_BOUNDARY:
    case WN__PATTERN_INSIDE:
        t->end[i] = end;
        return is_boundary(w, at, item->op == WN__PATTERN_BOUNDARY);
    case WN__PATTERN_OPEN:
        t->open = at;
        break;
    case WN__PATTERN_CLOSE:
        t->close = at;
        break;
    }
    t->end[i] = end;
    return true;
}

/* What followed an item has failed: can the item end earlier? */
static bool shorten(const wn__pattern_walk *w, trail *t, uint32_t i)
{
    unsigned op = w->pattern->items[i].op;
    if (op == WN__PATTERN_LOOP)
        set_failed(w, i, t->end[i]); /* a longer run has been tried before */
    if ((op != WN__PATTERN_LOOP && op != WN__PATTERN_OPTIONAL) || t->end[i] == t->begin[i]) {
        set_failed(w, i, t->begin[i]);
        return false;
    }
    t->end[i] = before(w, t->end[i]);
    return true;
}

/* The match that begins at a place; its end, or SIZE_MAX. */
static size_t match(const wn__pattern_walk *w, trail *t, size_t at)
{
    uint32_t n = w->pattern->n_items, i = 0;
    while (i < n) {
        if (!has_failed(w, i, at) && enter(w, t, i, at)) {
            at = t->end[i++];
            continue;
        }
        set_failed(w, i, at);
        do {
            if (i == 0)
                return SIZE_MAX;
            i--;
        } while (!shorten(w, t, i));
        at = t->end[i++];
    }
    return at;
}

bool wn__pattern_next(wn__pattern_walk *w, wn_span *token)
{
    trail t;
    t.open = t.close = 0;
    while (!w->is_over) {
        size_t begin = w->at, end = match(w, &t, begin), size = 1;
        if (end == SIZE_MAX || end == begin) {
            uint32_t c;
            w->is_over = begin == w->len;
            if (!w->is_over)
                size = wn__utf8_decode(w->text + begin, w->len - begin, &c);
            w->at = begin + size;
        } else {
            w->at = end; /* where an empty match may follow */
        }
        if (end != SIZE_MAX) {
            *token = w->pattern->has_group ? (wn_span){t.open, t.close} : (wn_span){begin, end};
            return true;
        }
    }
    return false;
}
