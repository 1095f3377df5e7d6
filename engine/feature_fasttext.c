/* feature_fasttext.c - fastText's features: words, subwords and word n-grams.
 *
 * Source: fastText 0.9.2, Dictionary::readWord, getLine, addSubwords, addWordNgrams.
 */
#include "feature.h"

static const uint8_t end_of_line[] = "</s>";
static const uint8_t label_prefix[] = "__label__";
#define END_OF_LINE_LEN (sizeof end_of_line - 1)
#define LABEL_PREFIX_LEN (sizeof label_prefix - 1)

/* 1: separates tokens. The bytes are fastText's, not the locale's or Unicode's. */
static const uint8_t is_separator[256] = {
    [' '] = 1, ['\n'] = 1, ['\r'] = 1, ['\t'] = 1, ['\v'] = 1, ['\f'] = 1, ['\0'] = 1,
};

typedef struct token {
    const uint8_t *text;
    size_t len;
    uint32_t hash;
    bool is_end; /* reads </s> */
} token;

static token end_token(void)
{
    return (token){end_of_line, END_OF_LINE_LEN, 3617362777u, true};
}

/* The next token; false when the text is used up. */
static bool next_token(wn__fasttext_tokens *t, token *out)
{
    const uint8_t *text = t->text;
    size_t at = t->at, len = t->len;
    while (at < len && is_separator[text[at]]) {
        if (text[at++] == '\n' && t->is_line) {
            t->at = at;
            *out = end_token();
            return true;
        }
    }
    if (at == len) {
        t->at = at;
        if (t->is_line || t->at_end)
            return false;
        t->at_end = true;
        *out = end_token();
        return true;
    }
    size_t begin = at;
    uint32_t hash = WN__FNV_START;
    while (at < len && !is_separator[text[at]])
        hash = wn__fnv_step(hash, text[at++]);
    t->at = at;
    *out = (token){text + begin, at - begin, hash, false};
    out->is_end = out->len == END_OF_LINE_LEN && memcmp(out->text, end_of_line, out->len) == 0;
    return true;
}

/* What of the text a token is, right after it was read: a newline is one byte, the end is none. */
static inline wn_span span_of(const wn__fasttext_tokens *tokens, const token *t)
{
    size_t len = t->text == end_of_line ? tokens->is_line : t->len;
    return (wn_span){tokens->at - len, tokens->at};
}

static void emit_bucket(const wn__block *block, uint32_t bucket, wn__sink *sink)
{
    if (block->is_pruned) {
        bucket = wn__idmap_find(&block->pruned, bucket);
        if (bucket == UINT32_MAX)
            return;
    }
    wn__emit(sink, block->n_words + bucket);
}

/* Byte i of '<' word '>': from a copy in that form where there is one. */
static inline uint8_t bracketed(const uint8_t *copy, const uint8_t *word, size_t len, size_t i)
{
    if (copy != NULL)
        return copy[i];
    return i == 0 ? '<' : i <= len ? word[i - 1] : '>';
}

static inline bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

static inline void emit_subwords(const wn__block *block, const uint8_t *copy, const uint8_t *word,
                                 size_t len, size_t at, wn__sink *sink)
{
    size_t end = len + 2;
    for (size_t i = 0; i < end; i++) {
        if (is_continuation(bracketed(copy, word, len, i)))
            continue;
        sink->span.begin = at + i - (i > 0);
        uint32_t hash = WN__FNV_START;
        size_t j = i;
        for (uint32_t n = 1; j < end && n <= block->subwords[1]; n++) {
            do {
                hash = wn__fnv_step(hash, bracketed(copy, word, len, j++));
            } while (j < end && is_continuation(bracketed(copy, word, len, j)));
            if (n >= block->subwords[0] && !(n == 1 && (i == 0 || j == end))) {
                sink->span.end = at + j - 1 - (j == end);
                emit_bucket(block, hash % block->bucket, sink);
            }
        }
    }
}

void wn__fasttext_subwords(const wn__block *block, const uint8_t *word, size_t len, size_t at,
                           wn__sink *sink)
{
    uint8_t copy[128]; /* longer words are rare */
    if (len > sizeof copy - 2) {
        emit_subwords(block, NULL, word, len, at, sink);
        return;
    }
    copy[0] = '<';
    memcpy(copy + 1, word, len);
    copy[len + 1] = '>';
    emit_subwords(block, copy, word, len, at, sink);
}

/* The hashes of the last words, for n-grams: those of a start are emitted once all its words are
 * there, so that they come in the reference's order without a list of all hashes. */
typedef struct window {
    struct {
        wn_span span;
        uint32_t hash;
    } words[WN__MAX_NGRAM]; /* ring */
    uint32_t first, n;
} window;

/* Emits the n-grams that begin with the oldest word, and drops it. */
static void emit_oldest(const wn__block *block, window *w, wn__sink *sink)
{
    uint64_t h = (uint64_t)(int64_t)(int32_t)w->words[w->first].hash;
    sink->span.begin = w->words[w->first].span.begin;
    for (uint32_t j = 1; j < w->n; j++) {
        uint32_t at = (w->first + j) % WN__MAX_NGRAM;
        h = h * 116049371u + (uint64_t)(int64_t)(int32_t)w->words[at].hash;
        sink->span.end = w->words[at].span.end;
        emit_bucket(block, (uint32_t)(h % block->bucket), sink);
    }
    w->n--;
    w->first = (w->first + 1) % WN__MAX_NGRAM;
}

static void push_word(const wn__block *block, window *w, uint32_t hash, wn_span span,
                      wn__sink *sink)
{
    uint32_t at = (w->first + w->n++) % WN__MAX_NGRAM;
    w->words[at].span = span;
    w->words[at].hash = hash;
    if (w->n == block->ngrams[1])
        emit_oldest(block, w, sink);
}

static void emit_word(const wn__block *block, const token *t, wn_span span, uint32_t entry,
                      unsigned what, wn__sink *sink)
{
    bool is_known = entry != UINT32_MAX;
    if (is_known) {
        sink->span = span;
        wn__emit(sink, entry);
    }
    bool has_subwords = block->subwords[1] > 0 && !t->is_end;
    if (has_subwords && (!is_known || (what & WN__WALK_SUBWORDS_OF_WORDS) != 0))
        wn__fasttext_subwords(block, t->text, t->len, span.begin, sink);
}

void wn__fasttext_walk(const wn__block *block, wn__fasttext_tokens *tokens, unsigned what,
                       wn__sink *sink, wn__sink *gold)
{
    window words = {.first = 0, .n = 0};
    bool has_ngrams = block->ngrams[1] > 1 && (what & WN__WALK_NGRAMS) != 0;
    token t;
    while (next_token(tokens, &t)) {
        uint32_t entry = wn__strings_find(&block->terms, t.text, t.len, t.hash);
        bool is_label = entry != UINT32_MAX && entry >= block->n_words;
        if (is_label && gold != NULL)
            wn__emit(gold, entry - block->n_words);
        if (entry == UINT32_MAX && block->label_tokens && t.len >= LABEL_PREFIX_LEN)
            is_label = memcmp(t.text, label_prefix, LABEL_PREFIX_LEN) == 0;
        if (!is_label) {
            if (has_ngrams)
                push_word(block, &words, t.hash, span_of(tokens, &t), sink);
            if ((what & WN__WALK_WORDS) != 0)
                emit_word(block, &t, span_of(tokens, &t), entry, what, sink);
        }
        if (t.is_end && tokens->is_line)
            break;
    }
    while (has_ngrams && words.n > 0)
        emit_oldest(block, &words, sink);
}

const wn__extractor wn__extract_fasttext = {"fasttext", NULL};
