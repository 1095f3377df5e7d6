/* feature_words.c - word n-grams of linear models.
 *
 * Words are maximal runs of the block's token characters, at least min_length code points long and
 * not among the stop words. N-grams are joined by one space, as scikit-learn's
 * CountVectorizer(analyzer="word") joins them. The text is valid UTF-8 here (normalize.c).
 */
#include "feature.h"

#include "utf8.h"

/* The last words, joined by single spaces in one buffer. */
typedef struct joined {
    wn__feature_scratch *scratch;
    size_t len;                   /* bytes used in the buffer */
    size_t starts[WN__MAX_NGRAM]; /* [n] where the words begin, oldest first */
    uint32_t n;
} joined;

/* The bytes of the word characters in ASCII. */
static bool is_ascii_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is the code point at p[0..len) part of a token? *size receives its bytes. */
static bool is_token_char(wn__token_rule rule, const uint8_t *p, size_t len, size_t *size)
{
    if (*p < 0x80) {
        *size = 1;
        return rule == WN__TOKENS_NONSPACE ? !wn__utf8_is_space(*p) : is_ascii_word(*p);
    }
    uint32_t code_point;
    *size = wn__utf8_decode(p, len, &code_point);
    return rule != WN__TOKENS_ASCII_WORD && !wn__utf8_is_space(code_point);
}

/* Drops the oldest words until the window has room for one more of an n-gram of hi words. */
static void slide(joined *j, uint32_t hi)
{
    if (j->n < hi)
        return;
    uint32_t drop = j->n - hi + 1;
    size_t begin = drop < j->n ? j->starts[drop] : j->len;
    uint8_t *bytes = j->scratch->text.data;
    memmove(bytes, bytes + begin, j->len - begin);
    j->len -= begin;
    j->n -= drop;
    for (uint32_t i = 0; i < j->n; i++)
        j->starts[i] = j->starts[i + drop] - begin;
}

/* Appends a word and emits every n-gram that ends with it; false when memory runs out. */
static bool push_word(const wn__block *block, joined *j, const uint8_t *word, size_t len,
                      wn__sink *sink)
{
    slide(j, block->ngrams[1]);
    if (!wn__buffer_reserve(j->scratch->heap, &j->scratch->text, j->len + len + 1, 1, j->len))
        return false;
    uint8_t *bytes = j->scratch->text.data;
    j->starts[j->n++] = j->len;
    memcpy(bytes + j->len, word, len);
    j->len += len;
    for (uint32_t n = block->ngrams[0]; n <= j->n; n++) {
        size_t begin = j->starts[j->n - n];
        wn__emit_term(block, bytes + begin, j->len - begin, sink);
    }
    bytes[j->len++] = ' ';
    return true;
}

static bool is_stop_word(const wn__block *block, const uint8_t *word, size_t len)
{
    return block->stop_words.n > 0 && wn__strings_find(&block->stop_words, word, len,
                                                       wn__strings_hash(word, len)) != UINT32_MAX;
}

static wn_status extract(const wn__block *block, const uint8_t *text, size_t len,
                         wn__feature_scratch *scratch, wn__sink *sink)
{
    joined j = {.scratch = scratch};
    for (size_t at = 0; at < len;) {
        size_t size = 1, begin = at;
        uint64_t n_chars = 0;
        while (at < len && is_token_char(block->tokens, text + at, len - at, &size)) {
            at += size;
            n_chars++;
        }
        if (n_chars >= block->min_length && !is_stop_word(block, text + begin, at - begin) &&
            !push_word(block, &j, text + begin, at - begin, sink))
            return WN_ERROR_MEMORY;
        if (at < len)
            at += size; /* the character that ended the run */
    }
    sink->flush(sink);
    return sink->status;
}

const wn__extractor wn__extract_words = {"words", extract};
