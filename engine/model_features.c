/* model_features.c - validates how a block finds its features: vocabularies, hashes, n-grams. */
#include "feature.h"
#include "model_builder.h"
#include "normalize.h"
#include "pattern.h"

static bool to_range(const int64_t from[2], int64_t lowest, int64_t highest, uint32_t to[2])
{
    if (from[0] < lowest || from[1] > highest || from[0] > from[1])
        return false;
    to[0] = (uint32_t)from[0];
    to[1] = (uint32_t)from[1];
    return true;
}

/* Makes room for the filter of n buckets with rows: sixteen bits for each. */
static uint64_t *make_filter(const wn__builder *b, size_t n, wn__block *to)
{
    size_t n_bits = 64;
    while (n_bits < 16 * n && n_bits < (size_t)1 << 31)
        n_bits *= 2;
    uint64_t *filter = wn__heap_zalloc(&b->model->heap, n_bits / 64, sizeof *filter);
    to->filter = filter;
    to->filter_mask = (uint32_t)(n_bits - 1);
    return filter;
}

/* The buckets that have rows, where not all have. */
static wn_status build_pruned(const wn__builder *b, const wn__array *pairs, wn__block *to)
{
    uint32_t n = pairs != NULL ? (uint32_t)pairs->shape[0] : 0;
    uint64_t *filter = make_filter(b, n, to);
    if (filter == NULL)
        return wn__no_memory(b->error);
    if (pairs == NULL) {
        filter[0] = UINT64_MAX;
        return WN_OK;
    }
    if (pairs->dtype != WN__I32 || pairs->n_dims != 2 || pairs->shape[1] != 2 ||
        pairs->shape[0] > (uint64_t)to->bucket)
        return wn__builder_corrupt(b, "\"pruned\" must be i32 [n][2] with at most a pair a bucket");
    to->is_pruned = true;
    to->n_rows = to->n_words + (size_t)n;
    if (!wn__idmap_init(&to->pruned, &b->model->heap, n))
        return wn__no_memory(b->error);
    for (uint32_t i = 0; i < n; i++) {
        int32_t pair[2];
        memcpy(pair, pairs->data + (size_t)i * sizeof pair, sizeof pair);
        if (pair[0] < 0 || (uint32_t)pair[0] >= to->bucket || pair[1] < 0 || (uint32_t)pair[1] >= n)
            return wn__builder_corrupt(b, "\"pruned\" names a bucket or row that does not exist");
        uint32_t bucket = (uint32_t)pair[0], bit = bucket & to->filter_mask;
        if (wn__idmap_find(&to->pruned, bucket) != UINT32_MAX ||
            !wn__idmap_insert(&to->pruned, bucket, (uint32_t)pair[1]))
            return wn__builder_corrupt(
                b, "\"pruned\" has a bucket twice, or collides beyond all reason");
        filter[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    if (!wn__idmap_is_sound(&to->pruned))
        return wn__builder_corrupt(b, "\"pruned\" collides beyond all reason");
    return WN_OK;
}

/* Finds the words by the table that the file has, or makes one. */
static wn_status build_words(const wn__builder *b, const wn__spec_block *from, wn__block *to)
{
    const wn__array *index = wn__builder_array(b, from->words_index);
    size_t n_slots = wn__word_table_size(to->terms.n);
    if (index == NULL)
        return wn__builder_words(b, &to->terms, from->words_last_wins, "dictionary", &to->words);
    if (index->dtype != WN__U32 || index->n_dims != 2 || index->shape[0] != n_slots ||
        index->shape[1] != sizeof(wn__word_slot) / sizeof(uint32_t))
        return wn__builder_corrupt(b, "\"words_index\" must be u32 [n + n / 2 + 16][8] for n words "
                                      "and labels");
    const wn__word_slot *slots = (const wn__word_slot *)(const void *)index->data;
    if (!wn__array_can_stay(b->spec, index)) {
        wn__word_slot *copy = wn__heap_alloc(&b->model->heap, n_slots, sizeof *copy);
        if (copy == NULL)
            return wn__no_memory(b->error);
        memcpy(copy, index->data, n_slots * sizeof *copy);
        slots = copy;
    }
    to->words = (wn__word_table){.slots = slots, .n_slots = (uint32_t)n_slots, .n = to->terms.n};
    if (!b->spec->is_unverified &&
        !wn__word_table_is_sound(&to->words, &to->terms, from->words_last_wins))
        return wn__builder_corrupt(b, "\"words_index\" does not find the words");
    return WN_OK;
}

wn_status wn__build_fasttext_features(const wn__builder *b, const wn__spec_block *from,
                                      wn__block *to)
{
    const wn__array *words = wn__builder_array(b, from->words),
                    *pairs = wn__builder_array(b, from->pruned);
    const wn__array *dictionary[2] = {words, wn__builder_array(b, b->spec->labels)};
    if (words == NULL || words->dtype != WN__STR)
        return wn__builder_corrupt(b, "\"words\" must be an array of strings");
    if (!to_range(from->ngrams, 1, WN__MAX_NGRAM, to->ngrams) || to->ngrams[0] != 1)
        return wn__builder_corrupt(b,
                                   "\"ngrams\" of fastText features must be [1, n], n at most 32");
    if (from->subwords[0] < 0 || from->subwords[0] > INT32_MAX || from->subwords[1] < 0 ||
        from->subwords[1] > WN__MAX_SUBWORD)
        return wn__builder_corrupt(b, "\"subwords\" must be [minn, maxn], maxn at most 64");
    to->subwords[0] = (uint32_t)from->subwords[0];
    to->subwords[1] = (uint32_t)from->subwords[1];
    if (from->bucket < 0 || from->bucket > INT32_MAX ||
        (from->bucket == 0 && (to->ngrams[1] > 1 || to->subwords[1] > 0)))
        return wn__builder_corrupt(
            b, "\"bucket\" must be from 0 to 2^31 - 1, and positive with n-grams");
    to->bucket = (uint32_t)from->bucket;
    to->bucket_inverse = to->bucket > 0 ? UINT64_MAX / to->bucket : 0;
    to->kernel = b->model->kernel;
    to->label_tokens = from->label_tokens;
    wn_status status = wn__builder_strings(b, dictionary, from->label_tokens ? 2 : 1, &to->terms);
    if (status == WN_OK)
        status = build_words(b, from, to);
    if (status != WN_OK)
        return status;
    to->n_words = (uint32_t)words->shape[0];
    wn__word end;
    wn__word_start(&to->words, &end, (const uint8_t *)"</s>", 4, 4);
    const wn__word_slot *slot = wn__word_find(&to->words, &to->terms, &end);
    to->end_of_line = slot != NULL && slot->id < to->n_words ? slot->id : UINT32_MAX;
    to->n_rows = to->n_words + (size_t)to->bucket;
    return build_pruned(b, pairs, to);
}

/* Each block makes a map of its kept columns and one of its selected columns: see shares_large_rows
 * in model_build.c. */
static bool shares_large_columns(const wn__builder *b, const wn__block *to)
{
    const wn__spec_block *blocks = b->spec->blocks, *from = &blocks[to - b->model->blocks];
    for (const wn__spec_block *other = blocks; other < from; other++) {
        if ((other->columns == from->columns && wn__builder_is_large(b, from->columns)) ||
            (other->selected == from->selected && wn__builder_is_large(b, from->selected)))
            return true;
    }
    return false;
}

/* The kept columns of a hash, as a map to columns of the block. */
static wn_status build_kept(const wn__builder *b, const wn__array *kept, wn__block *to)
{
    if (shares_large_columns(b, to))
        return wn__builder_corrupt(b, "two blocks share a large \"columns\": each needs its own");
    if (kept->dtype != WN__U32 || kept->n_dims != 1 || kept->shape[0] < 1 ||
        kept->shape[0] > to->n_features)
        return wn__builder_corrupt(b,
                                   "\"columns\" must be u32, one a row and fewer than n_features");
    to->n_columns = (size_t)kept->shape[0];
    to->has_columns = true;
    if (!wn__idmap_init(&to->columns, &b->model->heap, to->n_columns))
        return wn__no_memory(b->error);
    uint32_t previous = 0;
    for (size_t i = 0; i < to->n_columns; i++) {
        uint32_t column;
        memcpy(&column, kept->data + i * sizeof column, sizeof column);
        if (column >= to->n_features || (i > 0 && column <= previous))
            return wn__builder_corrupt(b, "\"columns\" must ascend and stay below n_features");
        if (!wn__idmap_insert(&to->columns, column, (uint32_t)i))
            return wn__builder_corrupt(b, "\"columns\" collide beyond all reason");
        previous = column;
    }
    if (!wn__idmap_is_sound(&to->columns))
        return wn__builder_corrupt(b, "\"columns\" collide beyond all reason");
    return WN_OK;
}

static wn_status build_terms(const wn__builder *b, const wn__array *terms, wn__block *to)
{
    if (terms->dtype != WN__STR || terms->shape[0] < 1)
        return wn__builder_corrupt(b, "\"terms\" must be an array of at least one string");
    wn_status status = to->extractor == &wn__extract_words
                           ? wn__builder_phrases(b, terms, "vocabulary", &to->terms, &to->phrases)
                           : wn__builder_terms(b, terms, "vocabulary", &to->terms, &to->words);
    to->n_columns = to->terms.n;
    for (uint32_t i = 0; i < to->terms.n && status == WN_OK; i++) {
        size_t len;
        (void)wn__strings_get(&to->terms, i, &len);
        if (len > to->longest_term)
            to->longest_term = len;
    }
    return status;
}

/* Where not every column has a row: a table or a map from columns to rows. */
static wn_status build_selected(const wn__builder *b, const wn__array *selected, wn__block *to)
{
    const size_t most_columns = 1 << 16; /* of a small file, for which tables are made */
    size_t n_columns = to->n_columns;
    for (const wn__block *other = b->model->blocks; other < to; other++)
        n_columns += other->row_of != NULL ? other->n_columns : 0;
    if (selected->dtype != WN__U32 || selected->n_dims != 1 || selected->shape[0] < 1 ||
        selected->shape[0] > to->n_columns)
        return wn__builder_corrupt(b, "\"selected\" must be u32, columns that have a row");
    if (shares_large_columns(b, to))
        return wn__builder_corrupt(b, "two blocks share a large \"selected\": each needs its own");
    to->n_rows = (size_t)selected->shape[0];
    uint32_t *row_of = NULL;
    if (n_columns <= most_columns || to->terms.n > 0 || to->n_columns / 16 <= to->n_rows) {
        row_of = wn__heap_alloc(&b->model->heap, to->n_columns, sizeof *row_of);
        if (row_of == NULL)
            return wn__no_memory(b->error);
        memset(row_of, 0xff, to->n_columns * sizeof *row_of);
    } else if (!wn__idmap_init(&to->selected, &b->model->heap, to->n_rows)) {
        return wn__no_memory(b->error);
    }
    uint32_t previous = 0;
    for (size_t i = 0; i < to->n_rows; i++) {
        uint32_t column;
        memcpy(&column, selected->data + i * sizeof column, sizeof column);
        if (column >= to->n_columns || (i > 0 && column <= previous))
            return wn__builder_corrupt(b, "\"selected\" must ascend and name columns of the block");
        if (row_of != NULL)
            row_of[column] = (uint32_t)i;
        else if (!wn__idmap_insert(&to->selected, column, (uint32_t)i))
            return wn__builder_corrupt(b, "\"selected\" columns collide beyond all reason");
        previous = column;
    }
    if (row_of == NULL && !wn__idmap_is_sound(&to->selected))
        return wn__builder_corrupt(b, "\"selected\" columns collide beyond all reason");
    to->row_of = row_of;
    return WN_OK;
}

wn_status wn__build_passes(const wn__builder *b, const wn__spec_passes *from, size_t n_columns,
                           wn__pass **passes, uint32_t *n_passes)
{
    *n_passes = from->n;
    *passes = wn__heap_zalloc(&b->model->heap, from->n, sizeof **passes);
    if (*passes == NULL)
        return wn__no_memory(b->error);
    for (uint32_t i = 0; i < from->n; i++) {
        const wn__spec_pass *pass = &from->items[i];
        wn__pass *to = &(*passes)[i];
        *to = (wn__pass){.binary = pass->binary,
                         .binarizes = pass->binarize == pass->binarize,
                         .sublinear_tf = pass->sublinear_tf,
                         .binarize = pass->binarize,
                         .norm = pass->norm,
                         .idf_stride = 1};
        wn__pass_prepare(to);
        wn_status status = WN_OK;
        if (pass->idf >= 0)
            status =
                wn__builder_doubles(b, wn__builder_array(b, pass->idf), n_columns, "idf", &to->idf);
        if (status == WN_OK && pass->scale >= 0)
            status = wn__builder_doubles(b, wn__builder_array(b, pass->scale), n_columns, "scale",
                                         &to->scale);
        if (status != WN_OK)
            return status;
    }
    return WN_OK;
}

/* The index of a text field, a new one for a new name. */
static uint32_t field_of(wn_model *m, const char *name)
{
    uint32_t i = 0;
    while (i < m->n_fields && strcmp(m->fields[i], name) != 0)
        i++;
    if (i == m->n_fields)
        m->fields[m->n_fields++] = name; /* at most one a block; copied when all are known */
    return i;
}

/* The rule that finds words, and the pattern of it. */
static wn_status build_tokens(const wn__builder *b, const wn__spec_block *from, wn__block *to)
{
    to->tokens = from->tokens;
    to->unicode = b->spec->unicode;
    if ((from->tokens == WN__TOKENS_PATTERN) != (*from->pattern != '\0'))
        return wn__builder_corrupt(b, "\"pattern\" and \"tokens\": \"pattern\" need each other");
    if (from->tokens != WN__TOKENS_PATTERN)
        return WN_OK;
    if (from->min_length != 1)
        return wn__builder_corrupt(b, "a \"pattern\" says itself how long a word is");
    wn__pattern *pattern = wn__heap_alloc(&b->model->heap, 1, sizeof *pattern);
    if (pattern == NULL)
        return wn__no_memory(b->error);
    to->pattern = pattern;
    return wn__pattern_parse(pattern, from->pattern, b->spec->unicode, b->error);
}

/* How the text becomes terms, and terms columns. */
static wn_status build_text_features(const wn__builder *b, const wn__spec_block *from,
                                     wn__block *to)
{
    const wn__array *terms = wn__builder_array(b, from->terms),
                    *kept = wn__builder_array(b, from->columns),
                    *stop_words = wn__builder_array(b, from->stop_words);
    int64_t highest = from->extractor == WN__EXTRACT_WORDS ? WN__MAX_NGRAM : WN__MAX_SUBWORD;
    if (!to_range(from->ngrams, 1, highest, to->ngrams))
        return wn__builder_corrupt(
            b, "\"ngrams\" must be [lo, hi] with 1 <= lo <= hi (words 32, chars 64)");
    if (from->min_length < 1 || from->min_length > INT32_MAX)
        return wn__builder_corrupt(b, "\"min_length\" must be at least 1");
    to->min_length = (uint32_t)from->min_length;
    to->field = field_of(b->model, from->field);
    /* What a text looks like is asked of the text as it is. */
    unsigned steps = from->extractor == WN__EXTRACT_SURFACE ? 0 : b->spec->normalize;
    to->normalize = (from->has_normalize ? from->normalize : steps) | WN__NORMALIZE_VALID_UTF8;
    wn_status status = build_tokens(b, from, to);
    if (status != WN_OK)
        return status;
    if ((terms != NULL) == from->hashed)
        return wn__builder_corrupt(b, "a block needs either \"terms\" or \"hash\"");
    to->hashed = from->hashed;
    to->alternate_sign = from->alternate_sign;
    if (from->hashed) {
        if (from->n_features < 1 || from->n_features > (int64_t)WN__MAX_ROWS)
            return wn__builder_corrupt(b, "\"n_features\" must be from 1 to 2^30");
        to->n_features = (uint32_t)from->n_features;
        to->n_columns = to->n_features;
        if (kept != NULL)
            status = build_kept(b, kept, to);
    } else {
        status = build_terms(b, terms, to);
    }
    if (status != WN_OK || stop_words == NULL)
        return status;
    if (stop_words->dtype != WN__STR)
        return wn__builder_corrupt(b, "\"stop_words\" must be an array of strings");
    return wn__builder_table(b, stop_words, "stop words", &to->stop_words);
}

/* The logarithm of a negative count is nothing to score with: in the passes of a block that has
 * them, or in those over all blocks, which come behind. */
static bool takes_logarithms_of_signs(const wn__builder *b, const wn__spec_block *from)
{
    const wn__spec_passes *passes[] = {&from->weighting, &b->spec->weighting};
    for (size_t i = 0; i < WN__COUNT(passes); i++) {
        for (uint32_t j = 0; j < passes[i]->n; j++) {
            const wn__spec_pass *pass = &passes[i]->items[j];
            if (pass->binary || pass->binarize == pass->binarize)
                return false;
            if (pass->sublinear_tf)
                return from->hashed && from->alternate_sign;
        }
    }
    return false;
}

wn_status wn__build_linear_features(const wn__builder *b, const wn__spec_block *from, wn__block *to)
{
    wn_status status = WN_OK;
    if (takes_logarithms_of_signs(b, from))
        return wn__builder_corrupt(
            b, "sublinear_tf of a hash with alternate_sign: the logarithm of a negative "
               "count");
    if (from->extractor == WN__EXTRACT_COLUMNS) {
        if (from->n_features < 1 || from->n_features > (int64_t)WN__MAX_ROWS)
            return wn__builder_corrupt(b, "\"n_features\" must be from 1 to 2^30");
        to->n_columns = (size_t)from->n_features;
    } else {
        status = build_text_features(b, from, to);
    }
    to->n_rows = to->n_columns;
    if (status == WN_OK)
        status = wn__build_passes(b, &from->weighting, to->n_columns, &to->passes, &to->n_passes);
    if (status == WN_OK && from->selected >= 0)
        status = build_selected(b, wn__builder_array(b, from->selected), to);
    return status;
}
