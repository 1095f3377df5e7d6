/* feature_chars.c - character n-grams of linear models.
 *
 * chars:    n-grams of code points over the text, in which every run of two or more white-space
 *           characters counts as one space (a single one keeps its identity).
 * chars_wb: the same inside words (runs without white space), each padded with a space on both
 *           sides; a padded word shorter than the shortest n-gram is emitted once, whole.
 *
 * These are scikit-learn's analyzers "char" and "char_wb". The text is valid UTF-8 here.
 */
#include "feature.h"

#include "utf8.h"

/* Drop old characters only once this many bytes of them have gathered: the cost stays linear. */
#define SLIDE_BYTES 4096

/* The characters so far, and where the last ones begin. */
typedef struct chars {
    wn__feature_scratch *scratch;
    wn__blank blank;                /* chars: white space that may go on */
    size_t len;                     /* bytes used in the buffer */
    size_t starts[WN__MAX_SUBWORD]; /* ring: start of character i at i % WN__MAX_SUBWORD */
    size_t begins[WN__MAX_SUBWORD]; /* ring: where it begins in the text */
    uint64_t n;                     /* characters pushed */
} chars;

/* The characters of the piece before, or none yet. */
static chars go_on(wn__feature_scratch *scratch)
{
    chars c = {.scratch = scratch};
    if (scratch->is_later_piece) {
        c.len = scratch->carry.len;
        c.n = scratch->carry.n;
        c.blank = scratch->carry.blank;
        memcpy(c.starts, scratch->carry.starts, sizeof c.starts);
    }
    return c;
}

/* At the end of a piece: emits what waits and keeps the characters for the next one. */
static wn_status end_piece(const wn__block *block, const chars *c, wn__sink *sink)
{
    wn__emit_terms(block, c->scratch, sink);
    c->scratch->carry.len = c->len;
    c->scratch->carry.n = c->n;
    c->scratch->carry.blank = c->blank;
    memcpy(c->scratch->carry.starts, c->starts, sizeof c->starts);
    sink->flush(sink);
    return sink->status;
}

/* Moves the window to the front of the buffer. */
static void slide(chars *c, uint32_t hi)
{
    uint64_t kept = c->n < hi ? c->n : hi;
    size_t begin = kept > 0 ? c->starts[(c->n - kept) % WN__MAX_SUBWORD] : c->len;
    uint8_t *bytes = c->scratch->text.data;
    memmove(bytes, bytes + begin, c->len - begin);
    c->len -= begin;
    for (uint64_t i = c->n - kept; i < c->n; i++)
        c->starts[i % WN__MAX_SUBWORD] -= begin;
}

/* Appends a character that stands for `from` in the text and emits every n-gram that ends with it;
 * false when memory runs out. */
static bool push_char(const wn__block *block, chars *c, const uint8_t *bytes, size_t size,
                      wn_span from, wn__sink *sink)
{
    if (c->len >= SLIDE_BYTES || c->len + size + WN__TERM_SLACK > c->scratch->text.cap) {
        wn__emit_terms(block, c->scratch, sink); /* they point into the buffer */
        if (c->len >= SLIDE_BYTES)
            slide(c, block->ngrams[1]);
        if (!wn__buffer_reserve(c->scratch->heap, &c->scratch->text, c->len + size + WN__TERM_SLACK,
                                1, c->len))
            return false;
    }
    uint8_t *text = c->scratch->text.data;
    c->starts[c->n % WN__MAX_SUBWORD] = c->len;
    c->begins[c->n % WN__MAX_SUBWORD] = from.begin;
    memcpy(text + c->len, bytes, size);
    c->len += size;
    c->n++;
    for (uint32_t n = block->ngrams[0]; n <= block->ngrams[1] && n <= c->n; n++) {
        size_t begin = c->starts[(c->n - n) % WN__MAX_SUBWORD];
        sink->span = (wn_span){c->begins[(c->n - n) % WN__MAX_SUBWORD], from.end};
        wn__emit_term(block, text + begin, c->len - begin, c->scratch, sink);
    }
    return true;
}

/* Length of the run of white space at p[0..len); *n_chars of them. */
static size_t space_run(const uint8_t *p, size_t len, uint64_t *n_chars)
{
    size_t at = 0;
    for (*n_chars = 0; at < len; (*n_chars)++) {
        uint32_t code_point;
        size_t size = wn__utf8_decode(p + at, len - at, &code_point);
        if (!wn__utf8_is_space(code_point))
            break;
        at += size;
    }
    return at;
}

/* Adds the white space at p[0..len) to what came right before it; returns its bytes. */
static size_t add_blank(wn__blank *blank, const uint8_t *p, size_t len)
{
    uint64_t n_chars;
    size_t size = space_run(p, len, &n_chars);
    if (blank->n == 0 && n_chars == 1) {
        memcpy(blank->bytes, p, size);
        blank->size = (uint32_t)size;
    }
    blank->n += n_chars;
    return size;
}

/* The white space is over, at text[end]. */
static bool push_blank(const wn__block *block, chars *c, size_t begin, size_t end, wn__sink *sink)
{
    wn__blank blank = c->blank;
    c->blank.n = 0;
    return push_char(block, c, blank.n > 1 ? (const uint8_t *)" " : blank.bytes,
                     blank.n > 1 ? 1 : blank.size, (wn_span){begin, end}, sink);
}

static wn_status extract_chars(const wn__block *block, const uint8_t *text, size_t len,
                               wn__feature_scratch *scratch, wn__sink *sink)
{
    chars c = go_on(scratch);
    for (size_t at = 0; at < len || c.blank.n > 0;) {
        size_t begin = at;
        bool is_done;
        at += add_blank(&c.blank, text + at, len - at);
        if (at == len && scratch->has_later_piece)
            break; /* it may go on there */
        if (c.blank.n > 0) {
            is_done = push_blank(block, &c, begin, at, sink);
        } else {
            uint32_t code_point;
            at += wn__utf8_decode(text + at, len - at, &code_point);
            is_done = push_char(block, &c, text + begin, at - begin, (wn_span){begin, at}, sink);
        }
        if (!is_done)
            return WN_ERROR_MEMORY;
    }
    return end_piece(block, &c, sink);
}

/* Ends a word of chars_wb at text[end]: its closing space, and the word itself when no n-gram fits
 * into it. */
static bool end_word(const wn__block *block, chars *c, size_t end, wn__sink *sink)
{
    if (!push_char(block, c, (const uint8_t *)" ", 1, (wn_span){end, end}, sink))
        return false;
    if (c->n < block->ngrams[0]) {
        sink->span = (wn_span){c->begins[0], end}; /* the ring has not gone round */
        size_t begin = c->starts[0];
        wn__emit_term(block, (uint8_t *)c->scratch->text.data + begin, c->len - begin, c->scratch,
                      sink);
    }
    /* The next word begins behind this one, whose terms may wait. */
    c->n = 0;
    return true;
}

static wn_status extract_chars_wb(const wn__block *block, const uint8_t *text, size_t len,
                                  wn__feature_scratch *scratch, wn__sink *sink)
{
    chars c = go_on(scratch);
    for (size_t at = 0; at < len;) {
        uint64_t n_spaces;
        size_t size = space_run(text + at, len - at, &n_spaces);
        bool is_done = true;
        if (n_spaces > 0) {
            if (c.n > 0)
                is_done = end_word(block, &c, at, sink);
        } else {
            uint32_t code_point;
            size = wn__utf8_decode(text + at, len - at, &code_point);
            if (c.n == 0)
                is_done = push_char(block, &c, (const uint8_t *)" ", 1, (wn_span){at, at}, sink);
            is_done =
                is_done && push_char(block, &c, text + at, size, (wn_span){at, at + size}, sink);
        }
        if (!is_done)
            return WN_ERROR_MEMORY;
        at += size;
    }
    if (c.n > 0 && !scratch->has_later_piece && !end_word(block, &c, len, sink))
        return WN_ERROR_MEMORY;
    return end_piece(block, &c, sink);
}

const wn__extractor wn__extract_chars = {
    "chars", WN__CUT_BEFORE_SPACE | WN__CUT_BEFORE_MARK | WN__CUT_INSIDE_WORD, extract_chars};
const wn__extractor wn__extract_chars_wb = {
    "chars_wb", WN__CUT_BEFORE_SPACE | WN__CUT_BEFORE_MARK | WN__CUT_INSIDE_WORD, extract_chars_wb};
