/* load.c - bytes as a model file: of each format, with a text, converted and back. */
#include "fuzz.h"

#include <stdlib.h>

/* Opens bytes in memory; NULL: they do not open, and the error says why. */
static const wn_model *open_bytes(const uint8_t *file, size_t len, wn_scoring scoring,
                                  wn_text vocabulary, fuzz_budget *budget)
{
    wn_open_options options = {.size = sizeof options,
                               .allocator = &budget->allocator,
                               .scoring = scoring,
                               .vocabulary = vocabulary};
    const wn_model *model = NULL;
    wn_error error = {.status = WN_OK};
    fuzz_budget_start(budget, fuzz_most_memory(len + vocabulary.len));
    wn_status status = wn_model_open_memory(file, len, &options, &model, &error);
    if (status == WN_OK)
        return model;
    must(model == NULL && error.status == status && error.message[0] != '\0');
    must(status != WN_ERROR_MEMORY && status != WN_ERROR_IO);
    must(error.offset == UINT64_MAX || error.offset <= len);
    fuzz_budget_end(budget);
    return NULL;
}

static bool open_and_use(const uint8_t *file, size_t len, wn_text vocabulary, wn_text text)
{
    bool opens = false;
    for (int scoring = WN_SCORING_FAST; scoring <= WN_SCORING_EXACT; scoring++) {
        fuzz_budget budget;
        const wn_model *model = open_bytes(file, len, (wn_scoring)scoring, vocabulary, &budget);
        if (model == NULL)
            continue;
        fuzz_use(model, text);
        wn_model_unref(model);
        fuzz_budget_end(&budget);
        opens = true;
    }
    return opens;
}

/* Opens the file at path, of which len bytes are there. */
static const wn_model *open_path(const char *path, size_t len, unsigned flags, wn_scoring scoring,
                                 fuzz_budget *budget)
{
    wn_open_options options = {.size = sizeof options,
                               .allocator = &budget->allocator,
                               .scoring = scoring,
                               .flags = flags};
    const wn_model *model = NULL;
    fuzz_budget_start(budget, fuzz_most_memory(len));
    if (wn_model_open(path, &options, &model, NULL) != WN_OK)
        fuzz_budget_end(budget);
    return model;
}

/* A file that opens is the same model read whole, from memory and mapped; mapped it may open though
 * it is refused otherwise, since its weights are not looked at, and then it must score all the
 * same. */
static bool open_in_all_ways(const uint8_t *file, size_t len, wn_text text)
{
    fuzz_budget budgets[3];
    const char *path = fuzz_file(0, file, len);
    const wn_model *in_memory = open_bytes(file, len, WN_SCORING_FAST, (wn_text){0}, &budgets[0]);
    const wn_model *read = open_path(path, len, 0, WN_SCORING_FAST, &budgets[1]);
    const wn_model *mapped = open_path(path, len, WN_OPEN_MAP, WN_SCORING_FAST, &budgets[2]);
    must((in_memory != NULL) == (read != NULL));
    if (read != NULL) {
        must(mapped != NULL);
        fuzz_use(read, text);
        fuzz_same_scores(in_memory, read, text);
        fuzz_same_scores(in_memory, mapped, text);
    }
    if (mapped != NULL)
        fuzz_use(mapped, text);
    wn_model_unref(in_memory);
    wn_model_unref(read);
    wn_model_unref(mapped);
    for (size_t i = 0; i < 3; i++)
        fuzz_budget_end(&budgets[i]);
    return read != NULL;
}

bool fuzz_load_winnow(const uint8_t *data, size_t size)
{
    size_t len;
    uint8_t *file = fuzz_model_file(data, size, &len);
    bool opens = open_in_all_ways(file, len, fuzz_usual_text);
    free(file);
    return opens;
}

bool fuzz_load_json(const uint8_t *data, size_t size)
{
    return open_and_use(data, size, (wn_text){0}, fuzz_usual_text);
}

bool fuzz_load_fasttext(const uint8_t *data, size_t size)
{
    return open_and_use(data, size, (wn_text){0}, fuzz_usual_text);
}

bool fuzz_load_liblinear(const uint8_t *data, size_t size)
{
    wn_text vocabulary = {0};
    fuzz_divide(data, size, "=vocabulary=\n", &size, &vocabulary);
    return open_and_use(data, size, vocabulary, fuzz_usual_text);
}

bool fuzz_model_text(const uint8_t *data, size_t size)
{
    wn_text text = fuzz_usual_text;
    size_t len;
    fuzz_divide(data, size, "=text=\n", &size, &text);
    uint8_t *file = fuzz_model_file(data, size, &len);
    bool opens = open_and_use(file, len, (wn_text){0}, text);
    free(file);
    return opens;
}

/* ---- Converting ---- */

static wn_status convert(const char *in, const char *out, wn_format format)
{
    wn_convert_options options = {.size = sizeof options, .format = format};
    return wn_convert(in, out, &options, NULL);
}

static void must_be_same_model(const char *a, const char *b)
{
    for (int scoring = WN_SCORING_FAST; scoring <= WN_SCORING_EXACT; scoring++) {
        wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
        const wn_model *x, *y;
        wn_status status = wn_model_open(a, &options, &x, NULL);
        must(status == wn_model_open(b, &options, &y, NULL));
        if (status == WN_OK)
            fuzz_same_scores(x, y, fuzz_usual_text);
        wn_model_unref(x);
        wn_model_unref(y);
    }
}

static void must_be_same_file(const char *a, const char *b)
{
    size_t n, m;
    char *x = read_file(a, &n), *y = read_file(b, &m);
    must(n == m && memcmp(x, y, n) == 0);
    free(x);
    free(y);
}

/* A file of any format becomes one of winnow's own, which is the same model. */
bool fuzz_convert(const uint8_t *data, size_t size)
{
    size_t len;
    uint8_t *file = fuzz_model_file(data, size, &len);
    const char *in = fuzz_file(0, file, len), *out = fuzz_path(1);
    bool converts = false;
    free(file);
    for (int format = WN_FORMAT_WINNOW; format <= WN_FORMAT_JSON; format++) {
        if (convert(in, out, (wn_format)format) != WN_OK)
            continue;
        must_be_same_model(in, out);
        converts = true;
    }
    return converts;
}

/* JSON, binary, JSON, binary, JSON: after the first step the files are the same to the bit. */
bool fuzz_round_trip(const uint8_t *data, size_t size)
{
    const char *paths[4] = {fuzz_file(0, data, size), fuzz_path(1), fuzz_path(2), fuzz_path(3)};
    if (convert(paths[0], paths[1], WN_FORMAT_WINNOW) != WN_OK)
        return false;
    must_be_same_model(paths[0], paths[1]);
    must(convert(paths[1], paths[2], WN_FORMAT_JSON) == WN_OK);
    must(convert(paths[2], paths[3], WN_FORMAT_WINNOW) == WN_OK);
    must_be_same_file(paths[1], paths[3]);
    must(convert(paths[3], paths[0], WN_FORMAT_JSON) == WN_OK);
    must_be_same_file(paths[2], paths[0]);
    must_be_same_model(paths[0], paths[1]);
    return true;
}
