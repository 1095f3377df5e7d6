/* handmade_limits.c - files of just the largest size that is allowed, with all that belongs to it,
 * and of one more. See handmade.c.
 */
#include "hostile/expect.h"

/* Base64 of zeros, bytes a multiple of three. */
static void put_zeros(FILE *out, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes / 3; i++)
        fputs("AAAA", out);
    fputs(n_bytes % 3 == 0 ? "" : n_bytes % 3 == 1 ? "AA==" : "AAA=", out);
}

typedef struct plan {
    uint64_t n_labels, n_outputs; /* of the rows */
    uint64_t n_members;
    uint64_t n_weights, n_passes, n_stages; /* of the context, of a block, before the head */
    bool has_head;
} plan;

static image linear_of(const plan *p)
{
    image i;
    char *text = NULL;
    FILE *out = open_memstream(&text, &i.len);
    fprintf(out, "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"members\":%llu,",
            (unsigned long long)p->n_members);
    if (p->n_weights > 0)
        fputs("\"context\":\"context\",", out);
    fputs("\"stages\":[", out);
    for (uint64_t j = 0; j < p->n_stages; j++)
        fprintf(out, "%s{\"norm\":\"l2\"}", j > 0 ? "," : "");
    fprintf(out, "],%s\"blocks\":[{\"extractor\":\"words\",\"terms\":\"term\",\"weighting\":[",
            p->has_head ? "\"head\":{\"values\":\"head\"}," : "");
    for (uint64_t j = 0; j < p->n_passes; j++)
        fprintf(out, "%s{\"norm\":\"l2\"}", j > 0 ? "," : "");
    fprintf(out,
            "],\"rows\":{\"values\":\"rows\"}}],\"arrays\":{\"term\":{\"dtype\":\"str\",\"shape\":"
            "[1],\"values\":[\"police\"]},\"rows\":{\"dtype\":\"f32\",\"shape\":[1,%llu],"
            "\"data\":\"",
            (unsigned long long)p->n_outputs);
    put_zeros(out, p->n_outputs * 4);
    fprintf(out, "\"},\"head\":{\"dtype\":\"f32\",\"shape\":[2,%llu],\"data\":\"",
            (unsigned long long)(p->has_head ? p->n_outputs : 0));
    put_zeros(out, p->has_head ? p->n_outputs * 8 : 0);
    fprintf(out, "\"},\"context\":{\"dtype\":\"f32\",\"shape\":[%llu],\"data\":\"",
            (unsigned long long)p->n_weights);
    put_zeros(out, p->n_weights * 4);
    fprintf(out, "\"},\"labels\":{\"dtype\":\"str\",\"shape\":[%llu],\"values\":[",
            (unsigned long long)p->n_labels);
    for (uint64_t j = 0; j < p->n_labels; j++)
        fprintf(out, "%s\"%llx\"", j > 0 ? "," : "", (unsigned long long)j);
    fputs("]}}}", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

static image liblinear_of(uint64_t n_labels)
{
    image i;
    char *text = NULL;
    FILE *out = open_memstream(&text, &i.len);
    fprintf(out, "solver_type MCSVM_CS\nnr_class %llu\nlabel", (unsigned long long)n_labels);
    for (uint64_t j = 0; j < n_labels; j++)
        fprintf(out, " %llu", (unsigned long long)j);
    fputs("\nnr_feature 1\nbias -1\nw\n", out);
    for (uint64_t j = 0; j < n_labels; j++)
        fputs("0 ", out);
    fputs("\n", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

/* A dense model of two words and two labels. */
static image fasttext_of(int32_t dim)
{
    static const char *const entries[] = {"police", "goal", "__label__a", "__label__b"};
    uint32_t fields[64];
    const int32_t head[] = {793712314, 12, dim, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100};
    maker m = {malloc(1000 + (size_t)dim * 16), 0, 7, fields, 0};
    for (size_t i = 0; i < WN__COUNT(head); i++)
        put_i32(&m, head[i]);
    put_i64(&m, 0);
    put_i32(&m, 4);
    put_i32(&m, 2);
    put_i32(&m, 2);
    put_i64(&m, 9);
    put_i64(&m, -1);
    for (size_t i = 0; i < 4; i++) {
        put(&m, entries[i], strlen(entries[i]) + 1);
        put_i64(&m, 1);
        put_byte(&m, i >= 2);
    }
    put_byte(&m, 0);
    put_dense(&m, 2, dim);
    put_byte(&m, 0);
    put_dense(&m, 2, dim);
    return (image){m.bytes, m.len};
}

/* So deep, and then what no parser would take: the scan comes first. */
static image nested(unsigned depth)
{
    char *text = NULL;
    image i;
    FILE *out = open_memstream(&text, &i.len);
    fputs("{\"a\":", out);
    for (unsigned d = 1; d < depth; d++)
        fputc('[', out);
    fputs(depth > WN__MAX_JSON_DEPTH ? "!" : "1", out);
    for (unsigned d = 1; d < depth; d++)
        fputc(']', out);
    fputs("}", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

static image listed(size_t n_values)
{
    image i = {malloc(2 * n_values + 8), 0};
    memcpy(i.bytes, "{\"a\":[", 6);
    for (i.len = 6; i.len < 6 + 2 * n_values; i.len += 2)
        memcpy(i.bytes + i.len, "1,", 2);
    i.bytes[i.len++] = '!';
    return i;
}

static void expect_limits(void)
{
    static const struct {
        const char *name;
        plan p;
        wn_status status;
        const char *message;
    } rows[] = {
        {"16 weights", {2, 2, 1, 16, 1, 0, false}, WN_OK, ""},
        {"17 weights", {2, 2, 1, 17, 1, 0, false}, WN_ERROR_CORRUPT, "1 to 16 weights"},
        {"8 passes", {2, 2, 1, 1, 8, 0, false}, WN_OK, ""},
        {"9 passes", {2, 2, 1, 1, 9, 0, false}, WN_ERROR_CORRUPT, "at most 8 objects"},
        {"8 stages", {2, 2, 1, 1, 1, 8, false}, WN_OK, ""},
        {"9 stages", {2, 2, 1, 1, 1, 9, false}, WN_ERROR_CORRUPT, "at most 8 objects"},
        {"256 members of two", {2, 512, 256, 1, 1, 0, false}, WN_OK, ""},
        {"257 members of two", {2, 514, 257, 1, 1, 0, false}, WN_ERROR_LIMIT, "256 members"},
        {"a head of 4096", {2, 4096, 1, 1, 1, 0, true}, WN_OK, ""},
        {"a head of 4097", {2, 4097, 1, 1, 1, 0, true}, WN_ERROR_LIMIT, "rows of 4097"},
        {"2^22 outputs", {1 << 14, 1 << 22, 256, 0, 1, 0, false}, WN_OK, ""},
        {"2^22 + 1 outputs",
         {1 << 14, (1 << 22) + 1, 256, 0, 1, 0, false},
         WN_ERROR_LIMIT,
         "2^22 else"},
        {"2^20 labels", {1 << 20, 1 << 20, 1, 0, 1, 0, false}, WN_OK, ""},
        {"2^20 + 1 labels",
         {(1 << 20) + 1, (1 << 20) + 1, 1, 0, 1, 0, false},
         WN_ERROR_LIMIT,
         "more than 1048576 labels"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++)
        expect(rows[i].name, linear_of(&rows[i].p), rows[i].status, rows[i].message);
    expect("LIBLINEAR, 2^20 labels", liblinear_of(1 << 20), WN_OK, "");
    expect("LIBLINEAR, 2^20 + 1 labels", liblinear_of((1 << 20) + 1), WN_ERROR_LIMIT,
           "more than 1048576 labels");
    expect("fastText, dim 4096", fasttext_of(4096), WN_OK, "");
    expect("fastText, dim 4097", fasttext_of(4097), WN_ERROR_LIMIT, "dim 4097");
    expect("64 deep", nested(64), WN_ERROR_FORMAT, "the key \"winnow\" is missing");
    expect("65 deep, before it is parsed", nested(65), WN_ERROR_LIMIT, "more than 64 deep");
    expect("8 million values, before they are parsed", listed(WN__MAX_JSON_NODES), WN_ERROR_LIMIT,
           "more than 8 million values");
}

int main(void)
{
    expect_limits();
    return report();
}
