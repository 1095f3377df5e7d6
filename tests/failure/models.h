/* models.h - models of all formats, texts, and every bit of what a model says of them. For the
 * programs of this folder, each of which is one file. */
#ifndef WN_TEST_MODELS_H
#define WN_TEST_MODELS_H

#include "unit/files.c"
#include "unit/samples.c"
#include "unit/support.c"

#include <unistd.h>

enum { N_TEXTS = 24, TEXT_CAP = 400, N_MANY = 300 };

static char text_bytes[N_TEXTS][TEXT_CAP];
static wn_text texts[N_MANY]; /* N_TEXTS of them, over and over again */

static inline void make_texts(void)
{
    uint64_t random = 71;
    for (size_t i = 0; i < N_TEXTS; i++)
        texts[i] =
            (wn_text){text_bytes[i], random_text(&random, text_bytes[i], TEXT_CAP, i % 4 == 0)};
    for (size_t i = N_TEXTS; i < N_MANY; i++)
        texts[i] = texts[i % N_TEXTS];
}

/* ---- Digests ---- */

static inline uint64_t mix(uint64_t digest, const void *bits, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, bits, size);
    digest ^= word;
    return next_random(&digest);
}

static inline uint64_t digest_of_prediction(uint64_t digest, const wn_prediction *p)
{
    digest = mix(digest, &p->n_features, sizeof p->n_features);
    digest = mix(digest, &p->n_scores, sizeof p->n_scores);
    digest = mix(digest, &p->decision, sizeof p->decision);
    for (uint32_t i = 0; i < p->n_scores; i++) {
        digest = mix(digest, &p->scores[i].label, sizeof p->scores[i].label);
        digest = mix(digest, &p->scores[i].logit, sizeof p->scores[i].logit);
        digest = mix(digest, &p->scores[i].probability, sizeof p->scores[i].probability);
    }
    return digest;
}

static inline uint64_t digest_of_result(const wn_result *result)
{
    uint64_t digest = result->n_paragraphs;
    for (size_t i = 0; i < result->n_paragraphs; i++) {
        for (size_t m = 0; m < result->n_models; m++) {
            const wn_prediction *p = &result->paragraphs[i].predictions[m];
            digest = digest_of_prediction(digest, p);
            if (p->context != NULL)
                digest = digest_of_prediction(digest, p->context);
        }
    }
    return digest;
}

static const wn_classify_options all_labels = {.size = sizeof all_labels, .k = 0};

/* What a model says of the first n texts. */
static inline wn_status classify(wn_ctx *ctx, const wn_model *model, size_t n, uint64_t *digest)
{
    wn_result result;
    wn_status status = wn_classify_batch(ctx, &model, 1, texts, n, &all_labels, &result);
    if (status == WN_OK)
        *digest = digest_of_result(&result);
    return status;
}

/* ---- Files ---- */

typedef struct image {
    uint8_t *bytes; /* [len] */
    size_t len;
} image;

static inline image image_of_json(sample kind)
{
    image i;
    i.bytes = (uint8_t *)sample_json(kind, 1, &i.len);
    return i;
}

static inline image image_of_winnow(sample kind)
{
    image i;
    i.bytes = sample_binary(kind, 1, &i.len);
    return i;
}

/* A linear model whose stage is a matrix of doubles that is large enough for OpenBLAS. */
static inline image image_of_dense(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        support_stop("open_memstream");
    writer w = {out, 9, true};
    fputs("{\"winnow\":1,\"name\":\"dense\",\"labels\":\"labels\",\"link\":\"softmax\","
          "\"stages\":[{\"norm\":\"l2\",\"matrix\":{\"values\":\"middle\"}}],\"head\":{\"values\":"
          "\"head\"},\"blocks\":[{\"extractor\":\"words\",\"tokens\":\"letters\",\"terms\":"
          "\"words\",\"rows\":{\"values\":\"rows\"}}],\"arrays\":{",
          out);
    labels(&w, 3, "d");
    strings(&w, "words", words, N_WORDS);
    floats(&w, "rows", "f64", N_WORDS, 40, -1, 1);
    floats(&w, "middle", "f64", 20, 40, -1, 1);
    floats(&w, "head", "f64", 3, 20, -3, 3);
    fputs("}}\n", out);
    fclose(out);
    return (image){(uint8_t *)text, len};
}

static inline void put(image *i, const void *bytes, size_t n)
{
    memcpy(i->bytes + i->len, bytes, n);
    i->len += n;
}

static inline void put_floats(image *i, int64_t n, uint64_t *random)
{
    for (int64_t j = 0; j < n; j++) {
        float x = random_float(random);
        put(i, &x, sizeof x);
    }
}

/* Up to the flag in front of the input matrix; the fields as fastText writes them. */
static inline void put_fasttext_head(image *i, int32_t dim, int32_t bucket)
{
    const int32_t header[14] = {793712314, 12, dim, 5, 1, 1, 5, 2, 3, 3, bucket, 2, 3, 100};
    const int32_t sizes[3] = {N_WORDS + 1 + 3, N_WORDS + 1, 3};
    const int64_t counts[2] = {100, -1}, count = 4;
    const double t = 1e-4;
    static const char *const others[] = {"</s>", "__label__a", "__label__b", "__label__c"};
    put(i, header, sizeof header);
    put(i, &t, sizeof t);
    put(i, sizes, sizeof sizes);
    put(i, counts, sizeof counts);
    for (size_t j = 0; j < N_WORDS + WN__COUNT(others); j++) {
        const char *entry = j < N_WORDS ? words[j] : others[j - N_WORDS];
        uint8_t type = j > N_WORDS;
        put(i, entry, strlen(entry) + 1);
        put(i, &count, sizeof count);
        put(i, &type, 1);
    }
}

/* A fastText .bin with bigrams and subwords. */
static inline image image_of_bin(int32_t bucket)
{
    enum { DIM = 4 };
    const int64_t shapes[4] = {N_WORDS + 1 + (int64_t)bucket, DIM, 3, DIM};
    uint64_t random = 3;
    image i = {malloc((size_t)(shapes[0] + 3) * DIM * 4 + 2000), 0};
    if (i.bytes == NULL)
        support_stop("out of memory");
    put_fasttext_head(&i, DIM, bucket);
    for (int m = 0; m < 2; m++) {
        put(&i, "", 1);
        put(&i, &shapes[2 * m], 16);
        put_floats(&i, shapes[2 * m] * DIM, &random);
    }
    return i;
}

/* A fastText .ftz: rows of two codes and a norm, a dense output matrix. */
static inline image image_of_ftz(void)
{
    enum { DIM = 4, BUCKET = 40, ROWS = N_WORDS + 1 + BUCKET };
    const int64_t shape[2] = {ROWS, DIM}, head_shape[2] = {3, DIM};
    const int32_t n_codes = 2 * ROWS, quantizer[4] = {DIM, 2, 2, 2}, of_norms[4] = {1, 1, 1, 1};
    uint64_t random = 4;
    image i = {malloc(20000), 0};
    if (i.bytes == NULL)
        support_stop("out of memory");
    put_fasttext_head(&i, DIM, BUCKET);
    put(&i, "\1\1", 2); /* quantised, with norms */
    put(&i, shape, sizeof shape);
    put(&i, &n_codes, sizeof n_codes);
    for (int32_t j = 0; j < n_codes; j++)
        i.bytes[i.len++] = (uint8_t)random_below(&random, 256);
    put(&i, quantizer, sizeof quantizer);
    put_floats(&i, DIM * 256, &random);
    for (int32_t j = 0; j < ROWS; j++)
        i.bytes[i.len++] = (uint8_t)random_below(&random, 256);
    put(&i, of_norms, sizeof of_norms);
    put_floats(&i, 256, &random);
    put(&i, "", 1);
    put(&i, head_shape, sizeof head_shape);
    put_floats(&i, 3 * DIM, &random);
    return i;
}

static const char liblinear_text[] = "solver_type L2R_LR\nnr_class 3\nlabel 7 -3 5\nnr_feature 4\n"
                                     "bias 0.5\nw\n1 2 3 \n-1 0 1e1 \n0.5 0 -2 \n1 1 1 \n2 0 1 \n";
static const char liblinear_terms[] = "harbour\nwinter\noffer\noffer now\n";

/* A copy of the text, so that it is freed like the others. */
static inline image image_of_liblinear(void)
{
    image i = {malloc(sizeof liblinear_text), 0};
    if (i.bytes == NULL)
        support_stop("out of memory");
    put(&i, liblinear_text, sizeof liblinear_text - 1);
    return i;
}

#endif
