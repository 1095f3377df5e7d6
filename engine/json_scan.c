/* json_scan.c - a pass over JSON text that closes what the parser leaves open. */
#include "json_scan.h"

#include "utf8.h"

/* Where a failure goes. */
typedef struct scanner {
    uint64_t base;
    wn_error *error;
} scanner;

static wn_status scan_fail(const scanner *s, wn_status status, size_t at, const char *what)
{
    return wn__fail(s->error, status, s->base + at, "manifest: %s", what);
}

/* Walks one string from its opening quote; *at moves behind the closing one. */
static wn_status scan_string(const scanner *s, const char *text, size_t len, size_t *at)
{
    size_t i = *at + 1;
    while (i < len && text[i] != '"') {
        if ((unsigned char)text[i] < 0x20)
            return scan_fail(s, WN_ERROR_CORRUPT, i, "a control character inside a string");
        if (text[i] == '\\') {
            if (len - i > 5 && memcmp(text + i + 1, "u0000", 5) == 0)
                return scan_fail(s, WN_ERROR_CORRUPT, i, "\\u0000 inside a string");
            i++;
        }
        i++;
    }
    if (i >= len)
        return scan_fail(s, WN_ERROR_CORRUPT, *at, "a string does not end");
    *at = i + 1;
    return WN_OK;
}

/* Byte i, or a NUL, which no number contains, behind the end. */
static char byte_at(const char *text, size_t len, size_t i)
{
    return i < len ? text[i] : '\0';
}

/* The end of the digits that begin at i; i when there are none. */
static size_t skip_digits(const char *text, size_t len, size_t i)
{
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    return i;
}

/* Walks one number as JSON has them; the parser also takes 01, 1. and the like. */
static wn_status scan_number(const scanner *s, const char *text, size_t len, size_t *at)
{
    size_t begin = *at + (text[*at] == '-');
    size_t end = skip_digits(text, len, begin);
    bool is_sound = end > begin && (text[begin] != '0' || end == begin + 1);
    if (byte_at(text, len, end) == '.') {
        begin = end + 1;
        end = skip_digits(text, len, begin);
        is_sound = is_sound && end > begin;
    }
    if (byte_at(text, len, end) == 'e' || byte_at(text, len, end) == 'E') {
        char sign = byte_at(text, len, end + 1);
        begin = end + 1 + (sign == '+' || sign == '-');
        end = skip_digits(text, len, begin);
        is_sound = is_sound && end > begin;
    }
    if (!is_sound)
        return scan_fail(s, WN_ERROR_CORRUPT, *at, "not a JSON number");
    *at = end;
    return WN_OK;
}

wn_status wn__json_scan(const char *text, size_t len, uint64_t base, wn_error *error)
{
    const scanner scanner_ = {base, error}, *s = &scanner_;
    size_t start = 0;
    while (start < len && strchr(" \t\r\n", text[start]) != NULL && text[start] != '\0')
        start++;
    if (start == len || text[start] != '{')
        return scan_fail(s, WN_ERROR_FORMAT, start, "not a JSON object");
    if (len > WN__MAX_JSON_SIZE)
        return scan_fail(s, WN_ERROR_LIMIT, 0, "more than 1 GiB of JSON: use the binary format");
    if (!wn__utf8_valid((const uint8_t *)text, len))
        return scan_fail(s, WN_ERROR_CORRUPT, 0, "not valid UTF-8");
    size_t nodes = 0, depth = 0;
    for (size_t i = start; i < len;) {
        char c = text[i];
        if (c == '"' || c == '-' || (c >= '0' && c <= '9')) {
            wn_status status =
                c == '"' ? scan_string(s, text, len, &i) : scan_number(s, text, len, &i);
            if (status != WN_OK)
                return status;
            continue;
        }
        if (c == '\0')
            return scan_fail(s, WN_ERROR_CORRUPT, i, "a NUL byte");
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (c == '{' || c == '[' || c == ',')
            nodes++;
        if (depth > WN__MAX_JSON_DEPTH)
            return scan_fail(s, WN_ERROR_LIMIT, i, "nested more than 64 deep");
        if (nodes > WN__MAX_JSON_NODES)
            return scan_fail(s, WN_ERROR_LIMIT, i, "more than 8 million values: use \"data\"");
        i++;
    }
    /* Some versions of the parser look one byte behind a text that ends behind a comma. */
    if (depth > 0)
        return scan_fail(s, WN_ERROR_CORRUPT, len, "it ends inside an object or a list");
    return WN_OK;
}
