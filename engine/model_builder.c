/* model_builder.c - copies arrays of a spec into a model. */
#include "model_builder.h"

wn_status wn__builder_corrupt(const wn__builder *b, const char *what)
{
    return wn__fail(b->error, WN_ERROR_CORRUPT, WN__NO_OFFSET, "model: %s", what);
}

const wn__array *wn__builder_array(const wn__builder *b, wn__array_ref ref)
{
    return ref >= 0 ? &b->spec->arrays[ref] : NULL;
}

bool wn__builder_is_large(const wn__builder *b, wn__array_ref ref)
{
    return ref >= 0 && b->spec->arrays[ref].size > 4096; /* bytes */
}

bool wn__array_is_vector(const wn__array *array, wn__dtype dtype, uint64_t n)
{
    return array != NULL && array->dtype == dtype && array->n_dims == 1 && array->shape[0] == n;
}

wn_status wn__builder_strings(const wn__builder *b, const wn__array *const *arrays, size_t n_arrays,
                              wn__strings *out)
{
    size_t n = 0, n_bytes = 0;
    for (size_t i = 0; i < n_arrays; i++) {
        size_t count = (size_t)arrays[i]->shape[0];
        n += count;
        n_bytes += arrays[i]->size - count * sizeof(uint32_t);
    }
    if (n > WN__MAX_ROWS || n_bytes > UINT32_MAX - n) { /* labels get a NUL behind each */
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: more than %u strings or 4 GiB of them", WN__MAX_ROWS);
    }
    uint32_t *ends = wn__heap_alloc(&b->model->heap, n, sizeof *ends);
    uint8_t *bytes = wn__heap_alloc(&b->model->heap, n_bytes, 1);
    if (ends == NULL || bytes == NULL)
        return wn__no_memory(b->error);
    out->ends = ends;
    out->bytes = bytes;
    out->n = (uint32_t)n;
    out->n_bytes = n_bytes;
    uint32_t at = 0;
    for (size_t i = 0; i < n_arrays; i++) {
        size_t count = (size_t)arrays[i]->shape[0];
        size_t size = arrays[i]->size - count * sizeof(uint32_t);
        memcpy(bytes + at, arrays[i]->data + count * sizeof(uint32_t), size);
        memcpy(ends, arrays[i]->data, count * sizeof(uint32_t));
        for (size_t j = 0; j < count; j++)
            ends[j] += at;
        ends += count;
        at += (uint32_t)size;
    }
    return WN_OK;
}

/* What was wrong with an index of strings. */
static wn_status index_error(const wn__builder *b, wn_status status, uint32_t duplicate,
                             const char *what)
{
    if (status == WN_ERROR_MEMORY)
        return wn__no_memory(b->error);
    if (status == WN_ERROR_LIMIT) {
        return wn__fail(b->error, status, WN__NO_OFFSET,
                        "model: the hashes of its %s collide beyond all reason", what);
    }
    if (status != WN_OK) {
        return wn__fail(b->error, status, WN__NO_OFFSET,
                        "model: string %u of its %s is there twice", (unsigned)duplicate, what);
    }
    return WN_OK;
}

wn_status wn__builder_index(const wn__builder *b, wn__strings *strings, bool last_wins,
                            const char *what)
{
    uint32_t duplicate = 0;
    wn_status status = wn__strings_index(strings, &b->model->heap, last_wins, &duplicate);
    return index_error(b, status, duplicate, what);
}

wn_status wn__builder_words(const wn__builder *b, const wn__strings *strings, bool last_wins,
                            const char *what, wn__word_table *table)
{
    uint32_t duplicate = 0;
    wn__word_slot *slots =
        wn__heap_alloc(&b->model->heap, wn__word_table_size(strings->n), sizeof *slots);
    if (slots == NULL)
        return wn__no_memory(b->error);
    wn_status status = wn__word_table_build(table, slots, strings, last_wins, &duplicate);
    return index_error(b, status, duplicate, what);
}

wn_status wn__builder_terms(const wn__builder *b, const wn__array *array, const char *what,
                            wn__strings *strings, wn__word_table *table)
{
    wn__strings *copy = &b->tables[array - b->spec->arrays];
    wn__word_table *words = &b->words[array - b->spec->arrays];
    wn_status status = WN_OK;
    if (copy->ends == NULL)
        status = wn__builder_strings(b, &array, 1, copy);
    if (status == WN_OK && words->slots == NULL) {
        uint64_t *bits =
            wn__heap_alloc(&b->model->heap, wn__word_filter_size(copy->n), sizeof *bits);
        if (bits == NULL)
            return wn__no_memory(b->error);
        status = wn__builder_words(b, copy, false, what, words);
        if (status == WN_OK)
            wn__word_table_add_filter(words, bits, copy);
    }
    *strings = *copy;
    *table = *words;
    return status;
}

wn_status wn__builder_phrases(const wn__builder *b, const wn__array *array, const char *what,
                              wn__strings *strings, wn__phrases *phrases)
{
    wn__strings *copy = &b->tables[array - b->spec->arrays];
    wn__phrases *made = &b->phrases[array - b->spec->arrays];
    wn_status status = WN_OK;
    if (copy->ends == NULL)
        status = wn__builder_strings(b, &array, 1, copy);
    if (status == WN_OK && made->pieces == NULL) {
        uint32_t duplicate = 0;
        status = index_error(b, wn__phrases_build(made, &b->model->heap, copy, &duplicate),
                             duplicate, what);
    }
    *strings = *copy;
    *phrases = *made;
    return status;
}

wn_status wn__builder_table(const wn__builder *b, const wn__array *array, const char *what,
                            wn__strings *out)
{
    wn__strings *table = &b->tables[array - b->spec->arrays];
    wn_status status = WN_OK;
    if (table->ends == NULL)
        status = wn__builder_strings(b, &array, 1, table);
    if (status == WN_OK && table->map.slots == NULL)
        status = wn__builder_index(b, table, false, what);
    *out = *table;
    return status;
}

wn_status wn__builder_doubles(const wn__builder *b, const wn__array *array, size_t n,
                              const char *what, const double **out)
{
    if (!wn__array_is_vector(array, WN__F64, n) && !wn__array_is_vector(array, WN__F32, n)) {
        return wn__fail(b->error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                        "model: \"%s\" must be f64 or f32 [%zu]", what, n);
    }
    const double **copy = &b->doubles[array - b->spec->arrays];
    if (*copy != NULL) {
        *out = *copy;
        return WN_OK;
    }
    double *values = wn__heap_alloc(&b->model->heap, n, sizeof *values);
    if (values == NULL)
        return wn__no_memory(b->error);
    for (size_t i = 0; i < n; i++)
        values[i] = wn__array_number(array, i);
    *out = *copy = values;
    return WN_OK;
}
