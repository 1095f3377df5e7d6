/* feature_words.c - word n-grams of linear models.
 *
 * Words are what the block's rule finds: maximal runs of its token characters that are at least
 * min_length code points long, or the matches of its pattern (pattern.h); without the stop words.
 * N-grams are joined by one space, as scikit-learn's CountVectorizer(analyzer="word") joins them.
 * The text is valid UTF-8 here (normalize.c).
 */
#include "feature.h"

#include "pattern.h"
#include "utf8.h"

/* Bytes of old words that gather before the rest is moved: the cost stays linear. */
#define SLIDE_BYTES 4096

/* The last words, joined by single spaces in one buffer. */
typedef struct joined {
    wn__feature_scratch *scratch;
    size_t len;                   /* bytes used in the buffer */
    size_t starts[WN__MAX_NGRAM]; /* [n] where the words begin in it, oldest first */
    size_t begins[WN__MAX_NGRAM]; /* [n] and in the text */
    uint32_t n;
} joined;

/* The ASCII bytes of tokens: bit 1 in words, bit 2 in what is no white space. */
#define WORD 1
#define NONSPACE 2
#define THREE(x) x, x, x
#define TEN(x) THREE(x), THREE(x), THREE(x), x
/* clang-format off */
static const uint8_t ascii_tokens[256] = {
    THREE(2), THREE(2), THREE(2), 0, 0, 0, 0, 0, 2, 2,       /* 09 to 0D */
    TEN(2), 2, 2, 0, 0, 0, 0, 0,                             /* 1C to space */
    TEN(2), THREE(2), 2, 2, TEN(3), THREE(2), THREE(2), 2,   /* ! to / 0 to 9 : to @ */
    TEN(3), TEN(3), THREE(3), THREE(3), 2, 2, 2, 2, 3, 2,    /* A to Z _ */
    TEN(3), TEN(3), THREE(3), THREE(3), 2, 2, 2, 2, 2,       /* a to z */
};
/* clang-format on */

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
static void forget(joined *j, uint32_t hi)
{
    uint32_t drop = j->n < hi ? 0 : j->n - hi + 1;
    for (uint32_t i = 0; i + drop < j->n && drop > 0; i++) {
        j->starts[i] = j->starts[i + drop];
        j->begins[i] = j->begins[i + drop];
    }
    j->n -= drop;
}

/* Makes room for a word of len bytes: moves the words that are left to the front once many bytes
 * lie before them. Terms that wait point into the buffer and go first. */
static bool make_room(const wn__block *block, joined *j, size_t len, wn__sink *sink)
{
    wn__buffer *buffer = &j->scratch->text;
    size_t begin = j->n > 0 ? j->starts[0] : j->len, size = j->len + len + 1 + WN__TERM_SLACK;
    if (size <= buffer->cap && j->len < SLIDE_BYTES)
        return true;
    wn__emit_terms(block, j->scratch, sink);
    if (j->len > begin)
        memmove(buffer->data, (uint8_t *)buffer->data + begin, j->len - begin);
    j->len -= begin;
    for (uint32_t i = 0; i < j->n; i++)
        j->starts[i] -= begin;
    return wn__buffer_reserve(j->scratch->heap, buffer, size, 1, j->len);
}

/* Appends the word text[begin..end) and emits every n-gram that ends with it; false when memory
 * runs out. */
static bool push_word(const wn__block *block, joined *j, const uint8_t *text, wn_span word,
                      wn__sink *sink)
{
    size_t len = word.end - word.begin;
    forget(j, block->ngrams[1]);
    if (!make_room(block, j, len, sink))
        return false;
    uint8_t *bytes = j->scratch->text.data;
    j->starts[j->n] = j->len;
    j->begins[j->n++] = word.begin;
    memcpy(bytes + j->len, text + word.begin, len);
    j->len += len;
    for (uint32_t n = block->ngrams[0]; n <= j->n; n++) {
        size_t begin = j->starts[j->n - n];
        sink->span = (wn_span){j->begins[j->n - n], word.end};
        wn__emit_term(block, bytes + begin, j->len - begin, j->scratch, sink);
    }
    bytes[j->len++] = ' ';
    return true;
}

static bool is_stop_word(const wn__block *block, const uint8_t *word, size_t len)
{
    return block->stop_words.n > 0 && wn__strings_find(&block->stop_words, word, len,
                                                       wn__strings_hash(word, len)) != UINT32_MAX;
}

/* The rules that are runs of characters. */
static bool extract_runs(const wn__block *block, const uint8_t *text, size_t len, joined *j,
                         wn__sink *sink)
{
    const unsigned ascii = block->tokens == WN__TOKENS_NONSPACE ? NONSPACE : WORD;
    for (size_t at = 0; at < len;) {
        size_t size = 1, begin = at, n_chars = 0;
        for (bool is_token = true; is_token && at < len;) {
            size_t first = at;
            while (at < len && (ascii_tokens[text[at]] & ascii) != 0)
                at++;
            n_chars += at - first;
            size = 1;
            is_token =
                at < len && text[at] >= 0x80 && is_token_char(block, text + at, len - at, &size);
            at += is_token ? size : 0;
            n_chars += is_token;
        }
        if (n_chars >= block->min_length && !is_stop_word(block, text + begin, at - begin) &&
            !push_word(block, j, text, (wn_span){begin, at}, sink))
            return false;
        if (at < len)
            at += size; /* the character that ended the run */
    }
    return true;
}

static bool extract_matches(const wn__block *block, const uint8_t *text, size_t len, joined *j,
                            wn__sink *sink)
{
    wn__feature_scratch *scratch = j->scratch;
    size_t size;
    if (!wn__pattern_scratch(block->pattern, len, &size) ||
        !wn__buffer_reserve(scratch->heap, &scratch->failed, size, 1, 0))
        return false;
    memset(scratch->failed.data, 0, size);
    wn__pattern_walk walk = {block->pattern, text, len, 0, scratch->failed.data, false};
    for (wn_span word; wn__pattern_next(&walk, &word);) {
        if (!is_stop_word(block, text + word.begin, word.end - word.begin) &&
            !push_word(block, j, text, word, sink))
            return false;
    }
    return true;
}

static wn_status extract(const wn__block *block, const uint8_t *text, size_t len,
                         wn__feature_scratch *scratch, wn__sink *sink)
{
    joined j = {.scratch = scratch};
    bool is_done = block->tokens == WN__TOKENS_PATTERN ? extract_matches(block, text, len, &j, sink)
                                                       : extract_runs(block, text, len, &j, sink);
    if (!is_done)
        return WN_ERROR_MEMORY;
    wn__emit_terms(block, scratch, sink);
    sink->flush(sink);
    return sink->status;
}

const wn__extractor wn__extract_words = {"words", extract};
