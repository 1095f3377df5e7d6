/* jsonscan.c - reads fields of one JSON record without building a tree. */
#include "jsonscan.h"

#include "unicode.h"

#include <string.h>

enum { MAX_DEPTH = 1000 };

struct scan {
    const char *at, *end;
    const char *error;
    unsigned char is_object[MAX_DEPTH / 8 + 1]; /* one bit a level: object or array */
};

static int fail(struct scan *scan, const char *error)
{
    if (scan->error == NULL)
        scan->error = error;
    return 0;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static int next_is(const struct scan *scan, char c)
{
    return scan->at < scan->end && *scan->at == c;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int skip_escape(struct scan *scan)
{
    scan->at++;
    if (scan->at == scan->end)
        return fail(scan, "a string that does not end");
    char c = *scan->at++;
    if (c == 'u') {
        for (int i = 0; i < 4; i++, scan->at++) {
            if (scan->at == scan->end || hex_value(*scan->at) < 0)
                return fail(scan, "a \\u escape without four hexadecimal digits");
        }
        return 1;
    }
    if (c != '\0' && strchr("\"\\/bfnrt", c) != NULL)
        return 1;
    scan->at--;
    return fail(scan, "an unknown escape in a string");
}

static int skip_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->end) {
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"') {
            scan->at++;
            return 1;
        }
        if (c < 0x20)
            return fail(scan, "a control character in a string");
        if (c != '\\')
            scan->at++;
        else if (!skip_escape(scan))
            return 0;
    }
    return fail(scan, "a string that does not end");
}

static int skip_digits(struct scan *scan)
{
    const char *from = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > from || fail(scan, "a malformed number");
}

static int skip_number(struct scan *scan)
{
    if (next_is(scan, '-'))
        scan->at++;
    if (next_is(scan, '0'))
        scan->at++;
    else if (!skip_digits(scan))
        return 0;
    if (next_is(scan, '.')) {
        scan->at++;
        if (!skip_digits(scan))
            return 0;
    }
    if (next_is(scan, 'e') || next_is(scan, 'E')) {
        scan->at++;
        if (next_is(scan, '+') || next_is(scan, '-'))
            scan->at++;
        return skip_digits(scan);
    }
    return 1;
}

static int skip_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        return fail(scan, "a value that is no JSON");
    scan->at += len;
    return 1;
}

/* A value that holds no others. */
static int skip_scalar(struct scan *scan)
{
    if (scan->at == scan->end)
        return fail(scan, "the record ends early");
    switch (*scan->at) {
    case '"':
        return skip_string(scan);
    case 't':
        return skip_word(scan, "true");
    case 'f':
        return skip_word(scan, "false");
    case 'n':
        return skip_word(scan, "null");
    default:
        if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
            return skip_number(scan);
        return fail(scan, "a value that is no JSON");
    }
}

static int skip_key(struct scan *scan)
{
    skip_space(scan);
    if (!next_is(scan, '"'))
        return fail(scan, scan->at == scan->end ? "the record ends early"
                                                : "a field name that is no string");
    if (!skip_string(scan))
        return 0;
    skip_space(scan);
    if (!next_is(scan, ':'))
        return fail(scan, "a field name without a colon");
    scan->at++;
    return 1;
}

/* Skips any value without recursion: the levels that are open stand in is_object. */
static int skip_value(struct scan *scan)
{
    size_t depth = 0;
    for (;;) {
        skip_space(scan);
        if (next_is(scan, '{') || next_is(scan, '[')) {
            int is_object = *scan->at == '{';
            if (depth == MAX_DEPTH)
                return fail(scan, "nested deeper than 1000 levels");
            unsigned bit = 1u << depth % 8;
            unsigned byte = scan->is_object[depth / 8];
            scan->is_object[depth / 8] = (unsigned char)(is_object ? byte | bit : byte & ~bit);
            depth++;
            scan->at++;
            skip_space(scan);
            if (!next_is(scan, is_object ? '}' : ']')) {
                if (is_object && !skip_key(scan))
                    return 0;
                continue;
            }
        } else if (!skip_scalar(scan)) {
            return 0;
        }
        /* A value has ended, or a bracket is about to: close what closes here. */
        for (;;) {
            if (depth == 0)
                return 1;
            int is_object = scan->is_object[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
            skip_space(scan);
            if (next_is(scan, ',')) {
                scan->at++;
                if (is_object && !skip_key(scan))
                    return 0;
                break;
            }
            if (!next_is(scan, is_object ? '}' : ']'))
                return fail(scan, scan->at == scan->end ? "the record ends early"
                                                        : "no comma between two values");
            scan->at++;
            depth--;
        }
    }
}

/* Whether the JSON string raw, quotes included, spells name. */
static int string_is(const char *raw, size_t raw_len, const char *name, size_t name_len)
{
    if (memchr(raw, '\\', raw_len) == NULL)
        return raw_len - 2 == name_len && memcmp(raw + 1, name, name_len) == 0;
    struct buffer text = {0};
    json_unescape(raw, raw_len, &text);
    int same = text.len == name_len && (name_len == 0 || memcmp(text.data, name, name_len) == 0);
    buffer_free(&text);
    return same;
}

static int scan_fields(struct scan *scan, struct json_field *fields, size_t n_fields)
{
    skip_space(scan);
    if (scan->at == scan->end)
        return fail(scan, "an empty line");
    if (!next_is(scan, '{'))
        return fail(scan, "not a JSON object");
    scan->at++;
    skip_space(scan);
    int more = !next_is(scan, '}');
    while (more) {
        skip_space(scan);
        const char *key = scan->at;
        if (!skip_key(scan))
            return 0;
        const char *key_end = scan->at - 1;
        while (key_end[-1] != '"')
            key_end--;
        skip_space(scan);
        const char *value = scan->at;
        if (!skip_value(scan))
            return 0;
        for (size_t i = 0; i < n_fields; i++) {
            if (string_is(key, (size_t)(key_end - key), fields[i].name, fields[i].name_len)) {
                fields[i].value = value;
                fields[i].value_len = (size_t)(scan->at - value);
            }
        }
        skip_space(scan);
        more = next_is(scan, ',');
        if (more)
            scan->at++;
    }
    if (!next_is(scan, '}'))
        return fail(scan, scan->at == scan->end ? "the record ends early"
                                                : "no comma between two fields");
    scan->at++;
    skip_space(scan);
    return scan->at == scan->end || fail(scan, "something follows the JSON object");
}

const char *json_scan(const char *record, size_t len, struct json_field *fields, size_t n_fields,
                      size_t *at)
{
    struct scan scan = {.at = record, .end = record + len};
    for (size_t i = 0; i < n_fields; i++) {
        fields[i].value = NULL;
        fields[i].value_len = 0;
    }
    if (scan_fields(&scan, fields, n_fields))
        return NULL;
    *at = (size_t)(scan.at - record);
    return scan.error;
}

static unsigned four_digits(const char *s)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 4 | (unsigned)hex_value(s[i]);
    return value;
}

/* Adds the character of the \u escape whose digits begin at s; returns the bytes read from s. */
static size_t add_unicode(const char *s, const char *end, struct buffer *out)
{
    uint32_t code_point = four_digits(s);
    size_t n = 4;
    if (code_point >= 0xD800 && code_point <= 0xDBFF && end - s >= 10 && s[4] == '\\' &&
        s[5] == 'u') {
        uint32_t low = four_digits(s + 6);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
            n = 10;
        }
    }
    unicode_add(out, code_point);
    return n;
}

void json_unescape(const char *string, size_t len, struct buffer *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *at = string + 1, *end = string + len - 1;
    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((slash != NULL ? slash : end) - at);
        buffer_add(out, at, plain);
        at += plain;
        if (at == end)
            break;
        char c = at[1];
        at += 2;
        const char *named = strchr(from, c);
        if (c == 'u')
            at += add_unicode(at, end, out);
        else
            buffer_add_char(out, named != NULL ? to[named - from] : c);
    }
}
