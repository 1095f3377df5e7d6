/* manifest_fields.c - the keys of a manifest, one line each. */
#include "manifest_fields.h"

#define FIELD(key_, kind_, type_, member_)                                                         \
    .key = key_, .kind = WN__FIELD_##kind_, .at = offsetof(type_, member_)
#define NAMES(names_) .names = names_, .n_names = (uint32_t)WN__COUNT(names_)
#define TABLE(fields_)                                                                             \
    {                                                                                              \
        fields_, (uint32_t)WN__COUNT(fields_)                                                      \
    }

/* ---- MATRIX ---- */

static const wn__field matrix_fields[] = {
    {FIELD("encoding", ENUM, wn__matrix, encoding), NAMES(wn__encodings)},
    {FIELD("values", ARRAY, wn__matrix, values)},
    {FIELD("scale", ARRAY, wn__matrix, scale)},
    {FIELD("codes", ARRAY, wn__matrix, codes)},
    {FIELD("centroids", ARRAY, wn__matrix, centroids)},
    {FIELD("norm_codes", ARRAY, wn__matrix, norm_codes)},
    {FIELD("norm_centroids", ARRAY, wn__matrix, norm_centroids)},
    {FIELD("dim", COUNT, wn__matrix, dim)},
    {FIELD("sub_dim", COUNT, wn__matrix, sub_dim)},
};
static const wn__field_table matrix_table = TABLE(matrix_fields);

#define MATRIX(key_, type_, member_)                                                               \
    FIELD(key_, OBJECT, type_, member_),                                                           \
        .table = &matrix_table,                                                                    \
        .present = offsetof(type_, member_) + offsetof(wn__matrix, present)

/* ---- BLOCK ---- */

#define FASTTEXT .extractors = 1u << WN__EXTRACT_FASTTEXT
#define WORDS .extractors = 1u << WN__EXTRACT_WORDS
#define LINEAR                                                                                     \
    .extractors = 1u << WN__EXTRACT_WORDS | 1u << WN__EXTRACT_CHARS | 1u << WN__EXTRACT_CHARS_WB

static const wn__field hash_fields[] = {
    {FIELD("n_features", INT, wn__spec_block, n_features)},
    {FIELD("alternate_sign", BOOL, wn__spec_block, alternate_sign)},
    {FIELD("columns", ARRAY, wn__spec_block, columns)},
};
static const wn__field_table hash_table = TABLE(hash_fields);

static const wn__field weighting_fields[] = {
    {FIELD("binary", BOOL, wn__spec_block, binary)},
    {FIELD("sublinear_tf", BOOL, wn__spec_block, sublinear_tf)},
    {FIELD("idf", ARRAY, wn__spec_block, idf)},
    {FIELD("norm", ENUM, wn__spec_block, norm), NAMES(wn__norms)},
};
static const wn__field_table weighting_table = TABLE(weighting_fields);

/* The fields of "hash" and "weighting" are members of the block itself. */
#define INSIDE(key_, table_) .key = key_, .kind = WN__FIELD_OBJECT, .at = 0, .table = table_

static const wn__field block_fields[] = {
    {FIELD("extractor", ENUM, wn__spec_block, extractor), NAMES(wn__extractor_names)},
    {FIELD("tokens", ENUM, wn__spec_block, tokens), NAMES(wn__token_rules), WORDS},
    {FIELD("min_length", INT, wn__spec_block, min_length), WORDS},
    {FIELD("pattern", STRING, wn__spec_block, pattern), WORDS},
    {FIELD("ngrams", PAIR, wn__spec_block, ngrams)},
    {FIELD("stop_words", ARRAY, wn__spec_block, stop_words), WORDS},
    {FIELD("terms", ARRAY, wn__spec_block, terms), LINEAR},
    {INSIDE("hash", &hash_table), .present = offsetof(wn__spec_block, hashed), LINEAR},
    {INSIDE("weighting", &weighting_table), .present = offsetof(wn__spec_block, weighted), LINEAR},
    {FIELD("words", ARRAY, wn__spec_block, words), FASTTEXT},
    {FIELD("label_tokens", BOOL, wn__spec_block, label_tokens), FASTTEXT},
    {FIELD("words_last_wins", BOOL, wn__spec_block, words_last_wins), FASTTEXT},
    {FIELD("subwords", PAIR, wn__spec_block, subwords), FASTTEXT},
    {FIELD("bucket", INT, wn__spec_block, bucket), FASTTEXT},
    {FIELD("pruned", ARRAY, wn__spec_block, pruned), FASTTEXT},
    {MATRIX("rows", wn__spec_block, rows)},
    {MATRIX("folded", wn__spec_block, folded), FASTTEXT},
    {FIELD("folded_counts", ARRAY, wn__spec_block, folded_counts), FASTTEXT},
};
const wn__field_table wn__block_fields = TABLE(block_fields);

/* ---- MODEL ---- */

static const char *const sum_orders[2] = {"ascending", "descending"};

static const wn__field model_fields[] = {
    {FIELD("name", STRING, wn__spec, name)},
    {FIELD("version", STRING, wn__spec, version)},
    {FIELD("description", STRING, wn__spec, description)},
    {FIELD("license", STRING, wn__spec, license)},
    {FIELD("trainer", STRING, wn__spec, trainer)},
    {FIELD("normalize", STEPS, wn__spec, normalize), NAMES(wn__normalize_steps)},
    {FIELD("unicode", OPTION, wn__spec, unicode), NAMES(wn__unicode_versions)},
    {FIELD("labels", ARRAY, wn__spec, labels)},
    {FIELD("label_counts", ARRAY, wn__spec, label_counts)},
    {FIELD("link", ENUM, wn__spec, link), NAMES(wn__links)},
    {FIELD("sigmoid_table", BOOL, wn__spec, sigmoid_table)},
    {FIELD("bias", ARRAY, wn__spec, bias)},
    {FIELD("sum_order", FLAG, wn__spec, descending), NAMES(sum_orders)},
    {MATRIX("head", wn__spec, head)},
    {FIELD("probe_tolerance", NUMBER, wn__spec, probe_tolerance)},
};
const wn__field_table wn__model_fields = TABLE(model_fields);
