/* manifest.c - reads a manifest; the only file that includes cJSON.
 *
 *     text -> scan (limits, strictness that cJSON lacks) -> cJSON -> arrays -> fields -> spec
 *
 * cJSON takes any depth up to 1000, cuts strings at \u0000, accepts raw control characters, invalid
 * UTF-8 and infinite numbers, keeps duplicate keys and uses 64 bytes and more a value. The scan
 * and the getters below close each of these before a value is used.
 */
#include "manifest.h"

#include "json_scan.h"
#include "manifest_fields.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

/* What the functions below share. */
typedef struct reader {
    wn__spec *spec;
    const wn__sections *sections; /* NULL: arrays inline */
    wn_error *error;
    size_t section_at;  /* where the next section has to start */
    size_t section_end; /* where the last one ended */
} reader;

/* ---- Getters ---- */

static wn_status bad(const reader *r, const char *where, const char *key, const char *must)
{
    return wn__fail(r->error, WN_ERROR_CORRUPT, WN__NO_OFFSET, "manifest: %s: \"%s\" must be %s",
                    where, key, must);
}

/* Finds key; -- with cJSON's own getter, in the spelling given. NULL when absent. */
static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* Refuses duplicate keys; the caller bounds the number of children. */
static wn_status check_unique(const reader *r, const char *where, const cJSON *object)
{
    for (const cJSON *a = object->child; a != NULL; a = a->next) {
        for (const cJSON *b = a->next; b != NULL; b = b->next) {
            if (strcmp(a->string, b->string) == 0)
                return bad(r, where, a->string, "given once");
        }
    }
    return WN_OK;
}

/* An integer that a double holds exactly. */
static bool get_integer(const cJSON *item, int64_t *out)
{
    if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= 9007199254740992.0) ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *out = (int64_t)item->valuedouble;
    return true;
}

static wn_status copy_string(const reader *r, const char *text, const char **out)
{
    size_t len = strlen(text);
    char *copy = wn__heap_alloc(&r->spec->heap, len + 1, 1);
    if (copy == NULL)
        return wn__no_memory(r->error);
    memcpy(copy, text, len + 1);
    *out = copy;
    return WN_OK;
}

static int find_name(const cJSON *item, const char *const *names, uint32_t n)
{
    for (uint32_t i = 0; cJSON_IsString(item) && i < n; i++) {
        if (strcmp(item->valuestring, names[i]) == 0)
            return (int)i;
    }
    return -1;
}

/* ---- Arrays ---- */

/* Strings of a "values" list become the layout of the binary format. */
static wn_status read_string_values(const reader *r, const cJSON *list, wn__array *array)
{
    size_t total = 0, n = (size_t)array->shape[0];
    for (const cJSON *v = list->child; v != NULL; v = v->next) {
        if (!cJSON_IsString(v))
            return bad(r, array->name, "values", "strings");
        total += strlen(v->valuestring); /* at most the text of the manifest */
    }
    array->size = n * sizeof(uint32_t) + total;
    uint8_t *data = wn__heap_alloc(&r->spec->heap, array->size, 1);
    if (data == NULL)
        return wn__no_memory(r->error);
    array->data = data;
    uint8_t *bytes = data + n * sizeof(uint32_t);
    uint32_t end = 0;
    for (const cJSON *v = list->child; v != NULL; v = v->next) {
        size_t len = strlen(v->valuestring);
        memcpy(bytes + end, v->valuestring, len);
        end += (uint32_t)len;
        memcpy(data, &end, sizeof end);
        data += sizeof end;
    }
    return WN_OK;
}

/* Stores a number as dtype; false when it does not fit. */
static bool store_number(wn__dtype dtype, const cJSON *item, uint8_t *out)
{
    int64_t v = 0;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return false;
    if (dtype == WN__F64) {
        memcpy(out, &item->valuedouble, sizeof(double));
        return true;
    }
    if (dtype == WN__F32) {
        float f = (float)item->valuedouble;
        memcpy(out, &f, sizeof f);
        return isfinite(f) != 0;
    }
    if (!get_integer(item, &v))
        return false;
    memcpy(out, &v, wn__dtypes[dtype].size); /* little-endian: the low bytes come first */
    switch (dtype) {
    case WN__U8:
        return v >= 0 && v <= UINT8_MAX;
    case WN__I8:
        return v >= INT8_MIN && v <= INT8_MAX;
    case WN__I32:
        return v >= INT32_MIN && v <= INT32_MAX;
    case WN__U32:
        return v >= 0 && v <= UINT32_MAX;
    case WN__I64:
        return true;
    default:
        return false; /* half floats come as data */
    }
}

static wn_status read_values(const reader *r, const cJSON *list, wn__array *array)
{
    if (!cJSON_IsArray(list))
        return bad(r, array->name, "values", "a flat list");
    size_t n = 0, expected;
    for (const cJSON *v = list->child; v != NULL; v = v->next)
        n++;
    if (!wn__mul((size_t)array->shape[0], (size_t)array->shape[1], &expected) || n != expected)
        return bad(r, array->name, "values", "as many as the shape says");
    if (array->dtype == WN__STR)
        return read_string_values(r, list, array);
    size_t step = wn__dtypes[array->dtype].size;
    uint8_t *data = wn__heap_alloc(&r->spec->heap, n, step);
    if (data == NULL)
        return wn__no_memory(r->error);
    array->data = data;
    array->size = n * step;
    for (const cJSON *v = list->child; v != NULL; v = v->next, data += step) {
        if (!store_number(array->dtype, v, data))
            return bad(r, array->name, "values", "numbers that fit the dtype (f16: use data)");
    }
    return WN_OK;
}

/* Is size what the shape asks for? */
static wn_status check_size(const reader *r, const wn__array *array, size_t size)
{
    size_t expected;
    if (!wn__array_size(array->dtype, array->n_dims, array->shape, &expected) ||
        (array->dtype == WN__STR ? size < expected : size != expected))
        return bad(r, array->name, "shape", "what the array's bytes can hold");
    return WN_OK;
}

static wn_status read_base64(const reader *r, const cJSON *item, wn__array *array)
{
    if (!cJSON_IsString(item))
        return bad(r, array->name, "data", "a base64 string");
    size_t len = strlen(item->valuestring);
    array->size = wn__base64_size(item->valuestring, len);
    if (array->size == SIZE_MAX)
        return bad(r, array->name, "data", "base64 with padding");
    wn_status status = check_size(r, array, array->size);
    if (status != WN_OK)
        return status;
    uint8_t *data = wn__heap_alloc(&r->spec->heap, array->size, 1);
    if (data == NULL)
        return wn__no_memory(r->error);
    array->data = data;
    if (!wn__base64_decode(item->valuestring, len, data))
        return bad(r, array->name, "data", "base64 with padding and without white space");
    return WN_OK;
}

/* Sections stand in the order of the manifest, each at the next multiple of 64: there is no room
 * for overlap or holes, and the bytes between must be zero. Negative numbers are too large. */
static wn_status read_section(reader *r, const cJSON *object, wn__array *array)
{
    const wn__sections *s = r->sections;
    int64_t offset, size;
    if (!get_integer(get(object, "offset"), &offset) || (uint64_t)offset != r->section_at)
        return bad(r, array->name, "offset", "the multiple of 64 after the array before it");
    if (!get_integer(get(object, "size"), &size) || (uint64_t)size > s->size - r->section_at)
        return bad(r, array->name, "size", "within the file");
    array->data = s->data + r->section_at;
    array->size = (size_t)size;
    array->offset = s->offset + r->section_at;
    size_t end = r->section_at + array->size, next = wn__align64(end, s->size);
    for (size_t i = end; i < next; i++) {
        if (s->data[i] != 0) {
            return wn__fail(r->error, WN_ERROR_CORRUPT, s->offset + i,
                            "bytes between the arrays are not zero");
        }
    }
    r->section_at = next;
    r->section_end = end;
    return check_size(r, array, array->size);
}

static wn_status read_shape(const reader *r, const cJSON *item, wn__array *array)
{
    int n = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 0;
    if (n < 1 || n > 2)
        return bad(r, array->name, "shape", "a list of one or two sizes");
    array->n_dims = (uint32_t)n;
    const cJSON *v = item->child;
    for (int i = 0; i < n; i++, v = v->next) {
        int64_t size;
        if (!get_integer(v, &size) || size < 0)
            return bad(r, array->name, "shape", "whole numbers from 0");
        array->shape[i] = (uint64_t)size;
    }
    if (array->dtype == WN__STR && n != 1)
        return bad(r, array->name, "shape", "one size for strings");
    return WN_OK;
}

static wn_status read_array(reader *r, const cJSON *object, wn__array *array)
{
    if (!cJSON_IsObject(object))
        return bad(r, "arrays", array->name, "an object");
    const cJSON *values = get(object, "values"), *data = get(object, "data");
    int n_keys = cJSON_GetArraySize(object);
    if (n_keys != (r->sections != NULL ? 4 : 3) || (r->sections == NULL && !values == !data)) {
        return bad(r, "arrays", array->name,
                   r->sections != NULL ? "an object of dtype, shape, offset and size"
                                       : "an object of dtype, shape and either values or data");
    }
    const cJSON *dtype = get(object, "dtype");
    while (
        array->dtype < WN__N_DTYPES &&
        (!cJSON_IsString(dtype) || strcmp(wn__dtypes[array->dtype].name, dtype->valuestring) != 0))
        array->dtype++;
    if (array->dtype == WN__N_DTYPES)
        return bad(r, array->name, "dtype", "one of u8 i8 i32 u32 i64 f16 f32 f64 str");
    wn_status status = read_shape(r, get(object, "shape"), array);
    if (status != WN_OK)
        return status;
    if (r->sections != NULL)
        status = read_section(r, object, array);
    else
        status = values != NULL ? read_values(r, values, array) : read_base64(r, data, array);
    if (status != WN_OK)
        return status;
    return wn__array_check(r->spec, array, r->error);
}

static wn_status read_arrays(reader *r, const cJSON *object)
{
    if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) > WN__MAX_ARRAYS)
        return bad(r, "model", "arrays", "an object of at most 128 arrays");
    wn_status status = check_unique(r, "arrays", object);
    for (const cJSON *item = object->child; status == WN_OK && item != NULL; item = item->next) {
        const char *name = NULL;
        wn__array_ref ref;
        status = copy_string(r, item->string, &name);
        if (status == WN_OK)
            status = read_array(r, item, wn__spec_add_array(r->spec, name, &ref));
    }
    if (status == WN_OK && r->sections != NULL && r->section_end != r->sections->size) {
        return wn__fail(r->error, WN_ERROR_CORRUPT, r->sections->offset + r->section_end,
                        "bytes after the last array");
    }
    return status;
}

/* ---- Fields ---- */

static wn_status read_fields(const reader *r, const char *where, const cJSON *object,
                             const wn__field_table *table, uint32_t n_other, void *base,
                             unsigned extractors);

static wn_status read_list(const reader *r, const char *where, const cJSON *item,
                           const wn__field *field, uint8_t *base);

static wn_status read_pair(const reader *r, const char *where, const cJSON *item, int64_t out[2])
{
    if (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2 && get_integer(item->child, &out[0]) &&
        get_integer(item->child->next, &out[1]))
        return WN_OK;
    out[0] = 1;
    if (get_integer(item, &out[1]))
        return WN_OK;
    return bad(r, where, item->string, "a list of two whole numbers");
}

static wn_status read_steps(const reader *r, const char *where, const cJSON *item,
                            const wn__field *field, unsigned *out)
{
    int previous = -1;
    *out = 0;
    bool sound = cJSON_IsArray(item);
    for (const cJSON *v = sound ? item->child : NULL; sound && v != NULL; v = v->next) {
        int step = find_name(v, field->names, field->n_names);
        sound = step > previous;
        if (sound)
            *out |= 2u << step;
        previous = step;
    }
    return sound ? WN_OK
                 : bad(r, where, field->key, "a list of known steps in the documented order");
}

static wn_status read_name(const reader *r, const char *where, const cJSON *item,
                           const wn__field *field, void *value)
{
    int name = find_name(item, field->names, field->n_names);
    if (name < 0) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "manifest: %s: \"%s\" is \"%s\", which this version does not know", where,
                        field->key, cJSON_IsString(item) ? item->valuestring : "no string");
    }
    if (field->kind == WN__FIELD_FLAG) {
        *(bool *)value = name == 1;
    } else {
        _Static_assert(sizeof(wn_link) == sizeof(int) && sizeof(wn__norm) == sizeof(int),
                       "enumerations are stored as int");
        memcpy(value, &name, sizeof name);
    }
    return WN_OK;
}

/* The values that are one number. */
static wn_status read_number(const reader *r, const char *where, const cJSON *item,
                             const wn__field *field, void *value)
{
    int64_t v;
    if (field->kind == WN__FIELD_NUMBER) {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return bad(r, where, field->key, "a finite number");
        *(double *)value = item->valuedouble;
        return WN_OK;
    }
    if (!get_integer(item, &v))
        return bad(r, where, field->key, "a whole number");
    if (field->kind == WN__FIELD_INT) {
        *(int64_t *)value = v;
        return WN_OK;
    }
    if (v < 0 || v > UINT32_MAX)
        return bad(r, where, field->key, "from 0 to 2^32 - 1");
    *(uint32_t *)value = (uint32_t)v;
    return WN_OK;
}

/* A list of objects, or one object for a list of one. */
static wn_status read_list(const reader *r, const char *where, const cJSON *item,
                           const wn__field *field, uint8_t *base)
{
    uint8_t *next = base + field->at;
    uint32_t *n = (uint32_t *)(void *)(base + field->present);
    const cJSON *first = cJSON_IsArray(item) ? item->child : item;
    *n = 0;
    for (const cJSON *v = first; v != NULL; v = cJSON_IsArray(item) ? v->next : NULL) {
        if (*n == field->max)
            return bad(r, where, field->key, "an object, or a list of at most 8 objects");
        memcpy(next, field->initial, field->size);
        wn_status status = read_fields(r, field->key, v, field->table, 0, next, 0);
        if (status != WN_OK)
            return status;
        next += field->size;
        (*n)++;
    }
    return WN_OK;
}

static wn_status read_field(const reader *r, const char *where, const cJSON *item,
                            const wn__field *field, uint8_t *base)
{
    void *value = base + field->at;
    switch (field->kind) {
    case WN__FIELD_STRING:
        if (!cJSON_IsString(item))
            return bad(r, where, field->key, "a string");
        return copy_string(r, item->valuestring, value);
    case WN__FIELD_BOOL:
        if (!cJSON_IsBool(item))
            return bad(r, where, field->key, "true or false");
        *(bool *)value = cJSON_IsTrue(item) != 0;
        return WN_OK;
    case WN__FIELD_INT:
    case WN__FIELD_COUNT:
    case WN__FIELD_NUMBER:
        return read_number(r, where, item, field, value);
    case WN__FIELD_PAIR:
        return read_pair(r, where, item, value);
    case WN__FIELD_ENUM:
    case WN__FIELD_OPTION:
    case WN__FIELD_FLAG:
        return read_name(r, where, item, field, value);
    case WN__FIELD_STEPS:
        if (field->present != 0)
            *(bool *)(base + field->present) = true;
        return read_steps(r, where, item, field, value);
    case WN__FIELD_ARRAY:
        *(wn__array_ref *)value =
            cJSON_IsString(item) ? wn__spec_find_array(r->spec, item->valuestring) : -1;
        return *(wn__array_ref *)value >= 0 ? WN_OK
                                            : bad(r, where, field->key, "the name of an array");
    case WN__FIELD_OBJECT:
        *(bool *)(base + field->present) = true;
        return read_fields(r, field->key, item, field->table, 0, value, 0);
    case WN__FIELD_LIST:
        break;
    }
    return read_list(r, where, item, field, base);
}

/* Reads the fields of table and checks that the object has nothing else but n_other keys that the
 * caller reads. extractors: the bit of a block's extractor, or 0. */
static wn_status read_fields(const reader *r, const char *where, const cJSON *object,
                             const wn__field_table *table, uint32_t n_other, void *base,
                             unsigned extractors)
{
    if (!cJSON_IsObject(object))
        return bad(r, "model", where, "an object");
    uint32_t n_found = n_other;
    for (uint32_t i = 0; i < table->n; i++) {
        const wn__field *field = &table->fields[i];
        const cJSON *item = get(object, field->key);
        if (item == NULL || (field->extractors != 0 && (field->extractors & extractors) == 0))
            continue;
        n_found++;
        wn_status status = read_field(r, where, item, field, base);
        if (status != WN_OK)
            return status;
    }
    if ((uint32_t)cJSON_GetArraySize(object) == n_found)
        return WN_OK;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        uint32_t i = 0;
        while (i < table->n && (strcmp(table->fields[i].key, item->string) != 0 ||
                                (table->fields[i].extractors != 0 &&
                                 (table->fields[i].extractors & extractors) == 0)))
            i++;
        if (i == table->n && n_other == 0)
            return bad(r, where, item->string, "left out: nothing of that name is known here");
    }
    return wn__fail(r->error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                    "manifest: %s: it has unknown or duplicate keys", where);
}

static wn_status read_blocks(const reader *r, const cJSON *list)
{
    int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (n < 1 || n > WN__MAX_BLOCKS)
        return bad(r, "model", "blocks", "a list of 1 to 16 blocks");
    wn__spec *spec = r->spec;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        wn__spec_block *block = &spec->blocks[spec->n_blocks];
        char where[32];
        snprintf(where, sizeof where, "blocks[%u]", (unsigned)spec->n_blocks);
        wn__spec_block_init(block);
        int extractor = cJSON_IsObject(item) ? find_name(get(item, "extractor"),
                                                         wn__extractor_names, WN__N_EXTRACTORS)
                                             : -1;
        if (extractor < 0) {
            return wn__fail(r->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                            "manifest: %s: \"extractor\" is not one that this version knows",
                            where);
        }
        wn_status status =
            read_fields(r, where, item, &wn__block_fields, 0, block, 1u << extractor);
        if (status != WN_OK)
            return status;
        spec->n_blocks++;
    }
    return WN_OK;
}

static wn_status read_probe(const reader *r, const cJSON *item, wn__spec_probe *probe)
{
    const cJSON *text = get(item, "text"), *fields = get(item, "fields"),
                *scores = get(item, "scores");
    if (cJSON_GetArraySize(item) != 2 || !(cJSON_IsString(text) || cJSON_IsArray(fields)) ||
        !cJSON_IsArray(scores))
        return bad(r, "model", "probes", "a list of {\"text\" or \"fields\", \"scores\"}");
    const cJSON *first = text != NULL ? text : fields->child;
    size_t n = text != NULL ? 1 : (size_t)cJSON_GetArraySize(fields);
    probe->texts = wn__heap_alloc(&r->spec->heap, n, sizeof *probe->texts);
    if (probe->texts == NULL)
        return wn__no_memory(r->error);
    for (const cJSON *v = first; probe->n_texts < n; v = v->next) {
        wn_text *to = &probe->texts[probe->n_texts++];
        if (!cJSON_IsString(v))
            return bad(r, "probes", "fields", "strings");
        wn_status status = copy_string(r, v->valuestring, &to->data);
        if (status != WN_OK)
            return status;
        to->len = strlen(to->data);
    }
    probe->n_scores = (size_t)cJSON_GetArraySize(scores);
    double *values = wn__heap_alloc(&r->spec->heap, probe->n_scores, sizeof *values);
    if (values == NULL)
        return wn__no_memory(r->error);
    probe->scores = values;
    for (const cJSON *v = scores->child; v != NULL; v = v->next) {
        if (!cJSON_IsNumber(v) || !isfinite(v->valuedouble))
            return bad(r, "probes", "scores", "finite numbers");
        *values++ = v->valuedouble;
    }
    return WN_OK;
}

static wn_status read_probes(const reader *r, const cJSON *list)
{
    int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
    if (n < 0 || n > WN__MAX_PROBES)
        return bad(r, "model", "probes", "a list of at most 4096 probes");
    r->spec->probes = wn__heap_zalloc(&r->spec->heap, (size_t)n, sizeof *r->spec->probes);
    if (r->spec->probes == NULL)
        return wn__no_memory(r->error);
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        wn_status status = read_probe(r, item, &r->spec->probes[r->spec->n_probes]);
        if (status != WN_OK)
            return status;
        r->spec->n_probes++;
    }
    return WN_OK;
}

/* root: an object, for the scan has seen its brace. */
static wn_status read_model(reader *r, const cJSON *root)
{
    int64_t version;
    const cJSON *item = get(root, "winnow");
    if (item == NULL) {
        return wn__fail(r->error, WN_ERROR_FORMAT, WN__NO_OFFSET,
                        "JSON, but no winnow model: the key \"winnow\" is missing");
    }
    if (!get_integer(item, &version) || version != WN__MANIFEST_VERSION) {
        return wn__fail(r->error, WN_ERROR_VERSION, WN__NO_OFFSET,
                        "manifest version is not %d: a newer winnow may read it",
                        WN__MANIFEST_VERSION);
    }
    if (get(root, "link") == NULL)
        return bad(r, "model", "link", "given: what the scores mean is never guessed");
    const cJSON *probes = get(root, "probes");
    wn_status status = read_arrays(r, get(root, "arrays"));
    if (status == WN_OK)
        status = read_blocks(r, get(root, "blocks"));
    if (status == WN_OK && probes != NULL)
        status = read_probes(r, probes);
    if (status == WN_OK) {
        uint32_t n_other = probes != NULL ? 4 : 3;
        status = read_fields(r, "model", root, &wn__model_fields, n_other, r->spec, 0);
    }
    return status;
}

wn_status wn__manifest_read(wn__spec *spec, const char *text, size_t len, uint64_t base,
                            const wn__sections *sections, wn_error *error)
{
    reader r = {.spec = spec, .sections = sections, .error = error};
    wn_status status = wn__json_scan(text, len, base, error);
    if (status != WN_OK)
        return status;
    const char *end = text;
    cJSON *root = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    size_t at = (size_t)(end - text);
    while (root != NULL && at < len && strchr(" \t\r\n", text[at]) != NULL)
        at++;
    if (root == NULL && wn__json_is_sound(text, len)) {
        status = wn__no_memory(error);
    } else if (root == NULL || at != len) {
        status =
            wn__fail(error, WN_ERROR_CORRUPT, base + at, "manifest: %s",
                     root == NULL ? "not valid JSON here" : "something follows the JSON object");
    } else {
        status = read_model(&r, root);
    }
    cJSON_Delete(root);
    return status;
}
