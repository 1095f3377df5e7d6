/* feature.c - the table of extractors, and the look-up that the linear ones share. */
#include "feature.h"

/* Columns that are no features of a text: only vectors have them (wn_classify_vectors). */
static wn_status extract_nothing(const wn__block *block, const uint8_t *text, size_t len,
                                 wn__feature_scratch *scratch, wn__sink *sink)
{
    (void)block, (void)text, (void)len, (void)scratch, (void)sink;
    return WN_OK;
}

static const wn__extractor extract_columns = {"columns", 0, extract_nothing};

const wn__extractor *const wn__extractors[WN__N_EXTRACTORS] = {
    [WN__EXTRACT_WORDS] = &wn__extract_words,       [WN__EXTRACT_CHARS] = &wn__extract_chars,
    [WN__EXTRACT_CHARS_WB] = &wn__extract_chars_wb, [WN__EXTRACT_FASTTEXT] = &wn__extract_fasttext,
    [WN__EXTRACT_SURFACE] = &wn__extract_surface,   [WN__EXTRACT_COLUMNS] = &extract_columns,
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_mark(uint8_t c)
{
    return c < 0x80 && !is_alphanumeric(c) && (c == 0 || strchr("_'.:^`", c) == NULL);
}

/* The ways to cut that there are between two bytes. */
static unsigned cuts_between(uint8_t left, uint8_t right)
{
    unsigned cuts = is_space(right) ? WN__CUT_BEFORE_SPACE : 0;
    if (is_mark(right))
        cuts |= WN__CUT_BEFORE_MARK;
    if (is_alphanumeric(left) && is_alphanumeric(right))
        cuts |= WN__CUT_INSIDE_WORD;
    return cuts;
}

size_t wn__piece_end(const wn__block *block, const uint8_t *text, size_t len, size_t least)
{
    unsigned cut = block->extractor->cut;
    if (block->extractor == &wn__extract_words && block->tokens == WN__TOKENS_PATTERN)
        return len;
    if (block->extractor == &wn__extract_words && block->tokens == WN__TOKENS_NONSPACE)
        cut &= ~(unsigned)WN__CUT_BEFORE_MARK;
    for (size_t at = least; at < len && cut != 0; at++) {
        if ((cuts_between(text[at - 1], text[at]) & cut) != 0)
            return at;
    }
    return len;
}

void wn__emit_terms(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink)
{
    wn__terms *terms = &scratch->terms;
    const wn__word_table *table = &block->words;
    size_t n = 0;
    for (size_t i = 0; i < terms->n; i++) { /* without a branch: hits are hard to guess */
        uint64_t hash = terms->hashes[i];
        terms->hashes[n] = hash;
        terms->words[n] = terms->words[i];
        terms->spans[n] = terms->spans[i];
        n += wn__word_may_be_there(table, hash);
    }
    for (size_t i = 0; i < n; i++)
        wn__word_ask(table, &terms->words[i], terms->hashes[i]);
    for (size_t i = 0; i < n; i++) {
        const wn__word_slot *slot = wn__word_find(&block->words, &block->terms, &terms->words[i]);
        if (slot == NULL)
            continue;
        sink->span = terms->spans[i];
        wn__emit(sink, slot->id);
    }
    terms->n = 0;
}

/* The column of a term by its hash, or UINT32_MAX. */
static uint32_t hashed_column(const wn__block *block, const uint8_t *term, size_t len)
{
    /* |INT32_MIN| has no int32: as unsigned it is right. */
    uint32_t hash = wn__murmur3(term, len);
    bool is_negative = (hash & 0x80000000u) != 0;
    uint32_t column = (is_negative ? 0u - hash : hash) % block->n_features;
    if (block->has_columns)
        column = wn__idmap_find(&block->columns, column);
    return column != UINT32_MAX && is_negative && block->alternate_sign ? column | WN__NEGATIVE
                                                                        : column;
}

void wn__emit_term(const wn__block *block, const uint8_t *term, size_t len,
                   wn__feature_scratch *scratch, wn__sink *sink)
{
    wn__terms *terms = &scratch->terms;
    if (block->hashed) {
        uint32_t column = hashed_column(block, term, len);
        if (column != UINT32_MAX)
            wn__emit(sink, column);
    } else if (len <= block->longest_term) {
        uint64_t hash = wn__word_read(&terms->words[terms->n], term, len, len + WN__TERM_SLACK);
        __builtin_prefetch(wn__word_filter(&block->words, hash));
        terms->hashes[terms->n] = hash;
        terms->spans[terms->n++] = sink->span;
        if (terms->n == WN__COUNT(terms->words))
            wn__emit_terms(block, scratch, sink);
    }
}
