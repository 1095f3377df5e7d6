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
#define NGRAMS (1u << WN__EXTRACT_WORDS | 1u << WN__EXTRACT_CHARS | 1u << WN__EXTRACT_CHARS_WB)
#define TEXTUAL .extractors = NGRAMS | 1u << WN__EXTRACT_SURFACE
#define COLUMNS .extractors = 1u << WN__EXTRACT_COLUMNS
#define LINEAR .extractors = NGRAMS | 1u << WN__EXTRACT_SURFACE | 1u << WN__EXTRACT_COLUMNS

static const wn__field hash_fields[] = {
    {FIELD("n_features", INT, wn__spec_block, n_features)},
    {FIELD("alternate_sign", BOOL, wn__spec_block, alternate_sign)},
    {FIELD("columns", ARRAY, wn__spec_block, columns)},
};
static const wn__field_table hash_table = TABLE(hash_fields);

static const wn__field pass_fields[] = {
    {FIELD("binary", BOOL, wn__spec_pass, binary)},
    {FIELD("binarize", NUMBER, wn__spec_pass, binarize)},
    {FIELD("sublinear_tf", BOOL, wn__spec_pass, sublinear_tf)},
    {FIELD("idf", ARRAY, wn__spec_pass, idf)},
    {FIELD("norm", ENUM, wn__spec_pass, norm), NAMES(wn__norms)},
    {FIELD("scale", ARRAY, wn__spec_pass, scale)},
};
static const wn__field_table pass_table = TABLE(pass_fields);

#define LIST(key_, type_, member_, items_, initial_, table_)                                       \
    .key = key_, .kind = WN__FIELD_LIST, .at = offsetof(type_, member_) + offsetof(items_, items), \
    .present = offsetof(type_, member_) + offsetof(items_, n),                                     \
    .size = sizeof(((items_ *)0)->items[0]), .max = WN__COUNT(((items_ *)0)->items),               \
    .initial = initial_, .table = table_
#define PASSES(type_)                                                                              \
    LIST("weighting", type_, weighting, wn__spec_passes, &wn__empty_pass, &pass_table)

/* The fields of "hash" are members of the block itself. */
#define INSIDE(key_, table_) .key = key_, .kind = WN__FIELD_OBJECT, .at = 0, .table = table_

static const wn__field block_fields[] = {
    {FIELD("extractor", ENUM, wn__spec_block, extractor), NAMES(wn__extractor_names)},
    {FIELD("field", STRING, wn__spec_block, field), TEXTUAL},
    {FIELD("normalize", STEPS, wn__spec_block, normalize), NAMES(wn__normalize_steps),
     .present = offsetof(wn__spec_block, has_normalize), TEXTUAL},
    {FIELD("tokens", ENUM, wn__spec_block, tokens), NAMES(wn__token_rules), WORDS},
    {FIELD("min_length", INT, wn__spec_block, min_length), WORDS},
    {FIELD("pattern", STRING, wn__spec_block, pattern), WORDS},
    {FIELD("ngrams", PAIR, wn__spec_block, ngrams),
     .extractors = NGRAMS | 1u << WN__EXTRACT_FASTTEXT},
    {FIELD("n_features", INT, wn__spec_block, n_features), COLUMNS},
    {FIELD("stop_words", ARRAY, wn__spec_block, stop_words), WORDS},
    {FIELD("terms", ARRAY, wn__spec_block, terms), TEXTUAL},
    {INSIDE("hash", &hash_table), .present = offsetof(wn__spec_block, hashed), TEXTUAL},
    {PASSES(wn__spec_block), TEXTUAL},
    {FIELD("selected", ARRAY, wn__spec_block, selected), LINEAR},
    {FIELD("words", ARRAY, wn__spec_block, words), FASTTEXT},
    {FIELD("label_tokens", BOOL, wn__spec_block, label_tokens), FASTTEXT},
    {FIELD("words_last_wins", BOOL, wn__spec_block, words_last_wins), FASTTEXT},
    {FIELD("subwords", PAIR, wn__spec_block, subwords), FASTTEXT},
    {FIELD("bucket", INT, wn__spec_block, bucket), FASTTEXT},
    {FIELD("pruned", ARRAY, wn__spec_block, pruned), FASTTEXT},
    {MATRIX("rows", wn__spec_block, rows)},
    {MATRIX("folded", wn__spec_block, folded), FASTTEXT},
    {FIELD("folded_counts", ARRAY, wn__spec_block, folded_counts), FASTTEXT},
    {FIELD("words_index", ARRAY, wn__spec_block, words_index), FASTTEXT},
};
const wn__field_table wn__block_fields = TABLE(block_fields);

/* ---- MODEL ---- */

static const wn__field stage_fields[] = {
    {FIELD("norm", ENUM, wn__spec_stage, norm), NAMES(wn__norms)},
    {MATRIX("matrix", wn__spec_stage, matrix)},
    {FIELD("bias", ARRAY, wn__spec_stage, bias)},
};
static const wn__field_table stage_table = TABLE(stage_fields);

static const wn__field calibration_fields[] = {
    {FIELD("method", ENUM, wn__spec_calibration, method), NAMES(wn__calibrators)},
    {FIELD("input", FLAG, wn__spec_calibration, of_probability), NAMES(wn__calibrator_inputs)},
    {FIELD("normalize", ENUM, wn__spec_calibration, share), NAMES(wn__shares)},
    {FIELD("slopes", ARRAY, wn__spec_calibration, slopes)},
    {FIELD("offsets", ARRAY, wn__spec_calibration, offsets)},
    {FIELD("ends", ARRAY, wn__spec_calibration, ends)},
    {FIELD("x", ARRAY, wn__spec_calibration, x)},
    {FIELD("y", ARRAY, wn__spec_calibration, y)},
};
static const wn__field_table calibration_table = TABLE(calibration_fields);

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
    {FIELD("multi_label", BOOL, wn__spec, multi_label)},
    {FIELD("rank_by_decision", BOOL, wn__spec, rank_by_decision)},
    {FIELD("thresholds", ARRAY, wn__spec, thresholds)},
    {FIELD("context", ARRAY, wn__spec, context)},
    {FIELD("bias", ARRAY, wn__spec, bias)},
    {FIELD("sum_order", ENUM, wn__spec, sum_order), NAMES(wn__sum_orders)},
    {PASSES(wn__spec)},
    {LIST("stages", wn__spec, stages, wn__spec_stages, &wn__empty_stage, &stage_table)},
    {MATRIX("head", wn__spec, head)},
    {FIELD("members", COUNT, wn__spec, members)},
    {FIELD("calibration", OBJECT, wn__spec, calibration), .table = &calibration_table,
     .present = offsetof(wn__spec, calibration) + offsetof(wn__spec_calibration, present)},
    {FIELD("probe_tolerance", NUMBER, wn__spec, probe_tolerance)},
};
const wn__field_table wn__model_fields = TABLE(model_fields);
