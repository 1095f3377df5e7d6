/* manifest_write.c - writes a manifest. cJSON is for reading only: its printer loses bits of
 * doubles and holds the whole text as nodes. */
#include "manifest.h"

#include "manifest_fields.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>

/* Arrays up to this many numbers or strings are written as readable values, larger ones as data. */
#define READABLE_NUMBERS 64
#define READABLE_STRINGS 1024

static void write_string(wn__writer *w, const char *text, size_t len)
{
    wn__write(w, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char escaped[8];
        if (c == '"' || c == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", c);
            wn__write_text(w, escaped);
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            wn__write_text(w, escaped);
        } else {
            wn__write(w, &text[i], 1);
        }
    }
    wn__write(w, "\"", 1);
}

static void write_c_string(wn__writer *w, const char *text)
{
    write_string(w, text, strlen(text));
}

/* digits: 9 give a float back bit for bit, 17 a double. A locale's decimal comma becomes a point.
 */
static void write_number(wn__writer *w, double value, int digits)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, value);
    for (char *c = text; *c != '\0'; c++) {
        if (strchr("0123456789+-eE", *c) == NULL)
            *c = '.';
    }
    wn__write_text(w, text);
}

static void write_integer(wn__writer *w, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    wn__write_text(w, text);
}

/* ---- Arrays ---- */

/* Can the array be written as a list that reads back to the same bytes? */
static bool is_readable(const wn__array *array)
{
    uint64_t n = array->shape[0] * array->shape[1];
    if (array->dtype != WN__STR)
        return n <= READABLE_NUMBERS && array->dtype != WN__F16 && array->dtype != WN__I64;
    const uint8_t *bytes = array->data + n * sizeof(uint32_t);
    size_t n_bytes = array->size - (size_t)n * sizeof(uint32_t);
    if (n > READABLE_STRINGS || memchr(bytes, 0, n_bytes) != NULL)
        return false;
    uint32_t begin = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t end = wn__load_u32(array->data + i * sizeof(uint32_t));
        if (!wn__utf8_valid(bytes + begin, end - begin))
            return false;
        begin = end;
    }
    return true;
}

static void write_element(wn__writer *w, wn__dtype dtype, const uint8_t *p)
{
    switch (dtype) {
    case WN__U8:
        write_integer(w, *p);
        break;
    case WN__I8:
        write_integer(w, (int8_t)*p);
        break;
    case WN__I32:
        write_integer(w, wn__load_i32(p));
        break;
    case WN__U32:
        write_integer(w, wn__load_u32(p));
        break;
    case WN__F32:
        write_number(w, (double)wn__load_f32(p), 9);
        break;
    default:
        write_number(w, wn__load_f64(p), 17);
        break;
    }
}

static void write_values(wn__writer *w, const wn__array *array)
{
    uint64_t n = array->shape[0] * array->shape[1];
    uint32_t begin = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (i > 0)
            wn__write_text(w, ", ");
        if (array->dtype != WN__STR) {
            write_element(w, array->dtype, array->data + i * wn__dtypes[array->dtype].size);
            continue;
        }
        uint32_t end = wn__load_u32(array->data + i * sizeof(uint32_t));
        write_string(w, (const char *)array->data + n * sizeof(uint32_t) + begin, end - begin);
        begin = end;
    }
}

static void write_array(wn__writer *w, const wn__array *array, bool arrays_inline, size_t *offset)
{
    write_c_string(w, array->name);
    wn__write_text(w, ": {\"dtype\": ");
    write_c_string(w, wn__dtypes[array->dtype].name);
    wn__write_text(w, ", \"shape\": [");
    for (uint32_t i = 0; i < array->n_dims; i++) {
        if (i > 0)
            wn__write_text(w, ", ");
        write_integer(w, (int64_t)array->shape[i]);
    }
    wn__write_text(w, "], ");
    if (!arrays_inline) {
        wn__write_text(w, "\"offset\": ");
        write_integer(w, (int64_t)*offset);
        wn__write_text(w, ", \"size\": ");
        write_integer(w, (int64_t)array->size);
        *offset = (*offset + array->size + 63) & ~(size_t)63;
    } else if (is_readable(array)) {
        wn__write_text(w, "\"values\": [");
        write_values(w, array);
        wn__write_text(w, "]");
    } else {
        wn__write_text(w, "\"data\": \"");
        wn__write_base64(w, array->data, array->size);
        wn__write_text(w, "\"");
    }
    wn__write_text(w, "}");
}

/* ---- Fields ---- */

static bool is_written(const wn__field *field, const uint8_t *base, unsigned extractors)
{
    const void *value = base + field->at;
    if (field->extractors != 0 && (field->extractors & extractors) == 0)
        return false;
    switch (field->kind) {
    case WN__FIELD_STRING:
        return **(const char *const *)value != '\0';
    case WN__FIELD_BOOL:
        return *(const bool *)value;
    case WN__FIELD_COUNT:
        return *(const uint32_t *)value != 0;
    case WN__FIELD_NUMBER:
        return !isnan(*(const double *)value);
    case WN__FIELD_STEPS:
        return field->present != 0 ? *(const bool *)(base + field->present)
                                   : *(const unsigned *)value != 0;
    case WN__FIELD_LIST:
        return *(const uint32_t *)(const void *)(base + field->present) > 0;
    case WN__FIELD_OPTION:
        return memcmp(value, &(int){0}, sizeof(int)) != 0;
    case WN__FIELD_ARRAY:
        return *(const wn__array_ref *)value >= 0;
    case WN__FIELD_OBJECT:
        return *(const bool *)(base + field->present);
    default:
        return true;
    }
}

static void write_fields(wn__writer *w, const wn__spec *spec, const wn__field_table *table,
                         const void *base, unsigned extractors);

static void write_steps(wn__writer *w, const wn__field *field, unsigned steps)
{
    const char *separator = "[";
    for (uint32_t i = 0; i < field->n_names; i++) {
        if ((steps & (2u << i)) != 0) {
            wn__write_text(w, separator);
            write_c_string(w, field->names[i]);
            separator = ", ";
        }
    }
    wn__write_text(w, steps != 0 ? "]" : "[]");
}

/* A list of one is written as the object itself. */
static void write_list(wn__writer *w, const wn__spec *spec, const wn__field *field,
                       const uint8_t *base)
{
    uint32_t n = *(const uint32_t *)(const void *)(base + field->present);
    for (uint32_t i = 0; i < n; i++) {
        wn__write_text(w, i > 0 ? ", {" : n > 1 ? "[{" : "{");
        write_fields(w, spec, field->table, base + field->at + i * field->size, 0);
        wn__write_text(w, "}");
    }
    if (n > 1)
        wn__write_text(w, "]");
}

static void write_field(wn__writer *w, const wn__spec *spec, const wn__field *field,
                        const uint8_t *base)
{
    const void *value = base + field->at;
    int name;
    switch (field->kind) {
    case WN__FIELD_STRING:
        write_c_string(w, *(const char *const *)value);
        break;
    case WN__FIELD_BOOL:
        wn__write_text(w, "true");
        break;
    case WN__FIELD_INT:
        write_integer(w, *(const int64_t *)value);
        break;
    case WN__FIELD_COUNT:
        write_integer(w, *(const uint32_t *)value);
        break;
    case WN__FIELD_NUMBER:
        write_number(w, *(const double *)value, 17);
        break;
    case WN__FIELD_PAIR:
        wn__write_text(w, "[");
        write_integer(w, ((const int64_t *)value)[0]);
        wn__write_text(w, ", ");
        write_integer(w, ((const int64_t *)value)[1]);
        wn__write_text(w, "]");
        break;
    case WN__FIELD_ENUM:
    case WN__FIELD_OPTION:
        memcpy(&name, value, sizeof name);
        write_c_string(w, field->names[name]);
        break;
    case WN__FIELD_FLAG:
        write_c_string(w, field->names[*(const bool *)value ? 1 : 0]);
        break;
    case WN__FIELD_STEPS:
        write_steps(w, field, *(const unsigned *)value);
        break;
    case WN__FIELD_ARRAY:
        write_c_string(w, spec->arrays[*(const wn__array_ref *)value].name);
        break;
    case WN__FIELD_OBJECT:
        wn__write_text(w, "{");
        write_fields(w, spec, field->table, value, 0);
        wn__write_text(w, "}");
        break;
    case WN__FIELD_LIST:
        write_list(w, spec, field, base);
        break;
    }
}

static void write_fields(wn__writer *w, const wn__spec *spec, const wn__field_table *table,
                         const void *base, unsigned extractors)
{
    const char *separator = "";
    for (uint32_t i = 0; i < table->n; i++) {
        const wn__field *field = &table->fields[i];
        if (!is_written(field, base, extractors))
            continue;
        wn__write_text(w, separator);
        write_c_string(w, field->key);
        wn__write_text(w, ": ");
        write_field(w, spec, field, base);
        separator = ", ";
    }
}

static void write_probes(wn__writer *w, const wn__spec *spec)
{
    wn__write_text(w, ",\n \"probes\": [");
    for (uint32_t i = 0; i < spec->n_probes; i++) {
        const wn__spec_probe *probe = &spec->probes[i];
        wn__write_text(w, i == 0 ? "\n  {" : ",\n  {");
        wn__write_text(w, probe->n_texts == 1 ? "\"text\": " : "\"fields\": [");
        for (size_t j = 0; j < probe->n_texts; j++) {
            if (j > 0)
                wn__write_text(w, ", ");
            write_string(w, probe->texts[j].data, probe->texts[j].len);
        }
        wn__write_text(w, probe->n_texts == 1 ? ", \"scores\": [" : "], \"scores\": [");
        for (size_t j = 0; j < probe->n_scores; j++) {
            if (j > 0)
                wn__write_text(w, ", ");
            write_number(w, probe->scores[j], 17);
        }
        wn__write_text(w, "]}");
    }
    wn__write_text(w, "]");
}

void wn__manifest_write(wn__writer *w, const wn__spec *spec, bool arrays_inline)
{
    wn__write_text(w, "{\"winnow\": ");
    write_integer(w, WN__MANIFEST_VERSION);
    wn__write_text(w, ",\n ");
    write_fields(w, spec, &wn__model_fields, spec, 0);
    wn__write_text(w, ",\n \"blocks\": [");
    for (uint32_t i = 0; i < spec->n_blocks; i++) {
        const wn__spec_block *block = &spec->blocks[i];
        wn__write_text(w, i == 0 ? "\n  {" : ",\n  {");
        write_fields(w, spec, &wn__block_fields, block, 1u << block->extractor);
        wn__write_text(w, "}");
    }
    wn__write_text(w, "]");
    if (spec->n_probes > 0)
        write_probes(w, spec);
    wn__write_text(w, ",\n \"arrays\": {");
    size_t offset = 0;
    for (uint32_t i = 0; i < spec->n_arrays; i++) {
        wn__write_text(w, i == 0 ? "\n  " : ",\n  ");
        write_array(w, &spec->arrays[i], arrays_inline, &offset);
    }
    wn__write_text(w, "}}\n");
}
