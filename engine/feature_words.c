/* feature_words.c - word n-grams of linear models.
 *
 * Words are what the block's rule finds: maximal runs of its token characters that are at least
 * min_length code points long, or the matches of its pattern (pattern.h); without the stop words.
 * N-grams are joined by one space, as scikit-learn's CountVectorizer(analyzer="word") joins them.
 * The text is valid UTF-8 here (normalize.c).
 */
#include "feature.h"

#include "pattern.h"
#include "token_bits.h"
#include "utf8.h"

/* Bytes of old words that gather before the rest is moved: the cost stays linear. */
#define SLIDE_BYTES 4096

/* A walk over a text. A vocabulary takes words one by one (feature_phrases.c); a hash takes the
 * last ones joined by single spaces in one buffer. */
typedef struct walk {
    const wn__block *block;
    const uint8_t *text; /* [text_len] */
    size_t text_len;
    wn__feature_scratch *scratch;
    wn__sink *sink;
    size_t len;                   /* bytes used in the buffer */
    size_t starts[WN__MAX_NGRAM]; /* [n] where the words begin in it, oldest first */
    size_t begins[WN__MAX_NGRAM]; /* [n] and in the text */
    uint32_t n;
} walk;

/* Is the code point at p[0..len), above U+007F, part of a token? *size receives its bytes. */
static inline bool is_token_char(const wn__block *block, const uint8_t *p, size_t len, size_t *size)
{
    uint32_t code_point;
    *size = wn__utf8_decode_two(p, len, &code_point);
    switch (block->tokens) {
    case WN__TOKENS_WORD:
        return wn__unicode_is_word(code_point, block->unicode);
    case WN__TOKENS_LETTERS:
    case WN__TOKENS_NONSPACE:
        return !wn__utf8_is_space(code_point);
    default:
        return false;
    }
}

/* Forgets the oldest words until there is room for one more of an n-gram of hi words. */
static void forget(walk *w, uint32_t hi)
{
    uint32_t drop = w->n < hi ? 0 : w->n - hi + 1;
    for (uint32_t i = 0; i + drop < w->n && drop > 0; i++) {
        w->starts[i] = w->starts[i + drop];
        w->begins[i] = w->begins[i + drop];
    }
    w->n -= drop;
}

/* Makes room for a word of len bytes: moves the words that are left to the front once many bytes
 * lie before them. */
static bool make_room(walk *w, size_t len)
{
    wn__buffer *buffer = &w->scratch->text;
    size_t begin = w->n > 0 ? w->starts[0] : w->len, size = w->len + len + 1 + WN__TERM_SLACK;
    if (size <= buffer->cap && w->len < SLIDE_BYTES)
        return true;
    if (w->len > begin)
        memmove(buffer->data, (uint8_t *)buffer->data + begin, w->len - begin);
    w->len -= begin;
    for (uint32_t i = 0; i < w->n; i++)
        w->starts[i] -= begin;
    return wn__buffer_reserve(w->scratch->heap, buffer, size, 1, w->len);
}

/* Appends the word and emits the hash of every n-gram that ends with it; false when memory runs
 * out. */
static bool join_word(walk *w, wn_span word)
{
    size_t len = word.end - word.begin;
    forget(w, w->block->ngrams[1]);
    if (!make_room(w, len))
        return false;
    uint8_t *bytes = w->scratch->text.data;
    w->starts[w->n] = w->len;
    w->begins[w->n++] = word.begin;
    memcpy(bytes + w->len, w->text + word.begin, len);
    w->len += len;
    for (uint32_t n = w->block->ngrams[0]; n <= w->n; n++) {
        size_t begin = w->starts[w->n - n];
        w->sink->span = (wn_span){w->begins[w->n - n], word.end};
        wn__emit_term(w->block, bytes + begin, w->len - begin, w->scratch, w->sink);
    }
    bytes[w->len++] = ' ';
    return true;
}

static bool is_stop_word(const wn__block *block, const uint8_t *word, size_t len)
{
    return block->stop_words.n > 0 && wn__strings_find(&block->stop_words, word, len,
                                                       wn__strings_hash(word, len)) != UINT32_MAX;
}

static bool push_word(walk *w, wn_span word)
{
    if (is_stop_word(w->block, w->text + word.begin, word.end - word.begin))
        return true;
    if (w->block->hashed)
        return join_word(w, word);
    /* A match of a pattern may have spaces, and then it is several pieces. */
    for (size_t begin = word.begin, end; begin <= word.end; begin = end + 1) {
        const uint8_t *space = w->block->tokens == WN__TOKENS_PATTERN
                                   ? memchr(w->text + begin, ' ', word.end - begin)
                                   : NULL;
        end = space != NULL ? (size_t)(space - w->text) : word.end;
        wn__push_piece(w->block, w->text, w->text_len, (wn_span){begin, end}, begin == word.begin,
                       space == NULL, w->scratch, w->sink);
    }
    return true;
}

/* ---- Runs of characters ---- */

/* Are there n code points in the word? */
static bool has_length(const uint8_t *word, size_t len, size_t n, bool is_ascii)
{
    if (is_ascii || len < n)
        return len >= n;
    size_t n_chars = 0;
    for (size_t i = 0; i < len && n_chars < n; i++)
        n_chars += (word[i] & 0xC0) != 0x80;
    return n_chars >= n;
}

/* Bytes of a code point that began before the 64 bytes at hand. */
typedef struct spill {
    uint64_t all, tokens; /* bits */
} spill;

/* The bits of the code points above U+007F, `high`, in the 64 bytes at text[at]. */
static uint64_t high_bits(const walk *w, size_t at, uint64_t high, spill *s)
{
    uint64_t bits = s->tokens;
    high &= ~s->all;
    *s = (spill){0, 0};
    while (high != 0) {
        size_t i = (size_t)__builtin_ctzll(high), size;
        bool is_token = is_token_char(w->block, w->text + at + i, w->text_len - at - i, &size);
        uint64_t all = ((uint64_t)1 << size) - 1, tokens = is_token ? all : 0;
        bits |= tokens << i;
        high &= ~(all << i);
        if (i + size > 64)
            *s = (spill){all >> (64 - i), tokens >> (64 - i)};
    }
    return bits;
}

/* The rules that are runs of characters: 64 bytes at once become bits, and where these change,
 * words begin and end. */
static bool extract_runs(walk *w)
{
    const bool nonspace = w->block->tokens == WN__TOKENS_NONSPACE,
               is_piece = !w->block->hashed && w->block->stop_words.n == 0;
    const size_t min_length = w->block->min_length;
    bool is_inside = false, is_ascii = true; /* of the word that goes on */
    size_t begin = 0;
    spill spilled = {0, 0};
    for (size_t at = 0; at < w->text_len; at += 64) {
        size_t n = w->text_len - at < 64 ? w->text_len - at : 64;
        uint8_t copy[64] = {0};
        uint64_t high, bits = wn__token_bits(n < 64 ? memcpy(copy, w->text + at, n) : w->text + at,
                                             nonspace, &high);
        is_ascii = high == 0 && (is_ascii || !is_inside);
        if (high != 0)
            bits |= high_bits(w, at, high, &spilled);
        if (n < 64)
            bits &= ((uint64_t)1 << n) - 1;
        for (uint64_t edges = bits ^ (bits << 1 | is_inside); edges != 0; edges &= edges - 1) {
            size_t edge = at + (size_t)__builtin_ctzll(edges);
            is_inside = !is_inside;
            if (is_inside) {
                begin = edge;
            } else if (!has_length(w->text + begin, edge - begin, min_length, is_ascii)) {
                continue;
            } else if (is_piece) {
                wn__push_piece(w->block, w->text, w->text_len, (wn_span){begin, edge}, true, true,
                               w->scratch, w->sink);
            } else if (!push_word(w, (wn_span){begin, edge})) {
                return false;
            }
        }
    }
    return !is_inside ||
           !has_length(w->text + begin, w->text_len - begin, w->block->min_length, is_ascii) ||
           push_word(w, (wn_span){begin, w->text_len});
}

/* ---- All of it ---- */

static bool extract_matches(walk *w)
{
    wn__feature_scratch *scratch = w->scratch;
    size_t size;
    if (!wn__pattern_scratch(w->block->pattern, w->text_len, &size) ||
        !wn__buffer_reserve(scratch->heap, &scratch->failed, size, 1, 0))
        return false;
    memset(scratch->failed.data, 0, size);
    wn__pattern_walk matches = {w->block->pattern,    w->text, w->text_len, 0,
                                scratch->failed.data, false};
    for (wn_span word; wn__pattern_next(&matches, &word);) {
        if (!push_word(w, word))
            return false;
    }
    return true;
}

static wn_status extract(const wn__block *block, const uint8_t *text, size_t len,
                         wn__feature_scratch *scratch, wn__sink *sink)
{
    walk w = {.block = block,
              .text = len > 0 ? text : (const uint8_t *)"",
              .text_len = len,
              .scratch = scratch,
              .sink = sink};
    if (scratch->is_later_piece) {
        w.len = scratch->carry.len;
        w.n = (uint32_t)scratch->carry.n;
        memcpy(w.starts, scratch->carry.starts, sizeof w.starts);
    } else {
        scratch->walk.n = scratch->walk.n_phrases = 0;
    }
    if (!(block->tokens == WN__TOKENS_PATTERN ? extract_matches(&w) : extract_runs(&w)))
        return WN_ERROR_MEMORY;
    if (!block->hashed)
        wn__end_phrases(block, scratch, sink);
    if (scratch->has_later_piece) {
        scratch->carry.len = w.len;
        scratch->carry.n = w.n;
        memcpy(scratch->carry.starts, w.starts, sizeof w.starts);
    }
    sink->flush(sink);
    return sink->status;
}

const wn__extractor wn__extract_words = {"words", WN__CUT_BEFORE_SPACE | WN__CUT_BEFORE_MARK,
                                         extract};
