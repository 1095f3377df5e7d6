/* test_regressions.c - bugs that a review and mutated model files have found, one test each. */
#include "counter.h"
#include "hash.h"
#include "string_table.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Small fastText models by hand ---- */

#define LABELS "\"labels\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]}"

/* Two labels, two dimensions, one known word and </s>. more_fields: of the model, of the block. */
static char *fasttext_json(const char *model_fields, const char *block_fields, const char *arrays)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "{\"winnow\":1,\"labels\":\"labels\",%s,\"blocks\":[{\"extractor\":\"fasttext\","
            "\"words\":\"words\"%s}],\"arrays\":{" LABELS
            ",\"words\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"x\",\"</s>\"]}%s}}",
            model_fields, block_fields, arrays);
    fclose(out);
    return text;
}

static wn_status open_scoring(const char *json, wn_scoring scoring, const wn_model **model,
                              wn_error *error)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    return wn_model_open_memory(json, strlen(json), &options, model, error);
}

#define ROWS ",\"rows\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]}"
#define DENSE_ROWS "{\"encoding\":\"dense\",\"values\":\"rows\"}"

/* ---- Models that were believed ---- */

Test(regressions, a_label_count_as_heavy_as_the_trees_sentinel_is_refused)
{
    /* It became its own parent: prediction did not end, and a probability was 2.7. */
    static const char *const counts[] = {"[1000000000000000,0]", "[0,1000000000000000]"};
    for (size_t i = 0; i < WN__COUNT(counts); i++) {
        char arrays[400];
        snprintf(arrays, sizeof arrays,
                 ROWS ",\"counts\":{\"dtype\":\"i64\",\"shape\":[2],\"values\":%s}", counts[i]);
        char *json = fasttext_json("\"link\":\"hierarchical_softmax\",\"label_counts\":\"counts\","
                                   "\"head\":" DENSE_ROWS,
                                   ",\"rows\":" DENSE_ROWS, arrays);
        const wn_model *model;
        wn_error error;
        cr_expect_eq(open_scoring(json, WN_SCORING_EXACT, &model, &error), WN_ERROR_CORRUPT);
        cr_expect(strstr(error.message, "label_counts") != NULL, "%s", error.message);
        free(json);
    }
}

Test(regressions, exact_rows_without_a_head_are_refused_beside_folded_ones_too)
{
    /* The exact model had no head to multiply with. */
    char *json =
        fasttext_json("\"link\":\"softmax\"",
                      ",\"rows\":" DENSE_ROWS ",\"folded\":" DENSE_ROWS ",\"folded_counts\":\"n\"",
                      ROWS ",\"n\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[1,1]}");
    const wn_model *model;
    wn_error error;
    cr_expect_eq(open_scoring(json, WN_SCORING_EXACT, &model, &error), WN_ERROR_CORRUPT);
    cr_expect_eq(open_scoring(json, WN_SCORING_FAST, &model, &error), WN_ERROR_CORRUPT);
    free(json);
}

Test(regressions, folded_counts_that_no_fold_makes_are_refused)
{
    /* [1, 0]: "x </s>" had 2^64 - 1 features. */
    static const struct {
        const char *counts;
        wn_status status;
    } rows[] = {
        {"[1,1]", WN_OK},
        {"[9,1]", WN_OK},
        {"[0,1]", WN_ERROR_CORRUPT},
        {"[1,0]", WN_ERROR_CORRUPT},
        {"[1,2]", WN_ERROR_CORRUPT},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char arrays[400];
        snprintf(arrays, sizeof arrays,
                 ROWS ",\"n\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":%s}", rows[i].counts);
        char *json = fasttext_json("\"link\":\"softmax\"",
                                   ",\"folded\":" DENSE_ROWS ",\"folded_counts\":\"n\"", arrays);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_expect_eq(open_scoring(json, WN_SCORING_FAST, &model, &error), rows[i].status, "%s: %s",
                     rows[i].counts, error.message);
        wn_model_unref(model);
        free(json);
    }
}

Test(regressions, json_that_ends_inside_an_object_is_refused_before_it_is_parsed)
{
    /* Some versions of the parser read one byte behind the first of these. */
    static const char *const texts[] = {"{\"1\":1,", "{\"1\":[1,", "{", "{\"a\":{}", "{\"a\":[1}"};
    for (size_t i = 0; i < WN__COUNT(texts); i++) {
        const wn_model *model;
        wn_error error;
        size_t len = strlen(texts[i]);
        char *exact = malloc(len); /* no byte behind it */
        memcpy(exact, texts[i], len);
        cr_expect_eq(wn_model_open_memory(exact, len, NULL, &model, &error), WN_ERROR_CORRUPT);
        if (i < 4) {
            cr_expect(strstr(error.message, "ends inside") != NULL, "%s", error.message);
            cr_expect_eq(error.offset, len);
        }
        free(exact);
    }
}

/* ---- Keys that lie side by side ---- */

Test(regressions, strings_whose_hashes_fill_one_run_of_slots_are_refused)
{
    /* Each insertion finds its slot at once, but a look-up of an unknown word walked over all of
     * them. Such strings are easily found: one for each slot of the first part of the map. */
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    static const struct {
        uint32_t n;
        wn_status status;
    } rows[] = {{WN__IDMAP_MAX_PROBES, WN_OK}, {WN__IDMAP_MAX_PROBES + 1, WN_ERROR_LIMIT}};
    for (size_t row = 0; row < WN__COUNT(rows); row++) {
        for (uint32_t first = 0; first < 2; first++) { /* 1: the run crosses the end of the map */
            wn__idmap map;
            uint32_t n = rows[row].n, n_found = 0;
            cr_assert(wn__idmap_init(&map, &heap, n));
            uint32_t begin = first == 0 ? 5 : map.mask - n / 2;
            bool *is_taken = calloc((size_t)map.mask + 1, sizeof *is_taken);
            wn__strings s = {.n = n};
            uint32_t *ends = wn__heap_alloc(&heap, n, sizeof *ends);
            uint8_t *bytes = wn__heap_alloc(&heap, n, 4);
            for (uint32_t i = 0; n_found < n; i++) {
                uint8_t word[4] = {(uint8_t)('a' + i % 26), (uint8_t)('a' + i / 26 % 26),
                                   (uint8_t)('a' + i / 676 % 26), (uint8_t)('0' + i / 17576)};
                uint32_t slot = wn__idmap_start(&map, wn__strings_hash(word, sizeof word));
                cr_assert_lt(i, 70u * 17576u);
                if (is_taken[slot] || ((slot - begin) & map.mask) >= n)
                    continue;
                is_taken[slot] = true;
                memcpy(bytes + 4 * (size_t)n_found, word, sizeof word);
                n_found++;
            }
            for (uint32_t i = 0; i < n; i++)
                ends[i] = 4 * (i + 1);
            s.bytes = bytes;
            s.ends = ends;
            uint32_t duplicate;
            cr_expect_eq(wn__strings_index(&s, &heap, false, &duplicate), rows[row].status,
                         "%u from %u", n, begin);
            free(is_taken);
        }
    }
    wn__heap_free_all(&heap);
}

Test(regressions, columns_at_regular_steps_are_not_taken_for_an_attack)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    static const uint32_t steps[] = {1, 2, 3, 7, 64, 96, 129, 257, 513, 1024, 4097, 65536};
    for (size_t i = 0; i < WN__COUNT(steps); i++) {
        for (uint32_t n = 1; n <= 1u << 14 && (uint64_t)n * steps[i] <= WN__MAX_ROWS; n *= 2) {
            wn__idmap map;
            cr_assert(wn__idmap_init(&map, &heap, n));
            for (uint32_t j = 0; j < n; j++)
                cr_assert(wn__idmap_insert(&map, j * steps[i], j));
            cr_expect(wn__idmap_is_sound(&map), "%u columns, %u apart", n, steps[i]);
            wn__heap_free(&heap, map.slots);
        }
    }
    wn__heap_free_all(&heap);
}

/* ---- Small files that ask for much ---- */

/* A product-quantised fastText model: n_rows buckets and dim, all codes zero, a word of word_len
 * letters. */
static char *product_json(uint32_t n_rows, uint32_t dim, uint32_t sub_dim, const char *more,
                          uint32_t word_len)
{
    char *text = NULL;
    size_t size, n_sub = (dim + sub_dim - 1) / sub_dim;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"softmax\",\"head\":{\"encoding\":"
            "\"dense\",\"values\":\"head\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":"
            "\"words\",\"bucket\":%u%s,\"rows\":{\"encoding\":\"product\",\"codes\":\"codes\","
            "\"centroids\":\"centroids\",\"dim\":%u,\"sub_dim\":%u}}],\"arrays\":{\"labels\":{"
            "\"dtype\":\"str\",\"shape\":[%u],\"values\":[\"0\"",
            n_rows - 1, more, dim, sub_dim, dim);
    for (uint32_t i = 1; i < dim; i++)
        fprintf(out, ",\"%u\"", i);
    fputs("]},\"words\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"", out);
    for (uint32_t i = 0; i < word_len; i++)
        fputc('a', out);
    fprintf(out, "\"]},\"head\":{\"dtype\":\"f32\",\"shape\":[%u,%u],\"values\":[0", dim, dim);
    for (uint32_t i = 1; i < dim * dim; i++)
        fputs(",0", out);
    fprintf(out, "]},\"centroids\":{\"dtype\":\"f32\",\"shape\":[%u],\"values\":[0", dim * 256);
    for (uint32_t i = 1; i < dim * 256; i++)
        fputs(",0", out);
    fprintf(out, "]},\"codes\":{\"dtype\":\"u8\",\"shape\":[%u,%zu],\"values\":[0", n_rows, n_sub);
    for (size_t i = 1; i < n_rows * n_sub; i++)
        fputs(",0", out);
    fputs("]}}}", out);
    fclose(out);
    return text;
}

Test(regressions, codes_that_stand_for_long_rows_are_refused_in_large_matrices)
{
    /* A file of three megabytes asked for four gigabytes. */
    static const struct {
        uint32_t n_rows, dim, sub_dim;
        wn_status status;
    } rows[] = {
        {300000, 64, 64, WN_ERROR_LIMIT}, {300000, 64, 17, WN_OK}, /* the last part is shorter: 16 a
                                                                      code on average */
        {300000, 64, 22, WN_ERROR_LIMIT}, {262144, 64, 64, WN_OK}, {262145, 64, 64, WN_ERROR_LIMIT},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char *json = product_json(rows[i].n_rows, rows[i].dim, rows[i].sub_dim, "", 3);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_expect_eq(open_scoring(json, WN_SCORING_EXACT, &model, &error), rows[i].status,
                     "%u x %u: %s", rows[i].n_rows, rows[i].dim, error.message);
        wn_model_unref(model);
        free(json);
    }
}

Test(regressions, words_of_enormous_length_are_not_folded)
{
    /* One word of 500,000 letters has 32 million subwords, each with a row to add: opening a file
     * of three megabytes took half a minute. */
    static const struct {
        uint32_t word_len;
        int has_fast;
    } rows[] = {{20, 1}, {1000000, 0}};
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char *json = product_json(2, 8, 2, ",\"subwords\":[1,64]", rows[i].word_len);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
        wn_model_info info = {.size = sizeof info};
        cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
        cr_expect_eq(info.has_fast, rows[i].has_fast, "%u letters", rows[i].word_len);
        cr_expect_eq(info.has_exact, !rows[i].has_fast);
        wn_model_unref(model);
        free(json);
    }
}

Test(regressions, blocks_do_not_share_large_rows)
{
    /* Half a megabyte of codes filled 400 MB, once for each of sixteen blocks. */
    static const struct {
        uint32_t n_rows;
        const char *second;
        wn_status status;
    } rows[] = {
        {4096, "rows", WN_OK},
        {4097, "other", WN_OK},
        {4097, "rows", WN_ERROR_CORRUPT},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint32_t n = rows[i].n_rows;
        char *json = NULL;
        size_t size;
        FILE *out = open_memstream(&json, &size);
        fprintf(out,
                "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"blocks\":["
                "{\"extractor\":\"words\",\"tokens\":\"letters\",\"hash\":{\"n_features\":%u},"
                "\"rows\":{\"encoding\":\"scaled\",\"values\":\"rows\",\"scale\":\"scale\"}},"
                "{\"extractor\":\"chars\",\"hash\":{\"n_features\":%u},"
                "\"rows\":{\"encoding\":\"scaled\",\"values\":\"%s\",\"scale\":\"scale\"}}],"
                "\"arrays\":{\"labels\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},"
                "\"scale\":{\"dtype\":\"f32\",\"shape\":[1],\"values\":[1]}",
                n, n, rows[i].second);
        for (int array = 0; array < 2; array++) {
            fprintf(out, ",\"%s\":{\"dtype\":\"i8\",\"shape\":[%u,1],\"values\":[0",
                    array == 0 ? "rows" : "other", n);
            for (uint32_t j = 1; j < n; j++)
                fputs(",0", out);
            fputs("]}", out);
        }
        fputs("}}", out);
        fclose(out);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_expect_eq(open_text(json, &model, &error), rows[i].status, "%s", error.message);
        wn_model_unref(model);
        free(json);
    }
}

/* ---- Converting ---- */

static wn_status convert_text(const char *json, const wn_convert_options *options, wn_error *error,
                              const wn_model **model)
{
    char in[64], out[64];
    temporary_name(in);
    temporary_name(out);
    write_file(in, json, strlen(json));
    wn_status status = wn_convert(in, out, options, error);
    if (status == WN_OK)
        status = wn_model_open(out, NULL, model, error);
    unlink(in);
    unlink(out);
    return status;
}

Test(regressions, folded_rows_find_a_name_where_theirs_is_taken)
{
    /* The file had two arrays of one name and could not be opened. */
    char *json = fasttext_json(
        "\"link\":\"softmax\",\"head\":{\"encoding\":\"dense\",\"values\":\"folded_\"}",
        ",\"rows\":{\"encoding\":\"dense\",\"values\":\"folded\"}",
        ",\"folded\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]},"
        "\"folded_\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,0,0,1]}");
    for (int format = WN_FORMAT_WINNOW; format <= WN_FORMAT_JSON; format++) {
        wn_convert_options options = {
            .size = sizeof options, .format = (wn_format)format, .keep = WN_KEEP_BOTH};
        const wn_model *model = NULL;
        wn_error error = {.message = ""};
        cr_expect_eq(convert_text(json, &options, &error, &model), WN_OK, "%s", error.message);
        wn_model_unref(model);
    }
    free(json);
}

Test(regressions, a_probe_may_be_empty_and_null_but_not_null_alone)
{
    size_t len;
    char *json = sample_json(SAMPLE_TERMS, 1, &len);
    wn_text probe = {NULL, 0};
    wn_convert_options options = {.size = sizeof options, .probes = &probe, .n_probes = 1};
    const wn_model *model = NULL;
    wn_error error = {.message = ""};
    cr_expect_eq(convert_text(json, &options, &error, &model), WN_OK, "%s", error.message);
    wn_model_info info = {.size = sizeof info};
    cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_eq(info.n_probes, 1);
    wn_model_unref(model);
    probe.len = 5;
    cr_expect_eq(convert_text(json, &options, &error, &model), WN_ERROR_ARGUMENT);
    free(json);
}

/* ---- Small files that ask for much ---- */

/* A model of n blocks that are all alike. arrays: without "l", the labels. */
static wn_status open_blocks(size_t n, const char *block, const char *arrays,
                             const wn_model **model, wn_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"labels\",\"blocks\":[", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s{%s}", i > 0 ? "," : "", block);
    fprintf(out, "],\"arrays\":{" LABELS ",%s}}", arrays);
    fclose(out);
    wn_status status = open_text(text, model, error);
    free(text);
    return status;
}

#define ONE_ROW "\"r\":{\"dtype\":\"f32\",\"shape\":[1,2],\"values\":[1,2]}"
#define ONE_COLUMN "\"s\":{\"dtype\":\"u32\",\"shape\":[1],\"values\":[1]}"

Test(regressions, columns_without_a_row_take_no_memory)
{
    /* A kilobyte of JSON took a gigabyte, and later 64 MiB. */
    static const char block[] = "\"extractor\":\"chars\",\"hash\":{\"n_features\":1073741824},"
                                "\"selected\":\"s\",\"rows\":{\"values\":\"r\"}";
    const wn_model *model;
    wn_error error;
    wn_model_info info = {.size = sizeof info};
    cr_assert_eq(open_blocks(3, block, ONE_ROW "," ONE_COLUMN, &model, &error), WN_OK, "%s",
                 error.message);
    cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_lt(info.memory, 100000);
    wn_model_unref(model);
    cr_expect_eq(open_blocks(5, block, ONE_ROW "," ONE_COLUMN, &model, &error), WN_ERROR_LIMIT);
    cr_expect(strstr(error.message, "2^32 columns") != NULL, "%s", error.message);
}

Test(regressions, few_selected_columns_among_many_have_their_rows)
{
    static const wn_entry entries[] = {{0, 5}, {1, 3}, {2, 7}, {65536, 9}, {1073741823, -2}};
    static const unsigned n_columns[] = {65536, 65537, 1073741824}; /* a table, else a map */
    const wn_classify_options all = {.size = sizeof all};
    wn_vector vector = {entries, WN__COUNT(entries)};
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (size_t i = 0; i < WN__COUNT(n_columns); i++) {
        char block[200], arrays[300];
        snprintf(block, sizeof block,
                 "\"extractor\":\"columns\",\"n_features\":%u,\"selected\":\"s\",\"rows\":{"
                 "\"values\":\"r\"}",
                 n_columns[i]);
        snprintf(
            arrays, sizeof arrays,
            "\"r\":{\"dtype\":\"f64\",\"shape\":[2,2],\"values\":[1,2,10,40]},\"s\":{\"dtype\":"
            "\"u32\",\"shape\":[2],\"values\":[1,%u]}",
            n_columns[i] - 1);
        const wn_model *model;
        wn_error error;
        wn_result result;
        cr_assert_eq(open_blocks(1, block, arrays, &model, &error), WN_OK, "%s", error.message);
        cr_assert_eq(wn_classify_vectors(ctx, model, &vector, 1, &all, &result), WN_OK);
        const wn_prediction *p = result.paragraphs[0].predictions;
        /* Column 1 times 3, and the last one, if the vector has it, times 9 or -2. */
        double last = i == 0 ? 0 : i == 1 ? 9 : -2;
        for (uint32_t j = 0; j < p->n_scores; j++)
            cr_expect_eq(p->scores[j].logit,
                         p->scores[j].label == 0 ? 3 + 10 * last : 6 + 40 * last, "%zu", i);
        cr_expect_eq(p->n_scores, 2);
        cr_expect_eq(p->n_features, i == 0 ? 1 : 2);
        wn_model_unref(model);
    }
    wn_ctx_free(ctx);
}

Test(regressions, blocks_that_share_many_selected_columns_are_refused)
{
    enum { N = 1025 };
    static const char block[] = "\"extractor\":\"chars\",\"hash\":{\"n_features\":1048576},"
                                "\"selected\":\"s\",\"rows\":{\"values\":\"%s\"}";
    for (int n = N - 1; n <= N; n++) { /* 4096 bytes, and four more */
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"labels\",\"blocks\":[{", out);
        fprintf(out, block, "r");
        fputs("},{", out);
        fprintf(out, block, "q");
        fputs("}],\"arrays\":{" LABELS ",\"s\":{\"dtype\":\"u32\",\"shape\":[", out);
        fprintf(out, "%d],\"values\":[0", n);
        for (int i = 1; i < n; i++)
            fprintf(out, ",%d", i);
        for (int k = 0; k < 2; k++) {
            fprintf(out, "]},\"%c\":{\"dtype\":\"f32\",\"shape\":[%d,2],\"values\":[0", "rq"[k], n);
            for (int i = 1; i < 2 * n; i++)
                fputs(",0", out);
        }
        fputs("]}}}", out);
        fclose(out);
        const wn_model *model;
        wn_error error = {0};
        cr_expect_eq(open_text(text, &model, &error), n == N ? WN_ERROR_CORRUPT : WN_OK, "%d: %s",
                     n, error.message);
        cr_expect(n < N || strstr(error.message, "share a large \"selected\"") != NULL);
        wn_model_unref(model);
        free(text);
    }
}

Test(regressions, a_vocabulary_that_blocks_share_is_held_once)
{
    enum { N = 3000 };
    char *arrays = NULL;
    size_t size;
    FILE *out = open_memstream(&arrays, &size);
    fprintf(out, ONE_ROW "," ONE_COLUMN ",\"t\":{\"dtype\":\"str\",\"shape\":[%d],\"values\":[", N);
    for (int i = 0; i < N; i++)
        fprintf(out, "%s\"term%d\"", i > 0 ? "," : "", i);
    fputs("]}", out);
    fclose(out);
    static const char block[] = "\"extractor\":\"words\",\"terms\":\"t\",\"stop_words\":\"t\","
                                "\"selected\":\"s\",\"rows\":{\"values\":\"r\"}";
    uint64_t memory[2];
    for (size_t i = 0; i < 2; i++) {
        const wn_model *model;
        wn_error error;
        cr_assert_eq(open_blocks(i == 0 ? 1 : 16, block, arrays, &model, &error), WN_OK, "%s",
                     error.message);
        wn_model_info info = {.size = sizeof info};
        wn_model_get_info(model, &info);
        memory[i] = info.memory;
        wn_model_unref(model);
    }
    /* A block more has its rows for the columns, four bytes each, and little else. */
    cr_expect(memory[1] - memory[0] < 15 * (N * 4 + 2000), "%llu and %llu bytes",
              (unsigned long long)memory[0], (unsigned long long)memory[1]);
    free(arrays);
}

Test(regressions, blocks_that_share_many_kept_columns_are_refused)
{
    enum { N = 2000 };
    char *arrays = NULL;
    size_t size;
    FILE *out = open_memstream(&arrays, &size);
    fprintf(out, ONE_ROW "," ONE_COLUMN ",\"c\":{\"dtype\":\"u32\",\"shape\":[%d],\"values\":[", N);
    for (int i = 0; i < N; i++)
        fprintf(out, "%s%d", i > 0 ? "," : "", i);
    fputs("]}", out);
    fclose(out);
    static const char block[] = "\"extractor\":\"chars\",\"hash\":{\"n_features\":4000,\"columns\":"
                                "\"c\"},\"selected\":\"s\",\"rows\":{\"values\":\"r\"}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_blocks(1, block, arrays, &model, &error), WN_OK, "%s", error.message);
    wn_model_unref(model);
    cr_expect_eq(open_blocks(2, block, arrays, &model, &error), WN_ERROR_CORRUPT);
    cr_expect(strstr(error.message, "columns") != NULL, "%s", error.message);
    free(arrays);
}

/* Writes an array of zeros as base64. */
static void zeros(FILE *out, const char *name, const char *type, size_t n, size_t dim, size_t size)
{
    size_t n_bytes = n * dim * size;
    fprintf(out, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%zu", name, type, n);
    if (dim > 1)
        fprintf(out, ",%zu", dim);
    fputs(strcmp(type, "u8") == 0 ? ",1],\"data\":\"" : "],\"data\":\"", out);
    for (size_t i = 0; i < n_bytes / 3 * 4; i++)
        fputc('A', out);
    fputs(n_bytes % 3 == 0 ? "\"}" : n_bytes % 3 == 1 ? "AA==\"}" : "AAA=\"}", out);
}

Test(regressions, long_parts_of_product_quantisers_are_bounded_for_all_blocks_together)
{
    /* 12,000 codes stood for 12 million numbers in each block. */
    for (size_t n_blocks = 1; n_blocks <= 2; n_blocks++) {
        char *json = NULL;
        size_t size;
        FILE *out = open_memstream(&json, &size);
        fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"labels\",\"head\":{\"values\":\"h\"},"
              "\"blocks\":[",
              out);
        for (size_t i = 0; i < n_blocks; i++)
            fprintf(out,
                    "%s{\"extractor\":\"chars\",\"hash\":{\"n_features\":12000},\"rows\":{"
                    "\"encoding\":\"product\",\"dim\":1024,\"sub_dim\":1024,\"codes\":\"c%zu\","
                    "\"centroids\":\"m\"}}",
                    i > 0 ? "," : "", i);
        fputs("],\"arrays\":{" LABELS, out);
        zeros(out, "h", "f32", 2, 1024, 4);
        zeros(out, "m", "f32", (size_t)1024 * 256, 1, 4);
        zeros(out, "c0", "u8", 12000, 1, 1);
        zeros(out, "c1", "u8", 12000, 1, 1);
        fputs("}}", out);
        fclose(out);
        const wn_model *model;
        wn_error error;
        cr_expect_eq(open_text(json, &model, &error), n_blocks == 1 ? WN_OK : WN_ERROR_LIMIT, "%s",
                     error.message);
        wn_model_unref(model);
        free(json);
    }
}

Test(regressions, blocks_do_not_share_large_codes)
{
    /* The codes are the first array of the file, or the second. */
    static const struct {
        size_t n;
        bool is_first, is_other;
        wn_status status;
    } rows[] = {
        {4096, true, false, WN_OK},
        {4097, true, false, WN_ERROR_CORRUPT},
        {4097, false, false, WN_ERROR_CORRUPT},
        {4097, true, true, WN_OK},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        size_t n = rows[i].n, size;
        char *json = NULL;
        FILE *out = open_memstream(&json, &size);
        fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"labels\",\"blocks\":[", out);
        for (int j = 0; j < 2; j++)
            fprintf(
                out,
                "%s{\"extractor\":\"chars\",\"hash\":{\"n_features\":%zu},\"rows\":{\"encoding\":"
                "\"product\",\"dim\":2,\"sub_dim\":2,\"codes\":\"%s\",\"centroids\":\"m\"}}",
                j > 0 ? "," : "", n, j > 0 && rows[i].is_other ? "d" : "c");
        char *arrays = NULL;
        size_t n_bytes;
        FILE *to = open_memstream(&arrays, &n_bytes);
        fputs(rows[i].is_first ? "" : "," LABELS, to);
        zeros(to, "c", "u8", n, 1, 1);
        zeros(to, "d", "u8", n, 1, 1);
        zeros(to, "m", "f32", 2 * 256, 1, 4);
        fputs(rows[i].is_first ? "," LABELS : "", to);
        fclose(to);
        fprintf(out, "],\"arrays\":{%s}}", arrays + 1); /* without the first comma */
        fclose(out);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_expect_eq(open_text(json, &model, &error), rows[i].status, "%zu: %s", i, error.message);
        cr_expect_eq(strstr(error.message, "share a large array of rows") != NULL,
                     rows[i].status != WN_OK);
        wn_model_unref(model);
        free(arrays);
        free(json);
    }
}

Test(regressions, logarithms_of_negative_counts_are_refused_over_all_blocks_too)
{
    static const char *const weighting[] = {"", "\"weighting\":{\"binary\":true},"};
    static const wn_status expected[] = {WN_ERROR_CORRUPT, WN_OK};
    for (size_t i = 0; i < 2; i++) {
        char json[600];
        snprintf(json, sizeof json,
                 "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"labels\",\"weighting\":"
                 "{\"sublinear_tf\":true},\"blocks\":[{\"extractor\":\"chars\",\"hash\":"
                 "{\"n_features\":1,\"alternate_sign\":true},%s\"rows\":{\"values\":\"r\"}}],"
                 "\"arrays\":{" LABELS "," ONE_ROW "}}",
                 weighting[i]);
        const wn_model *model;
        wn_error error;
        cr_expect_eq(open_text(json, &model, &error), expected[i], "%s", error.message);
        wn_model_unref(model);
    }
}

Test(regressions, probes_that_could_not_be_read_back_are_not_written)
{
    enum { N_LABELS = 2100, N_PROBES = 4096 }; /* more than 2^23 scores */
    char in[64], out[64], *json = NULL;
    size_t size;
    FILE *to = open_memstream(&json, &size);
    fprintf(
        to,
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"words\","
        "\"terms\":\"t\",\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"t\":{\"dtype\":\"str\","
        "\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f32\",\"shape\":[1,%d],\"values\":[0",
        N_LABELS);
    for (int i = 1; i < N_LABELS; i++)
        fputs(",0", to);
    fprintf(to, "]},\"l\":{\"dtype\":\"str\",\"shape\":[%d],\"values\":[\"l0\"", N_LABELS);
    for (int i = 1; i < N_LABELS; i++)
        fprintf(to, ",\"l%d\"", i);
    fputs("]}}}", to);
    fclose(to);
    temporary_name(in);
    temporary_name(out);
    write_file(in, json, size);
    free(json);
    static wn_text probes[N_PROBES];
    for (int i = 0; i < N_PROBES; i++)
        probes[i] = (wn_text){"x", 1};
    wn_convert_options options = {.size = sizeof options, .probes = probes, .n_probes = N_PROBES};
    for (int format = WN_FORMAT_WINNOW; format <= WN_FORMAT_JSON; format++) {
        wn_error error;
        options.format = (wn_format)format;
        cr_expect_eq(wn_convert(in, out, &options, &error), WN_ERROR_LIMIT);
        cr_expect(strstr(error.message, "fewer probes") != NULL, "%s", error.message);
    }
    unlink(in);
    unlink(out);
}
