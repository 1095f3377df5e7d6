/* feature.c - the table of extractors, and the look-up that the linear ones share. */
#include "feature.h"

/* Columns that are no features of a text: only vectors have them (wn_classify_vectors). */
static wn_status extract_nothing(const wn__block *block, const uint8_t *text, size_t len,
                                 wn__feature_scratch *scratch, wn__sink *sink)
{
    (void)block, (void)text, (void)len, (void)scratch, (void)sink;
    return WN_OK;
}

static const wn__extractor extract_columns = {"columns", extract_nothing};

const wn__extractor *const wn__extractors[WN__N_EXTRACTORS] = {
    [WN__EXTRACT_WORDS] = &wn__extract_words,       [WN__EXTRACT_CHARS] = &wn__extract_chars,
    [WN__EXTRACT_CHARS_WB] = &wn__extract_chars_wb, [WN__EXTRACT_FASTTEXT] = &wn__extract_fasttext,
    [WN__EXTRACT_SURFACE] = &wn__extract_surface,   [WN__EXTRACT_COLUMNS] = &extract_columns,
};

void wn__emit_term(const wn__block *block, const uint8_t *term, size_t len, wn__sink *sink)
{
    if (!block->hashed) {
        if (len > block->longest_term)
            return;
        uint32_t row = wn__strings_find(&block->terms, term, len, wn__strings_hash(term, len));
        if (row != UINT32_MAX)
            wn__emit(sink, row);
        return;
    }
    /* |INT32_MIN| has no int32: as unsigned it is right. */
    uint32_t hash = wn__murmur3(term, len);
    bool is_negative = (hash & 0x80000000u) != 0;
    uint32_t row = (is_negative ? 0u - hash : hash) % block->n_features;
    if (block->has_columns) {
        row = wn__idmap_find(&block->columns, row);
        if (row == UINT32_MAX)
            return;
    }
    wn__emit(sink, is_negative && block->alternate_sign ? row | WN__NEGATIVE : row);
}
