/* format_liblinear.c - LIBLINEAR's text model files, those that liblinear-train writes.
 *
 *   solver_type L2R_LR
 *   nr_class 3
 *   label 1 3 -1
 *   nr_feature 1000
 *   bias 0.5
 *   w
 *   0.52676884403861168 -0.4737529930683958 -0.53557913308344374
 *   ...
 *
 * A line a feature, with a number for each label; two labels need one number, which speaks for the
 * first of them. (MCSVM_CS writes two all the same, of which the reference's answer is the sign of
 * the first.) A bias of at least 0 is one more feature, whose value is always the bias. The lines
 * before "w" come in this order or another one.
 *
 * What becomes of it:
 *   - A column a feature, and "columns" that number them: the model scores vectors. With a
 *     vocabulary the columns are its terms, and the model reads text; see words_of.
 *   - The bias line, times the bias, is the "bias".
 *   - Two labels change places, because winnow's single output speaks for the second: so the answer
 *     is the same for every text, for a sum of exactly 0 as well.
 *   - Logistic regression has probabilities: sigmoid, or one_vs_rest with more labels. The support
 *     vector classifiers are raw. Regression has no labels and one-class models answer another
 *     question: neither is a classifier.
 *
 * The reference reads a sequence of words, unchecked. Here every line has to be as it is written,
 * with any blanks between the words and LF or CRLF behind them, so that a damaged file shows; a
 * file without its last line feed is cut. Each weight takes two bytes of the file at least, which
 * bounds what a header can ask for.
 * Source: LIBLINEAR 2.30, README ("Library Usage") and what its programs do; Fan et al. 2008,
 * "LIBLINEAR: A Library for Large Linear Classification".
 */
#include "format.h"
#include "number.h"

#include <math.h>
#include <stdio.h>

typedef enum task { CLASSIFIER, PROBABILISTIC, CRAMMER_SINGER, REGRESSION, ONE_CLASS } task;

static const struct solver {
    const char *name;
    task task;
} solvers[] = {
    {"L2R_LR", PROBABILISTIC},           {"L2R_L2LOSS_SVC_DUAL", CLASSIFIER},
    {"L2R_L2LOSS_SVC", CLASSIFIER},      {"L2R_L1LOSS_SVC_DUAL", CLASSIFIER},
    {"MCSVM_CS", CRAMMER_SINGER},        {"L1R_L2LOSS_SVC", CLASSIFIER},
    {"L1R_LR", PROBABILISTIC},           {"L2R_LR_DUAL", PROBABILISTIC},
    {"L2R_L2LOSS_SVR", REGRESSION},      {"L2R_L2LOSS_SVR_DUAL", REGRESSION},
    {"L2R_L1LOSS_SVR_DUAL", REGRESSION}, {"ONECLASS_SVM", ONE_CLASS},
};

/* A word of the file. */
typedef struct word {
    const char *text;
    size_t len;
    size_t at; /* its offset */
} word;

typedef struct reader {
    wn__cursor in; /* at the next byte of the line, or at the next line */
    size_t end;    /* of the line, where its line feed or CR LF is */
    wn__spec *spec;
    wn_error *error;
    const struct solver *solver; /* NULL until it was read; the others as they say */
    int32_t n_classes;           /* 0: not read */
    int32_t *labels;             /* [n_classes] or NULL */
    int32_t n_features;          /* -1: not read */
    bool has_bias;               /* the line was read */
    double bias;
} reader;

/* ---- Lines and words ---- */

static wn_status corrupt(const reader *r, size_t at, const char *what)
{
    return wn__fail(r->error, WN_ERROR_CORRUPT, at, "LIBLINEAR file: %s", what);
}

/* Finds the end of the line that starts at the cursor. */
static wn_status start_line(reader *r)
{
    const uint8_t *begin = r->in.data + r->in.at;
    const uint8_t *feed = memchr(begin, '\n', wn__cursor_left(&r->in));
    if (feed == NULL)
        return corrupt(r, r->in.len, "it ends in the middle: cut or damaged");
    r->end = (size_t)(feed - r->in.data);
    if (feed > begin && feed[-1] == '\r')
        r->end--;
    return WN_OK;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* The next word of the line; false when there is none. */
static bool next_word(reader *r, word *w)
{
    const uint8_t *p = r->in.data;
    while (is_blank(p[r->in.at])) /* what ends the line is none */
        r->in.at++;
    size_t begin = r->in.at;
    while (r->in.at < r->end && !is_blank(p[r->in.at]))
        r->in.at++;
    *w = (word){(const char *)p + begin, r->in.at - begin, begin};
    return w->len > 0;
}

/* Goes to the next line; this one must have no more words. */
static wn_status end_line(reader *r, const char *what)
{
    word w;
    if (next_word(r, &w))
        return corrupt(r, w.at, what);
    r->in.at = r->end + (r->in.data[r->end] == '\r' ? 2 : 1);
    return WN_OK;
}

static bool is_word(const word *w, const char *text)
{
    return w->len == strlen(text) && memcmp(w->text, text, w->len) == 0;
}

static bool to_i32(const word *w, int32_t *value)
{
    return wn__number_parse_i32((const uint8_t *)w->text, w->len, value);
}

/* A number of the file: finite. */
static wn_status to_double(const reader *r, const word *w, double *value)
{
    if (!wn__number_parse((const uint8_t *)w->text, w->len, value))
        return corrupt(r, w->at, "not a decimal number");
    if (!isfinite(*value))
        return corrupt(r, w->at, "a number that is too large");
    return WN_OK;
}

/* ---- Header ---- */

static wn_status read_solver(reader *r)
{
    word w;
    if (r->solver != NULL || !next_word(r, &w))
        return corrupt(r, r->in.at, "solver_type is there twice or says nothing");
    for (size_t i = 0; i < WN__COUNT(solvers); i++) {
        if (is_word(&w, solvers[i].name))
            r->solver = &solvers[i];
    }
    if (r->solver == NULL) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, w.at,
                        "LIBLINEAR file: a solver_type that this version does not know");
    }
    if (r->solver->task == REGRESSION) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, w.at,
                        "LIBLINEAR file: a regression model (%s): it has no labels to choose from",
                        r->solver->name);
    }
    if (r->solver->task == ONE_CLASS) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, w.at,
                        "LIBLINEAR file: a one-class model: it finds outliers and has no labels");
    }
    return WN_OK;
}

static wn_status read_n_classes(reader *r)
{
    word w;
    if (r->n_classes != 0 || !next_word(r, &w))
        return corrupt(r, r->in.at, "nr_class is there twice or says nothing");
    if (!to_i32(&w, &r->n_classes) || r->n_classes < 1)
        return corrupt(r, w.at, "nr_class must be a whole number of at least 1");
    return WN_OK;
}

static wn_status read_labels(reader *r)
{
    word w;
    if (r->labels != NULL || r->n_classes == 0)
        return corrupt(r, r->in.at, "label is there twice, or before nr_class");
    size_t n = (size_t)r->n_classes;
    if (n > (r->end - r->in.at) / 2) /* a blank and a digit each */
        return corrupt(r, r->in.at, "fewer labels than nr_class says");
    r->labels = wn__heap_alloc(&r->spec->heap, n, sizeof *r->labels);
    if (r->labels == NULL)
        return wn__no_memory(r->error);
    for (size_t i = 0; i < n; i++) {
        if (!next_word(r, &w))
            return corrupt(r, r->in.at, "fewer labels than nr_class says");
        if (!to_i32(&w, &r->labels[i]))
            return corrupt(r, w.at, "a label that is no whole number of 32 bits");
    }
    return WN_OK;
}

static wn_status read_n_features(reader *r)
{
    word w;
    if (r->n_features >= 0 || !next_word(r, &w))
        return corrupt(r, r->in.at, "nr_feature is there twice or says nothing");
    if (!to_i32(&w, &r->n_features) || r->n_features < 0) {
        r->n_features = -1;
        return corrupt(r, w.at, "nr_feature must be a whole number of at least 0");
    }
    return WN_OK;
}

static wn_status read_bias(reader *r)
{
    word w;
    if (r->has_bias || !next_word(r, &w))
        return corrupt(r, r->in.at, "bias is there twice or says nothing");
    r->has_bias = true;
    return to_double(r, &w, &r->bias);
}

static const struct key {
    const char *name;
    wn_status (*read)(reader *r);
} keys[] = {
    {"solver_type", read_solver},    {"nr_class", read_n_classes}, {"label", read_labels},
    {"nr_feature", read_n_features}, {"bias", read_bias},
};

/* Reads the lines down to "w". */
static wn_status read_header(reader *r)
{
    for (;;) {
        word w;
        const struct key *key = NULL;
        wn_status status = start_line(r);
        if (status != WN_OK)
            return status;
        size_t begin = r->in.at;
        if (!next_word(r, &w))
            return corrupt(r, begin, "an empty line in the header");
        if (is_word(&w, "w"))
            break;
        for (size_t i = 0; i < WN__COUNT(keys); i++) {
            if (is_word(&w, keys[i].name))
                key = &keys[i];
        }
        if (key == NULL)
            return corrupt(r, w.at, "a line of the header that does not belong there");
        status = key->read(r);
        if (status == WN_OK)
            status = end_line(r, "more words in a line of the header than there should be");
        if (status != WN_OK)
            return status;
    }
    const char *missing = r->solver == NULL   ? "no solver_type before the weights"
                          : r->labels == NULL ? "no labels before the weights"
                          : r->n_features < 0 ? "no nr_feature before the weights"
                          : !r->has_bias      ? "no bias before the weights"
                                              : NULL;
    return missing != NULL ? corrupt(r, r->in.at, missing)
                           : end_line(r, "something behind the w that starts the weights");
}

/* ---- Labels ---- */

static bool is_binary(const reader *r)
{
    return r->n_classes == 2;
}

static wn_status make_labels(reader *r)
{
    size_t n = (size_t)r->n_classes;
    wn__array *array = wn__spec_add_array(r->spec, "labels", &r->spec->labels);
    if (n > WN__MAX_LABELS) {
        return wn__fail(r->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "LIBLINEAR file: more than %u labels", WN__MAX_LABELS);
    }
    /* An offset and at most 11 characters. */
    uint8_t *data = wn__heap_alloc(&r->spec->heap, n, sizeof(uint32_t) + 12);
    if (data == NULL)
        return wn__no_memory(r->error);
    char *text = (char *)data + n * sizeof(uint32_t);
    uint32_t end = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t label = r->labels[is_binary(r) ? 1 - i : i];
        end += (uint32_t)snprintf(text + end, 12, "%ld", (long)label);
        memcpy(data + i * sizeof end, &end, sizeof end);
    }
    array->dtype = WN__STR;
    array->shape[0] = n;
    array->data = data;
    array->size = n * sizeof(uint32_t) + end;
    return WN_OK;
}

/* ---- Weights ---- */

static double *add_doubles(reader *r, const char *name, size_t n, size_t width, uint32_t n_dims,
                           wn__array_ref *ref)
{
    wn__array *array = wn__spec_add_array(r->spec, name, ref);
    double *data = wn__heap_alloc(&r->spec->heap, n * width, sizeof *data);
    if (data == NULL)
        return NULL;
    array->dtype = WN__F64;
    array->n_dims = n_dims;
    array->shape[0] = n_dims == 2 ? n : n * width;
    array->shape[1] = n_dims == 2 ? width : 1;
    array->data = (const uint8_t *)data;
    array->size = n * width * sizeof *data;
    return data;
}

/* One line of numbers: width of them, of which the first n_kept go to row. */
static wn_status read_row(reader *r, double *row, size_t n_kept, size_t width)
{
    wn_status status = start_line(r);
    for (size_t i = 0; i < width && status == WN_OK; i++) {
        word w;
        double number;
        if (!next_word(r, &w))
            return corrupt(r, r->in.at, "a line of weights has too few numbers");
        status = to_double(r, &w, &number);
        if (status == WN_OK && i < n_kept)
            row[i] = number;
    }
    return status == WN_OK ? end_line(r, "a line of weights has too many numbers") : status;
}

static wn_status read_weights(reader *r, wn__spec_block *block)
{
    size_t width = (size_t)r->n_classes; /* of a line */
    size_t n_outputs = is_binary(r) ? 1 : width;
    if (is_binary(r) && r->solver->task != CRAMMER_SINGER)
        width = 1;
    size_t n = (size_t)r->n_features, n_lines = n + (r->bias >= 0 ? 1 : 0), at = r->in.at;
    /* A digit and a blank or a line feed each. */
    if (n_lines > wn__cursor_left(&r->in) / 2 / width)
        return corrupt(r, at, "fewer weights than nr_feature and nr_class say: cut or damaged");
    if (n == 0) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, at,
                        "LIBLINEAR file: a model without features");
    }
    double *rows = add_doubles(r, "rows", n, n_outputs, 2, &block->rows.values);
    if (rows == NULL)
        return wn__no_memory(r->error);
    block->rows.present = true;
    block->rows.encoding = WN__DENSE;
    for (size_t i = 0; i < n; i++) {
        wn_status status = read_row(r, rows + i * n_outputs, n_outputs, width);
        if (status != WN_OK)
            return status;
    }
    if (n_lines == n)
        return WN_OK;
    double *bias = add_doubles(r, "bias", 1, n_outputs, 1, &r->spec->bias);
    if (bias == NULL)
        return wn__no_memory(r->error);
    at = r->in.at;
    wn_status status = read_row(r, bias, n_outputs, width);
    for (size_t i = 0; i < n_outputs && status == WN_OK; i++) {
        bias[i] *= r->bias;
        if (!isfinite(bias[i]))
            status = corrupt(r, at, "a weight times the bias is too large");
    }
    return status;
}

/* ---- Vocabulary ---- */

/* Words of a term, one blank between two; 0: it is not made of words. */
static int64_t count_words(const char *term, size_t len)
{
    int64_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (term[i] != ' ')
            n += i == 0 || term[i - 1] == ' ';
        else if (i == 0 || i + 1 == len || term[i - 1] == ' ')
            return 0;
    }
    return n;
}

static wn_status bad_vocabulary(const reader *r, size_t line, const char *what)
{
    return wn__fail(r->error, WN_ERROR_ARGUMENT, WN__NO_OFFSET, "vocabulary, line %zu: %s", line,
                    what);
}

/* The bit of a step in wn__spec.normalize. */
static unsigned step(const char *name)
{
    unsigned bit = 0;
    for (unsigned i = 0; i < WN__COUNT(wn__normalize_steps); i++) {
        if (strcmp(wn__normalize_steps[i], name) == 0)
            bit = 2u << i;
    }
    return bit;
}

/* The terms of the vocabulary, which are the columns: lower-case words of two characters or more,
 * counted as they are, and n-grams of up to as many words as the longest term has. This is what
 * scikit-learn's CountVectorizer does unless told otherwise. A file says nothing of other
 * weightings: for them it takes an exporter that knows the trainer. */
static wn_status words_of(reader *r, wn__spec_block *block, wn_text vocabulary)
{
    size_t n = (size_t)r->n_features, at = 0;
    wn__array *array = wn__spec_add_array(r->spec, "terms", &block->terms);
    if (vocabulary.len > UINT32_MAX) {
        return wn__fail(r->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "vocabulary: more than 4 GiB of terms");
    }
    uint8_t *data =
        wn__heap_alloc(&r->spec->heap, n * sizeof(uint32_t) + vocabulary.len, 1); /* < 2^34 */
    if (data == NULL)
        return wn__no_memory(r->error);
    uint8_t *text = data + n * sizeof(uint32_t);
    uint32_t end = 0;
    block->ngrams[1] = 1;
    for (size_t i = 0; i < n; i++) {
        size_t left = vocabulary.len - at;
        if (left == 0)
            return bad_vocabulary(r, i + 1, "not there, but the model has more features than that");
        const char *term = vocabulary.data + at;
        const char *feed = memchr(term, '\n', left);
        size_t len = feed != NULL ? (size_t)(feed - term) : left;
        at += feed != NULL ? len + 1 : len;
        if (len > 0 && term[len - 1] == '\r')
            len--;
        int64_t n_words = count_words(term, len);
        if (n_words < 1 || n_words > WN__MAX_NGRAM)
            return bad_vocabulary(r, i + 1, "a term is from 1 to 32 words, one blank between two");
        if (n_words > block->ngrams[1])
            block->ngrams[1] = n_words;
        memcpy(text + end, term, len);
        end += (uint32_t)len;
        memcpy(data + i * sizeof end, &end, sizeof end);
    }
    array->dtype = WN__STR;
    array->shape[0] = n;
    array->data = data;
    array->size = n * sizeof(uint32_t) + end;
    if (at < vocabulary.len)
        return bad_vocabulary(r, n + 1, "one term more than the model has features");
    block->extractor = WN__EXTRACT_WORDS;
    block->min_length = 2;
    block->tokens = WN__TOKENS_WORD;
    r->spec->normalize = step("lower");
    return WN_OK;
}

/* ---- All of it ---- */

static bool probe(const uint8_t *bytes, size_t len)
{
    static const char first[] = "solver_type ";
    return len >= sizeof first - 1 && memcmp(bytes, first, sizeof first - 1) == 0;
}

static wn_status read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error)
{
    reader r = {.in = {bytes, len, 0}, .spec = spec, .error = error, .n_features = -1};
    wn__spec_block *block = &spec->blocks[0];
    wn__spec_block_init(block);
    spec->n_blocks = 1;
    wn_status status = read_header(&r);
    if (status == WN_OK)
        status = make_labels(&r);
    if (status == WN_OK)
        status = read_weights(&r, block);
    if (status == WN_OK && wn__cursor_left(&r.in) != 0)
        status = corrupt(&r, r.in.at, "more lines of weights than nr_feature says");
    if (status != WN_OK)
        return status;
    spec->trainer = "LIBLINEAR";
    spec->link = r.solver->task != PROBABILISTIC ? WN_LINK_RAW
                 : r.n_classes == 2              ? WN_LINK_SIGMOID
                                                 : WN_LINK_ONE_VS_REST;
    if (spec->vocabulary.len > 0)
        return words_of(&r, block, spec->vocabulary);
    block->extractor = WN__EXTRACT_COLUMNS;
    block->n_features = r.n_features;
    return WN_OK;
}

const wn__format wn__format_liblinear = {"liblinear", probe, read, NULL};
