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

#include "swar.h"

#define SCANNED 512                                 /* bytes a batch */
#define MAX_WORDS (SCANNED / 2 + 2 + WN__MAX_NGRAM) /* in a batch: its own, and those before */

static const uint8_t end_of_line[] = "</s>";
static const uint8_t label_prefix[] = "__label__";
#define END_OF_LINE_LEN (sizeof end_of_line - 1)
#define LABEL_PREFIX_LEN (sizeof label_prefix - 1)

/* Emits a row, which the memory has until the sink is full to bring. A sink may be without rows:
 * any address may be asked for, but only a number may be any address. n is what sink->n has to be,
 * in a register of the caller; returns the new one. */
WN__ALWAYS_INLINE size_t emit_row(wn__sink *sink, size_t n, uint32_t row)
{
    __builtin_prefetch((const void *)((uintptr_t)sink->rows + row * sink->row_size));
    sink->ids[n++] = row;
    if (__builtin_expect(n < WN__SINK_SIZE, 1))
        return n;
    sink->n = n;
    sink->flush(sink);
    return sink->n;
}

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

/* Is the bucket's row in the model? 1 for all that are and a few that are not. */
static inline unsigned may_have(const uint64_t *filter, uint32_t mask, uint32_t bucket)
{
    uint32_t bit = bucket & mask;
    return (unsigned)(filter[bit / 64] >> bit % 64 & 1);
}

static inline size_t emit_bucket(const wn__block *block, uint32_t bucket, wn__sink *sink, size_t n)
{
    if (block->is_pruned) {
        if (!may_have(block->filter, block->filter_mask, bucket))
            return n;
        bucket = wn__idmap_find(&block->pruned, bucket);
        if (bucket == UINT32_MAX)
            return n;
    }
    return emit_row(sink, n, block->n_words + bucket);
}

/* ---- Subwords ---- */

static inline bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Byte i of '<' word '>'. */
static inline uint8_t bracketed(const uint8_t *word, size_t len, size_t i)
{
    return i == 0 ? '<' : i <= len ? word[i - 1] : '>';
}

/* Emits the subwords of any word, byte by byte. */
static void emit_subwords(const wn__block *block, const uint8_t *word, size_t len, size_t at,
                          wn__sink *sink)
{
    size_t end = len + 2, n_ids = sink->n;
    for (size_t i = 0; i < end; i++) {
        if (is_continuation(bracketed(word, len, i)))
            continue;
        sink->span.begin = at + i - (i > 0);
        uint32_t hash = WN__FNV_START;
        size_t j = i;
        for (uint32_t n = 1; j < end && n <= block->subwords[1]; n++) {
            do {
                hash = wn__fnv_step(hash, bracketed(word, len, j++));
            } while (j < end && is_continuation(bracketed(word, len, j)));
            if (n >= block->subwords[0] && !(n == 1 && (i == 0 || j == end))) {
                sink->span.end = at + j - 1 - (j == end);
                n_ids = emit_bucket(block, bucket_of(block, hash), sink, n_ids);
            }
        }
    }
    sink->n = n_ids;
}

/* Finds the buckets of a short word of ASCII, '<' word '>' [end]. */
static void find_parts(const wn__block *block, const uint8_t *word, size_t end, wn__parts *parts)
{
    uint32_t buckets[WN__SHORT_PART][WN__SHORT_WORD], *to = parts->buckets;
    const uint64_t *filter = block->filter;
    const uint32_t mask = block->filter_mask;
    const size_t lowest = block->subwords[0] > 0 ? block->subwords[0] : 1,
                 highest = block->subwords[1];
    block->kernel->hash_parts(word, end, lowest, highest, block->bucket,
                              (uint32_t)(block->bucket_inverse >> 32), buckets);
    for (size_t i = 0; i < end; i++) {
        size_t longest = end - i < highest ? end - i : highest, n = lowest;
        if (n == 1 && (i == 0 || i + n == end))
            n++; /* '<' and '>' alone are none */
        for (; n <= longest; n++) {
            /* Without a branch: whether a bucket was pruned is hard to guess. (Eight at once by a
             * gather took the same time.) */
            *to = buckets[n - 1][i];
            to += may_have(filter, mask, *to);
        }
    }
    parts->n = (size_t)(to - parts->buckets);
    for (size_t i = 0; i < parts->n && block->is_pruned; i++)
        __builtin_prefetch(
            &block->pruned.slots[wn__idmap_start(&block->pruned, parts->buckets[i])]);
}

void wn__fasttext_start_subwords(const wn__block *block, const uint8_t *word, size_t len,
                                 wn__parts *parts, wn__sink *sink)
{
    uint8_t copy[WN__SHORT_WORD + WN__SHORT_PART] = {'<'};
    parts->n = 0;
    if (len + 2 > WN__SHORT_WORD || block->subwords[1] > WN__SHORT_PART) {
        emit_subwords(block, word, len, 0, sink);
        return;
    }
    memcpy(copy + 1, word, len);
    copy[len + 1] = '>';
    uint64_t bytes = 0;
    for (size_t i = 0; i < WN__SHORT_WORD; i += 8)
        bytes |= wn__swar_load(copy + i);
    if ((bytes & WN__EACH * 0x80) != 0)
        emit_subwords(block, word, len, 0, sink);
    else
        find_parts(block, copy, len + 2, parts);
}

void wn__fasttext_end_subwords(const wn__block *block, wn__parts *parts, wn__sink *sink)
{
    size_t n_ids = sink->n;
    for (size_t i = 0; i < parts->n; i++)
        n_ids = emit_bucket(block, parts->buckets[i], sink, n_ids);
    sink->n = n_ids;
    parts->n = 0;
}

void wn__fasttext_subwords(const wn__block *block, const uint8_t *word, size_t len, wn__sink *sink)
{
    wn__parts parts;
    wn__fasttext_start_subwords(block, word, len, &parts, sink);
    wn__fasttext_end_subwords(block, &parts, sink);
}

/* ---- Words ---- */

/* The words of a batch, and of the batches before as many as an n-gram reaches back. */
typedef struct batch {
    size_t n;
    wn__word words[MAX_WORDS];
    uint32_t hashes[MAX_WORDS]; /* fastText's */
    size_t n_unknown;
    const wn__word *unknown[MAX_WORDS]; /* those that sinks->unknown takes */
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

/* Adds to the batch's words [n_words] those that end in the next part of the text. */
WN__ALWAYS_INLINE void scan(walk *w, batch *b, size_t n_words)
{
    const wn__word_table table = w->block->words;
    const uint8_t *part = w->text + w->at;
    size_t left = w->len - w->at, len = left < SCANNED ? left : SCANNED, i = 0;
    uint32_t edges[SCANNED + 1 + WN__EDGES_SLACK];
    size_t n = w->block->kernel->find_edges(part, len, !w->is_inside, edges);
    w->at += len;
    w->is_last = len == left;
    if (w->is_last && (n + w->is_inside) % 2 == 1)
        edges[n++] = (uint32_t)len;
    if (w->is_inside && n > 0) {
        size_t begin = w->begin, end = w->at - len + edges[i++];
        wn__word_start(&table, &b->words[n_words++], w->text + begin, end - begin, w->len - begin);
    }
    for (; i + 1 < n; i += 2) {
        uint32_t begin = edges[i], end = edges[i + 1];
        wn__word_start(&table, &b->words[n_words++], part + begin, end - begin, left - begin);
    }
    if (i < n)
        w->begin = w->at - len + edges[i];
    w->is_inside = i < n || (w->is_inside && n == 0);
    b->n = n_words;
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

/* Emits the subwords of a word that is no label, if its row does not contain them. slot: of a
 * known word, or NULL. */
static void emit_parts(walk *w, const wn__word *word, const wn__word_slot *slot, unsigned what,
                       bool with_spans)
{
    if (slot != NULL && (what & WN__WALK_SUBWORDS_OF_WORDS) == 0)
        w->walked.n_inside += slot->count - 1;
    else if (is_end(word))
        return;
    else if (with_spans)
        emit_subwords(w->block, word->text, word->len, span_of(w, word).begin, w->sinks->words);
    else
        wn__fasttext_subwords(w->block, word->text, word->len, w->sinks->words);
}

static bool starts_as_label(const wn__word *word)
{
    return word->len >= LABEL_PREFIX_LEN && memcmp(word->text, label_prefix, LABEL_PREFIX_LEN) == 0;
}

/* The end of a line: what follows is of the next one. */
static void end_line(walk *w, const wn__word *word)
{
    if (word->text != end_of_line)
        w->walked.consumed = (size_t)(word->text - w->text) + word->len;
    w->is_last = true;
}

/* Finds the words of a batch from `first` on, emits them, and drops labels. */
WN__ALWAYS_INLINE void find(walk *w, batch *b, size_t first, unsigned what, bool with_spans,
                            bool is_line)
{
    const wn__block *block = w->block;
    const wn__word_table table = block->words;
    const uint32_t n_words = block->n_words, end_id = block->end_of_line;
    const bool has_ngrams = block->ngrams[1] > 1 && (what & WN__WALK_NGRAMS) != 0;
    const bool has_subwords = block->subwords[1] > 0, emits = (what & WN__WALK_WORDS) != 0;
    const bool takes_unknown = emits && has_subwords && w->sinks->unknown != NULL;
    wn__sink *sink = w->sinks->words;
    size_t n = b->n, n_kept = first, n_ids = sink->n;
    b->n_unknown = 0;
    for (size_t i = first; i < n; i++) {
        const wn__word *word = &b->words[i];
        const wn__word_slot *slot = wn__word_find(&table, &block->terms, word);
        if (is_line && is_end(word)) {
            end_line(w, word);
            n = i + 1;
        }
        if (slot != NULL && slot->id >= n_words) {
            if (w->sinks->gold != NULL)
                wn__emit(w->sinks->gold, slot->id - n_words);
            continue;
        }
        if (slot == NULL && block->label_tokens && starts_as_label(word))
            continue;
        if (emits && slot != NULL) {
            if (with_spans)
                sink->span = span_of(w, word);
            if (slot->id == end_id)
                w->walked.n_ends++;
            n_ids = emit_row(sink, n_ids, slot->id);
        }
        if (takes_unknown && slot == NULL && !is_end(word)) {
            b->unknown[b->n_unknown++] = word;
        } else if (emits && has_subwords) {
            sink->n = n_ids;
            emit_parts(w, word, slot, what, with_spans);
            n_ids = sink->n;
        }
        if (has_ngrams) {
            if (with_spans && n_kept != i)
                b->words[n_kept] = *word;
            b->hashes[n_kept++] = slot != NULL ? slot->fnv : wn__fnv(word->text, word->len);
        }
    }
    sink->n = n_ids;
    if (b->n_unknown > 0)
        w->walked.n_inside += w->sinks->unknown(w->sinks->user, b->unknown, b->n_unknown);
    b->n = n_kept;
}

/* The hash of an n-gram from that of its words but the last, and the last one's. The reference's
 * are of a signed type. */
static inline uint64_t signed_hash(uint32_t hash)
{
    return (uint64_t)(int64_t)(int32_t)hash;
}

static inline uint64_t ngram_hash(uint64_t before, uint32_t hash)
{
    return before * 116049371u + signed_hash(hash);
}

/* Emits the n-grams that begin with words before `end`. */
static void emit_ngrams(const walk *w, const batch *b, size_t end, bool with_spans)
{
    const wn__block *block = w->block;
    wn__sink *sink = w->sinks->ngrams;
    size_t n_ids = sink->n, reach = block->ngrams[1];
    for (size_t i = 0; i < end; i++) {
        uint64_t h = signed_hash(b->hashes[i]);
        if (with_spans)
            sink->span.begin = span_of(w, &b->words[i]).begin;
        for (size_t j = i + 1; j < b->n && j < i + reach; j++) {
            h = ngram_hash(h, b->hashes[j]);
            if (with_spans)
                sink->span.end = span_of(w, &b->words[j]).end;
            n_ids = emit_bucket(block, bucket_of(block, h), sink, n_ids);
        }
    }
    sink->n = n_ids;
}

/* The same for bigrams without spans. */
static void emit_bigrams(const walk *w, const batch *b, size_t end)
{
    const wn__block *block = w->block;
    wn__sink *sink = w->sinks->ngrams;
    size_t n_ids = sink->n;
    for (size_t i = 0; i < end && i + 1 < b->n; i++) {
        uint64_t h = ngram_hash(signed_hash(b->hashes[i]), b->hashes[i + 1]);
        n_ids = emit_bucket(block, bucket_of(block, h), sink, n_ids);
    }
    sink->n = n_ids;
}

WN__ALWAYS_INLINE wn__fasttext_walked walk_text(walk *w, unsigned what, bool with_spans,
                                                bool is_line)
{
    const wn__block *block = w->block;
    size_t reach = (what & WN__WALK_NGRAMS) != 0 ? block->ngrams[1] - 1 : 0;
    bool has_end = !is_line;
    batch b;
    b.n = 0;
    if (is_line) {
        const uint8_t *newline = memchr(w->text, '\n', w->len);
        has_end = newline != NULL;
        w->len = has_end ? (size_t)(newline - w->text) : w->len;
    }
    w->walked.consumed = w->len + (has_end && is_line ? 1 : 0);
    do {
        size_t first = b.n;
        scan(w, &b, first);
        if (w->is_last && has_end)
            wn__word_start(&block->words, &b.words[b.n++], end_of_line, END_OF_LINE_LEN,
                           END_OF_LINE_LEN);
        find(w, &b, first, what, with_spans, is_line);
        if (reach == 0)
            continue;
        /* All words of an n-gram have to be there. */
        size_t done = w->is_last ? b.n : b.n > reach ? b.n - reach : 0;
        if (reach == 1 && !with_spans)
            emit_bigrams(w, &b, done);
        else
            emit_ngrams(w, &b, done, with_spans);
        b.n -= done;
        if (with_spans)
            memmove(b.words, b.words + done, b.n * sizeof *b.words);
        memmove(b.hashes, b.hashes + done, b.n * sizeof *b.hashes);
    } while (!w->is_last);
    return w->walked;
}

/* What most texts are scored with: a paragraph's fast rows. */
static __attribute__((noinline)) wn__fasttext_walked walk_fast(walk *w)
{
    return walk_text(w, WN__WALK_ALL_FAST, false, false);
}

wn__fasttext_walked wn__fasttext_walk(const wn__block *block, const wn__fasttext_tokens *tokens,
                                      unsigned what, const wn__fasttext_sinks *sinks)
{
    walk w = {.block = block,
              .sinks = sinks,
              .text = tokens->text,
              .len = tokens->len,
              .is_line = tokens->is_line};
    if (what == WN__WALK_ALL_FAST && !sinks->with_spans && !tokens->is_line)
        return walk_fast(&w);
    return walk_text(&w, what, sinks->with_spans, tokens->is_line);
}

const wn__extractor wn__extract_fasttext = {"fasttext", 0, NULL};
