/* test_model_build.c - how a model is made of a spec: the tables and filters that it gets, and
 * limits that no small file reaches. */
#include "model_builder.h"

#include "collisions.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static wn__spec spec; /* too large for a stack */
static wn_model model;
static wn_error error;
static tally memory;

static void start(void)
{
    wn_allocator allocator = tally_allocator(&memory);
    wn__spec_init(&spec, NULL);
    wn__heap_init(&model.heap, &allocator);
}

static void stop(void)
{
    wn__heap_free_all(&model.heap);
    wn__spec_free(&spec);
}

TestSuite(model_build, .init = start, .fini = stop);

/* An array of n strings of so many bytes, which are not there. */
static const wn__array *strings_of(uint64_t n, uint64_t n_bytes)
{
    wn__array_ref ref;
    wn__array *array = wn__spec_add_array(&spec, "strings", &ref);
    array->dtype = WN__STR;
    array->shape[0] = n;
    array->size = (size_t)(n * sizeof(uint32_t) + n_bytes);
    return array;
}

/* Where strings end is said in 32 bits, with a NUL behind each of them too. The limits are checked
 * before the first byte is read: without memory it ends there. */
Test(model_build, strings_end_within_32_bits)
{
    static const struct {
        uint64_t n[2], n_bytes[2]; /* of two arrays */
        wn_status status;
    } rows[] = {
        {{1, 1}, {UINT32_MAX - 2, 0}, WN_ERROR_MEMORY},
        {{1, 1}, {UINT32_MAX - 1, 0}, WN_ERROR_LIMIT},
        {{1, 1}, {UINT32_MAX / 2, UINT32_MAX / 2 - 1}, WN_ERROR_MEMORY},
        {{1, 1}, {UINT32_MAX / 2, UINT32_MAX / 2}, WN_ERROR_LIMIT},
        {{1, 1}, {(uint64_t)1 << 40, 0}, WN_ERROR_LIMIT},
        {{WN__MAX_ROWS - 1, 1}, {0, 0}, WN_ERROR_MEMORY},
        {{WN__MAX_ROWS - 1, 2}, {0, 0}, WN_ERROR_LIMIT},
    };
    wn__builder b = {.spec = &spec, .model = &model, .error = &error};
    tally_fail(&memory, 1, true);
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        const wn__array *arrays[2] = {strings_of(rows[i].n[0], rows[i].n_bytes[0]),
                                      strings_of(rows[i].n[1], rows[i].n_bytes[1])};
        wn__strings out;
        cr_expect_eq(wn__builder_strings(&b, arrays, 2, &out), rows[i].status, "%zu", i);
        cr_expect_eq(error.status, rows[i].status);
        cr_expect_eq(strstr(error.message, "4 GiB") != NULL, rows[i].status == WN_ERROR_LIMIT, "%s",
                     error.message);
    }
}

/* ---- Selected columns ---- */

static void list(FILE *out, const char *name, const char *type, const char *shape, unsigned n,
                 bool ascends)
{
    fprintf(out, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%u%s],\"values\":[0", name, type, n, shape);
    for (unsigned i = 1; i < n; i++)
        fprintf(out, ",%u", ascends ? i : 0);
    fputs("]}", out);
}

/* Rows are found by a table of all columns in small files, of all blocks together, and where it is
 * not many times as large as the rows; else by a map. */
Test(model_build, rows_of_selected_columns_are_found_by_a_table_or_a_map)
{
    static const struct {
        unsigned n_columns[2], n_selected;
        bool is_table[2];
    } rows[] = {
        {{65536, 0}, 1, {true}},
        {{65537, 0}, 1, {false}},
        {{16 * 4097, 0}, 4097, {true}},
        {{16 * 4097, 0}, 4096, {false}},
        {{32768, 32768}, 1, {true, true}},
        {{32768, 32769}, 1, {true, false}},
        {{65537, 65536}, 1, {false, true}}, /* a map does not count */
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char *text = NULL;
        size_t len, n_blocks = rows[i].n_columns[1] > 0 ? 2 : 1;
        FILE *out = open_memstream(&text, &len);
        fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[", out);
        for (size_t j = 0; j < n_blocks; j++)
            fprintf(out,
                    "%s{\"extractor\":\"columns\",\"n_features\":%u,\"selected\":\"s\",\"rows\":{"
                    "\"values\":\"r\"}}",
                    j > 0 ? "," : "", rows[i].n_columns[j]);
        fputs("],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]}", out);
        list(out, "s", "u32", "", rows[i].n_selected, true);
        list(out, "r", "f32", ",1", rows[i].n_selected, false);
        fputs("}}", out);
        const wn_model *made = open_stream(out, &text);
        for (size_t j = 0; j < n_blocks; j++) {
            const wn__block *block = &made->blocks[j];
            cr_expect_eq(block->n_rows, rows[i].n_selected);
            cr_expect_eq(block->row_of != NULL, rows[i].is_table[j], "%zu, block %zu", i, j);
            cr_expect_eq(block->selected.slots == NULL, rows[i].is_table[j], "%zu", i);
        }
        wn_model_unref(made);
    }
}

Test(model_build, selected_terms_are_found_by_a_table)
{
    enum { N = 65537 };
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(out,
            "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"chars\","
            "\"terms\":\"t\",\"selected\":\"s\",\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":{"
            "\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"t\":{\"dtype\":\"str\","
            "\"shape\":[%d],"
            "\"values\":[\"0\"",
            N);
    for (int i = 1; i < N; i++)
        fprintf(out, ",\"%d\"", i);
    fputs("]}", out);
    list(out, "s", "u32", "", 1, true);
    list(out, "r", "f32", ",1", 1, false);
    fputs("}}", out);
    const wn_model *made = open_stream(out, &text);
    cr_expect_not_null(made->blocks[0].row_of);
    cr_expect_eq(made->blocks[0].longest_term, 5);
    wn_model_unref(made);
}

/* They are numbered through over all blocks. */
Test(model_build, the_first_column_of_a_block_is_below_2_to_the_32)
{
    for (unsigned more = 0; more < 2; more++) {
        const unsigned n_columns[] = {1u << 30, 1u << 30, 1u << 30, (1u << 30) - 1 + more, 1};
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fputs("{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[", out);
        for (size_t i = 0; i < WN__COUNT(n_columns); i++)
            fprintf(out,
                    "%s{\"extractor\":\"columns\",\"n_features\":%u,\"selected\":\"s\",\"rows\":{"
                    "\"values\":\"r\"}}",
                    i > 0 ? "," : "", n_columns[i]);
        fputs("],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]}", out);
        list(out, "s", "u32", "", 1, true);
        list(out, "r", "f32", ",1", 1, false);
        fputs("}}", out);
        fclose(out);
        const wn_model *made;
        cr_assert_eq(open_text(text, &made, &error), more == 0 ? WN_OK : WN_ERROR_LIMIT, "%s",
                     error.message);
        if (more == 0)
            cr_expect_eq(made->first_column[4], UINT32_MAX);
        wn_model_unref(made);
        free(text);
    }
}

/* ---- Pruned buckets ---- */

/* Sixteen bits for a bucket that has a row, as a power of two, and a word of them at least: so that
 * it stays in the nearest caches. */
Test(model_build, the_filter_of_pruned_buckets_has_sixteen_bits_each)
{
    static const struct {
        unsigned n, n_bits;
    } rows[] = {{1, 64}, {4, 64}, {5, 128}, {8, 128}, {9, 256}};
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        unsigned n = rows[i].n;
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fprintf(
            out,
            "{\"winnow\":1,\"link\":\"softmax\",\"labels\":\"l\",\"head\":{\"values\":\"h\"},"
            "\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"ngrams\":2,\"bucket\":20,"
            "\"pruned\":\"p\",\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\","
            "\"shape\":[1],\"values\":[\"a\"]},\"w\":{\"dtype\":\"str\",\"shape\":[1],\"values\":["
            "\"x\"]},\"p\":{\"dtype\":\"i32\",\"shape\":[%u,2],\"values\":[0,0",
            n);
        for (unsigned j = 1; j < n; j++)
            fprintf(out, ",%u,%u", 2 * j, j);
        fputs("]}", out);
        list(out, "r", "f32", ",1", 1 + n, false);
        list(out, "h", "f32", ",1", 1, false);
        fputs("}}", out);
        const wn_model *made = open_stream(out, &text);
        const wn__block *block = &made->blocks[0];
        cr_expect_eq(block->filter_mask, rows[i].n_bits - 1, "%u buckets", n);
        for (uint32_t j = 0; j < n; j++) {
            uint32_t bit = 2 * j & block->filter_mask;
            cr_expect((block->filter[bit / 64] >> bit % 64 & 1) != 0, "bucket %u of %u", 2 * j, n);
        }
        wn_model_unref(made);
    }
}

/* ---- Keys that were made to collide ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* A model whose map of pruned buckets, kept or selected columns has these keys. */
static char *keyed_json(const char *what, const uint32_t *keys, uint32_t n)
{
    bool is_pruned = strcmp(what, "pruned") == 0;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(
        out,
        "{\"winnow\":1,\"link\":\"%s\",\"labels\":\"l\",%s\"blocks\":[{%s,\"rows\":{\"values\":"
        "\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"k\":{"
        "\"dtype\":\"%s\",\"shape\":[%u%s],\"values\":[",
        is_pruned ? "softmax" : "raw",
        is_pruned ? "\"head\":{\"values\":\"h\"}," : "\"multi_label\":true,",
        is_pruned ? "\"extractor\":\"fasttext\",\"words\":\"l\",\"ngrams\":2,\"bucket\":2147483647,"
                    "\"pruned\":\"k\""
        : strcmp(what, "columns") == 0
            ? "\"extractor\":\"chars\",\"hash\":{\"n_features\":1073741824,\"columns\":\"k\"}"
            : "\"extractor\":\"columns\",\"n_features\":1073741824,\"selected\":\"k\"",
        is_pruned ? "i32" : "u32", n, is_pruned ? ",2" : "");
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "%s%u", i > 0 ? "," : "", keys[i]);
        if (is_pruned)
            fprintf(out, ",%u", i);
    }
    fputs("]}", out);
    list(out, "r", "f32", ",1", is_pruned ? n + 1 : n, false);
    list(out, "h", "f32", ",1", 1, false);
    fputs("}}", out);
    fclose(out);
    return text;
}

/* All in one slot, insertions fail at last; side by side, look-ups would be slow. */
Test(model_build, keys_that_were_made_to_collide_are_refused)
{
    static const char *const what[] = {"pruned", "columns", "selected"};
    static const struct {
        uint32_t n;
        bool is_one_slot;
        wn_status status;
    } rows[] = {
        {WN__IDMAP_MAX_PROBES, false, WN_OK},
        {WN__IDMAP_MAX_PROBES + 1, false, WN_ERROR_CORRUPT},
        {WN__IDMAP_MAX_PROBES + 2, true, WN_ERROR_CORRUPT},
    };
    static uint32_t keys[WN__IDMAP_MAX_PROBES + 2];
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint32_t n = rows[i].n, limit = WN__MAX_ROWS;
        wn__idmap map;
        cr_assert(wn__idmap_init(&map, &model.heap, n));
        for (uint32_t j = 0; j < n; j++)
            keys[j] = key_that_starts_in(&map, rows[i].is_one_slot ? 0 : j,
                                         rows[i].is_one_slot ? j : 0, limit);
        qsort(keys, n, sizeof *keys, by_size);
        for (size_t k = 0; k < WN__COUNT(what); k++) {
            const wn_model *made;
            char *json = keyed_json(what[k], keys, n);
            error.message[0] = '\0';
            cr_expect_eq(open_text(json, &made, &error), rows[i].status, "%s, %zu: %s", what[k], i,
                         error.message);
            cr_expect_eq(strstr(error.message, "beyond all reason") != NULL,
                         rows[i].status != WN_OK, "%s: %s", what[k], error.message);
            wn_model_unref(made);
            free(json);
        }
    }
}

Test(model_build, labels_that_were_made_to_collide_are_refused)
{
    enum { N = WN__IDMAP_MAX_PROBES + 1 };
    char *labels = colliding_labels(N, 0), *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(
        out,
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"columns\","
        "\"n_features\":1,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":%s",
        labels);
    list(out, "r", "f32", ",1", 1, false);
    fputs("}}", out);
    fclose(out);
    const wn_model *made;
    cr_expect_eq(open_text(text, &made, &error), WN_ERROR_LIMIT);
    cr_expect_not_null(strstr(error.message, "hashes of its labels collide"), "%s", error.message);
    free(labels);
    free(text);
}

/* ---- Parts that blocks share, and parts that are not there ---- */

#define ARRAYS                                                                                     \
    "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"</s>\",\"a\"]},"             \
    "\"w\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"                                  \
    "\"m\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]},"                              \
    "\"r\":{\"dtype\":\"f32\",\"shape\":[1,2],\"values\":[1,2]}"

static const wn_model *open_json(const char *json)
{
    const wn_model *made;
    cr_assert_eq(open_text(json, &made, &error), WN_OK, "%s", error.message);
    return made;
}

Test(model_build, blocks_of_one_vocabulary_find_it_by_one_table)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{"
                               "\"extractor\":\"chars\",\"terms\":"
                               "\"w\",\"rows\":{\"values\":\"r\"}},{\"extractor\":\"chars_wb\","
                               "\"terms\":\"w\",\"rows\":{\"values\":"
                               "\"r\"}}]," ARRAYS "}}";
    const wn_model *made = open_json(json);
    const wn__block *blocks = made->blocks;
    cr_expect_eq(blocks[0].terms.bytes, blocks[1].terms.bytes);
    cr_expect_eq(blocks[0].words.slots, blocks[1].words.slots);
    cr_expect_eq(blocks[0].words.filter, blocks[1].words.filter);
    cr_expect_not_null(blocks[0].words.filter);
    wn_model_unref(made);
}

/* A label is in the dictionary, but has no row. */
Test(model_build, a_label_is_no_end_of_line)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"softmax\",\"labels\":\"l\",\"head\":{"
                               "\"values\":\"m\"},\"blocks\":[{"
                               "\"extractor\":\"fasttext\",\"words\":\"w\",\"label_tokens\":true,"
                               "\"rows\":{\"values\":\"r\"}}]," ARRAYS "}}";
    const wn_model *made = open_json(json);
    cr_expect_eq(made->blocks[0].end_of_line, UINT32_MAX);
    wn_model_unref(made);
}

Test(model_build, a_head_has_norms_where_the_file_has_them)
{
    size_t len;
    for (int has_norms = 0; has_norms < 2; has_norms++) {
        char *json = sample_json(SAMPLE_PRODUCT, 1, &len);
        static const char norms[] = ",\"norm_codes\":\"head_nc\",\"norm_centroids\":\"head_nn\"";
        char *at = strstr(json, norms);
        cr_assert_not_null(at);
        if (!has_norms)
            memset(at, ' ', sizeof norms - 1);
        wn_open_options options = {.size = sizeof options, .scoring = WN_SCORING_EXACT};
        const wn_model *made;
        cr_assert_eq(wn_model_open_memory(json, len, &options, &made, &error), WN_OK, "%s",
                     error.message);
        cr_expect_eq(made->head.norms != NULL, has_norms);
        wn_model_unref(made);
        free(json);
    }
}

/* A map of selected columns, and thresholds that the file does not have. */
Test(model_build, every_allocation_may_fail)
{
    static const uint32_t column = 5;
    char *json = keyed_json("selected", &column, 1);
    for (size_t n = 1;; n++) {
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn_open_options options = {.size = sizeof options, .allocator = &allocator};
        const wn_model *made;
        tally_fail(&t, n, false);
        wn_status status = wn_model_open_memory(json, strlen(json), &options, &made, &error);
        if (status == WN_OK) {
            cr_expect_gt(n, 20);
            cr_expect_not_null(made->blocks[0].selected.slots);
            cr_expect_eq(wn_model_threshold(made, 0), 0);
            wn_model_unref(made);
            break;
        }
        cr_assert_eq(status, WN_ERROR_MEMORY, "%zu", n);
        cr_assert_eq(atomic_load(&t.n_live), 0);
    }
    free(json);
}

/* ---- Rows ---- */

/* A row begins a cache line of 64 bytes, or is one of a whole number in it, unless that takes more
 * than a third of memory on top. */
Test(model_build, rows_lie_on_cache_lines)
{
    for (unsigned n = 1; n <= 70; n++) {
        for (unsigned size = 4; size <= 8; size += 4) {
            unsigned line = 64 / size, stride = n;
            while (stride % line != 0 && (stride > line || line % stride != 0))
                stride++;
            if (3 * stride > 4 * n)
                stride = n;
            char *text = NULL;
            size_t len;
            FILE *out = open_memstream(&text, &len);
            fprintf(out,
                    "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":"
                    "\"columns\",\"n_features\":1,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"r\":{"
                    "\"dtype\":\"f%u\",\"shape\":[1,%u],\"values\":[0",
                    8 * size, n);
            for (unsigned i = 1; i < n; i++)
                fputs(",0", out);
            fprintf(out, "]},\"l\":{\"dtype\":\"str\",\"shape\":[%u],\"values\":[\"0\"", n);
            for (unsigned i = 1; i < n; i++)
                fprintf(out, ",\"%u\"", i);
            fputs("]}}}", out);
            const wn_model *made = open_stream(out, &text);
            cr_expect_eq(made->blocks[0].exact.stride, stride, "%u of %u bytes: %u", n, size,
                         made->blocks[0].exact.stride);
            wn_model_unref(made);
        }
    }
}

/* The head moves into the rows where that does not make them longer; else a word's row still takes
 * up its subwords. Exact scoring leaves all as it was. */
Test(model_build, rows_are_folded_where_that_is_shorter)
{
    static const struct {
        unsigned n_labels, maxn;
        bool is_tree, is_exact;
        bool is_folded, is_fast;
    } rows[] = {
        {4, 0, false, false, true, true},
        {5, 0, false, false, false, false},
        {4, 3, false, false, true, true},
        {5, 3, false, false, false, true},
        {4, 3, false, true, false, false},
        {5, 3, false, true, false, false},
        {5, 0, true, true, false, false},
        {5, 0, true, false, true, true}, /* a tree has an inner node less than leaves */
        {6, 0, true, false, false, false},
        {6, 3, true, false, false, true},
        {1, 0, true, false, false, false}, /* and one leaf none */
        {1, 3, true, false, false, false},
        {1, 0, false, false, true, true},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        unsigned n = rows[i].n_labels;
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fprintf(
            out,
            "{\"winnow\":1,\"link\":\"%s\",\"labels\":\"l\",\"label_counts\":\"c\",\"head\":{"
            "\"values\":\"h\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"bucket\":"
            "2,"
            "\"subwords\":[0,%u],\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"w\":{\"dtype\":"
            "\"str\","
            "\"shape\":[1],\"values\":[\"x\"]},\"l\":{\"dtype\":\"str\",\"shape\":[%u],\"values\":["
            "\"0\"",
            rows[i].is_tree ? "hierarchical_softmax" : "softmax", rows[i].maxn, n);
        for (unsigned j = 1; j < n; j++)
            fprintf(out, ",\"%u\"", j);
        fprintf(out, "]},\"h\":{\"dtype\":\"f32\",\"shape\":[%u,4],\"values\":[0", n);
        for (unsigned j = 1; j < 4 * n; j++)
            fputs(",0", out);
        fputs("]},\"r\":{\"dtype\":\"f32\",\"shape\":[3,4],\"values\":[0,0,0,0,0,0,0,0,0,0,0,0]}",
              out);
        list(out, "c", "i64", "", n, false);
        fputs("}}", out);
        fclose(out);
        wn_open_options options = {.size = sizeof options,
                                   .scoring =
                                       rows[i].is_exact ? WN_SCORING_EXACT : WN_SCORING_FAST};
        const wn_model *made;
        cr_assert_eq(wn_model_open_memory(text, len, &options, &made, &error), WN_OK, "%s",
                     error.message);
        cr_expect_eq(made->is_folded, rows[i].is_folded, "%zu", i);
        cr_expect_eq(made->blocks[0].is_fast, rows[i].is_fast, "%zu", i);
        cr_expect_eq(made->head.panels == NULL, rows[i].is_folded, "%zu", i);
        /* A tree that is searched node by node has the head's rows as they are. */
        cr_expect_eq(made->head.rows != NULL,
                     rows[i].is_tree && !rows[i].is_folded && !rows[i].is_exact, "%zu", i);
        cr_expect_null(made->head.norms);
        wn_model_unref(made);
        free(text);
    }
}
