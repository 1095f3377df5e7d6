/* feature_fasttext.c - fastText's features: words, subwords and word n-grams.
 *
 *     512 bytes of text -> edges -> words that ask for their slots -> slots -> ids of words
 *                                                                          -> ids of n-grams
 *
 * A batch of words passes each step before the next one begins, so that the memory has time to
 * answer: what a step needs was asked for by the one before.
 *
 * Source: fastText 0.9.2, Dictionary::readWord, getLine, addSubwords, addWordNgrams.
 */
#include "feature.h"

#define SCANNED 512                                 /* bytes a batch */
#define MAX_WORDS (SCANNED / 2 + 2 + WN__MAX_NGRAM) /* in a batch: its own, and those before */

static const uint8_t end_of_line[] = "</s>";
static const uint8_t label_prefix[] = "__label__";
#define END_OF_LINE_LEN (sizeof end_of_line - 1)
#define LABEL_PREFIX_LEN (sizeof label_prefix - 1)

/* ---- Buckets ---- */

/* h % block->bucket. The quotient by the inverse is right or one too small, for every h. */
static inline uint32_t bucket_of(const wn__block *block, uint64_t h)
{
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 uint128;
    uint64_t quotient = (uint64_t)((uint128)h * block->bucket_inverse >> 64);
    uint64_t rest = h - quotient * block->bucket;
    return (uint32_t)(rest >= block->bucket ? rest - block->bucket : rest);
#else
    return (uint32_t)(h % block->bucket);
#endif
}

static inline void emit_bucket(const wn__block *block, uint32_t bucket, wn__sink *sink)
{
    if (block->is_pruned) {
        bucket = wn__idmap_find(&block->pruned, bucket);
        if (bucket == UINT32_MAX)
            return;
    }
    wn__emit(sink, block->n_words + bucket);
}

/* ---- Subwords ---- */

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
                emit_bucket(block, bucket_of(block, hash), sink);
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

/* ---- Words ---- */

/* The words of a batch, and of the batches before as many as an n-gram reaches back. */
typedef struct batch {
    size_t n;
    wn__word words[MAX_WORDS];
    uint32_t hashes[MAX_WORDS]; /* fastText's */
} batch;

/* A walk over one text. */
typedef struct walk {
    const wn__block *block;
    const wn__fasttext_sinks *sinks;
    const uint8_t *text;
    size_t len, at; /* at: what was scanned */
    size_t begin;   /* of the word that is not at its end yet */
    bool is_inside; /* is there one? */
    bool is_line, is_last;
    wn__fasttext_walked walked;
} walk;

static inline void add_word(const walk *w, batch *b, size_t begin, size_t end)
{
    wn__word_start(&w->block->words, &b->words[b->n++], w->text + begin, end - begin,
                   w->len - begin);
}

/* Adds the words that end in the next part of the text; at its end the token </s>. */
static void scan(walk *w, batch *b)
{
    uint32_t edges[SCANNED];
    size_t len = w->len - w->at < SCANNED ? w->len - w->at : SCANNED, i = 0;
    size_t n = w->block->kernel->find_edges(w->text + w->at, len, !w->is_inside, edges);
    if (w->is_inside && n > 0) {
        add_word(w, b, w->begin, w->at + edges[0]);
        w->is_inside = false;
        i = 1;
    }
    for (; i + 1 < n; i += 2)
        add_word(w, b, w->at + edges[i], w->at + edges[i + 1]);
    if (i < n) {
        w->is_inside = true;
        w->begin = w->at + edges[i];
    }
    w->at += len;
    w->is_last = w->at == w->len;
    if (w->is_last && w->is_inside)
        add_word(w, b, w->begin, w->len);
}

static inline bool is_end(const wn__word *word)
{
    return word->len == END_OF_LINE_LEN && memcmp(word->text, end_of_line, END_OF_LINE_LEN) == 0;
}

/* What of the text a word is; nothing of it is the </s> at the end. */
static inline wn_span span_of(const walk *w, const wn__word *word)
{
    if (word->text == end_of_line)
        return (wn_span){w->walked.consumed - (w->is_line ? 1 : 0), w->walked.consumed};
    size_t begin = (size_t)(word->text - w->text);
    return (wn_span){begin, begin + word->len};
}

/* Emits a word that is no label. slot: of a known one, or NULL. */
static inline void emit_word(walk *w, const wn__word *word, const wn__word_slot *slot,
                             unsigned what, bool with_spans)
{
    const wn__block *block = w->block;
    wn__sink *sink = w->sinks->words;
    if (slot != NULL) {
        if (with_spans)
            sink->span = span_of(w, word);
        wn__emit(sink, slot->id);
        w->walked.n_ends += slot->id == block->end_of_line;
    }
    if (block->subwords[1] == 0)
        return;
    if (slot != NULL && (what & WN__WALK_SUBWORDS_OF_WORDS) == 0) {
        w->walked.n_inside += slot->count - 1;
    } else if (!is_end(word)) {
        if (w->sinks->unknown != NULL && slot == NULL)
            w->walked.n_inside += w->sinks->unknown(w->sinks->user, word);
        else
            wn__fasttext_subwords(block, word->text, word->len, span_of(w, word).begin, sink);
    }
}

/* Finds the words of a batch from `first` on, emits them, and drops labels. */
static inline void find(walk *w, batch *b, size_t first, unsigned what, bool with_spans)
{
    const wn__block *block = w->block;
    bool has_ngrams = block->ngrams[1] > 1 && (what & WN__WALK_NGRAMS) != 0;
    size_t n = b->n;
    b->n = first;
    for (size_t i = first; i < n; i++) {
        const wn__word *word = &b->words[i];
        const wn__word_slot *slot = wn__word_find(&block->words, &block->terms, word);
        bool is_label = slot != NULL && slot->id >= block->n_words;
        if (is_label && w->sinks->gold != NULL)
            wn__emit(w->sinks->gold, slot->id - block->n_words);
        if (slot == NULL && block->label_tokens && word->len >= LABEL_PREFIX_LEN)
            is_label = memcmp(word->text, label_prefix, LABEL_PREFIX_LEN) == 0;
        if (w->is_line && is_end(word)) {
            if (word->text != end_of_line)
                w->walked.consumed = (size_t)(word->text - w->text) + word->len;
            w->is_last = true;
            n = i + 1;
        }
        if (is_label)
            continue;
        if ((what & WN__WALK_WORDS) != 0)
            emit_word(w, word, slot, what, with_spans);
        if (has_ngrams) {
            if (b->n != i)
                b->words[b->n] = *word;
            b->hashes[b->n++] = slot != NULL ? slot->fnv : wn__fnv(word->text, word->len);
        }
    }
}

/* Emits the n-grams that begin with words before `end`. */
static inline void emit_ngrams(const walk *w, const batch *b, size_t end, bool with_spans)
{
    const wn__block *block = w->block;
    wn__sink *sink = w->sinks->ngrams;
    for (size_t i = 0; i < end; i++) {
        uint64_t h = (uint64_t)(int64_t)(int32_t)b->hashes[i];
        if (with_spans)
            sink->span.begin = span_of(w, &b->words[i]).begin;
        for (size_t j = i + 1; j < b->n && j < i + block->ngrams[1]; j++) {
            h = h * 116049371u + (uint64_t)(int64_t)(int32_t)b->hashes[j];
            if (with_spans)
                sink->span.end = span_of(w, &b->words[j]).end;
            emit_bucket(block, bucket_of(block, h), sink);
        }
    }
}

static inline wn__fasttext_walked walk_text(walk *w, unsigned what, bool with_spans)
{
    const wn__block *block = w->block;
    size_t reach = (what & WN__WALK_NGRAMS) != 0 ? block->ngrams[1] - 1 : 0;
    bool has_end = !w->is_line;
    batch b;
    b.n = 0;
    if (w->is_line) {
        const uint8_t *newline = memchr(w->text, '\n', w->len);
        has_end = newline != NULL;
        w->len = has_end ? (size_t)(newline - w->text) : w->len;
    }
    w->walked.consumed = w->len + (has_end && w->is_line ? 1 : 0);
    do {
        size_t first = b.n;
        scan(w, &b);
        if (w->is_last && has_end)
            wn__word_start(&block->words, &b.words[b.n++], end_of_line, END_OF_LINE_LEN,
                           END_OF_LINE_LEN);
        find(w, &b, first, what, with_spans);
        if (reach == 0)
            continue;
        /* All words of an n-gram have to be there. */
        size_t done = w->is_last ? b.n : b.n > reach ? b.n - reach : 0;
        emit_ngrams(w, &b, done, with_spans);
        b.n -= done;
        memmove(b.words, b.words + done, b.n * sizeof *b.words);
        memmove(b.hashes, b.hashes + done, b.n * sizeof *b.hashes);
    } while (!w->is_last);
    return w->walked;
}

wn__fasttext_walked wn__fasttext_walk(const wn__block *block, const wn__fasttext_tokens *tokens,
                                      unsigned what, const wn__fasttext_sinks *sinks)
{
    walk w = {.block = block,
              .sinks = sinks,
              .text = tokens->text,
              .len = tokens->len,
              .is_line = tokens->is_line};
    return sinks->with_spans ? walk_text(&w, what, true) : walk_text(&w, what, false);
}

const wn__extractor wn__extract_fasttext = {"fasttext", NULL};
