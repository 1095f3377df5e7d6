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

/* The four digits behind "\u"; digits that are none make 0, as in the parser. */
static unsigned code_at(const char *text)
{
    unsigned code = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = text[i];
        unsigned letter = (unsigned)(c | 0x20) - 'a';
        if (c >= '0' && c <= '9')
            code = code * 16 + (unsigned)(c - '0');
        else if (letter < 6)
            code = code * 16 + 10 + letter;
        else
            return 0;
    }
    return code;
}

/* Walks one string from its opening quote; *at moves behind the closing one. */
static wn_status scan_string(const scanner *s, const char *text, size_t len, size_t *at)
{
    size_t i = *at + 1;
    while (i < len && text[i] != '"') {
        if ((unsigned char)text[i] < 0x20)
            return scan_fail(s, WN_ERROR_CORRUPT, i, "a control character inside a string");
        if (text[i] == '\\') {
            i++;
            if (i < len && (unsigned char)text[i] < 0x20)
                continue; /* a control character, wherever it stands */
            /* The parser takes digits that are none for 0, and ends a string at a 0. */
            if (i < len && text[i] == 'u' && (len - i < 5 || code_at(text + i + 1) == 0))
                return scan_fail(s, WN_ERROR_CORRUPT, i - 1,
                                 "\\u0000 inside a string, or \\u without four digits");
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

/* ---- What the parser takes ---- */

/* Are the escapes of a string sound, whose contents begin at text? It was scanned: behind a
 * backslash stands what it escapes, behind "\u" four digits, and behind the contents a quote. */
static bool has_sound_escapes(const char *text)
{
    for (size_t i = 0; text[i] != '"'; i++) {
        if (text[i] != '\\')
            continue;
        char c = text[++i];
        if (c != 'u' && strchr("\"\\/bfnrt", c) == NULL)
            return false;
        if (c != 'u')
            continue;
        unsigned code = code_at(text + i + 1);
        i += 4;
        if (code >= 0xdc00 && code <= 0xdfff)
            return false;
        if (code < 0xd800 || code > 0xdbff)
            continue;
        if (text[i + 1] != '\\' || text[i + 2] != 'u')
            return false;
        code = code_at(text + i + 3);
        i += 6;
        if (code < 0xdc00 || code > 0xdfff)
            return false;
    }
    return true;
}

/* The length of the scalar value (no list, no object) at text[0..len), or 0 where there is none.
 * Some versions of the parser read 63 characters of a number. */
static size_t scalar_at(const char *text, size_t len)
{
    static const char *const names[] = {"null", "true", "false"};
    const scanner nobody = {0, NULL};
    size_t end = 0;
    for (size_t i = 0; i < WN__COUNT(names); i++) {
        size_t n = strlen(names[i]);
        if (len >= n && memcmp(text, names[i], n) == 0)
            return n;
    }
    if (text[0] == '"') {
        bool is_sound = scan_string(&nobody, text, len, &end) == WN_OK;
        return is_sound && has_sound_escapes(text + 1) ? end : 0;
    }
    return scan_number(&nobody, text, len, &end) == WN_OK && end <= 63 ? end : 0;
}

bool wn__json_is_sound(const char *text, size_t len)
{
    enum { VALUE, FIRST_VALUE, FIRST_KEY, KEY, COLON, BEHIND } next = VALUE;
    uint64_t objects = 0; /* a bit for each of the open lists and objects, the innermost lowest */
    unsigned depth = 0;
    for (size_t at = 0; at < len;) {
        char c = text[at];
        bool in_object = (objects & 1) != 0, wants_value = next == VALUE || next == FIRST_VALUE;
        size_t n = 1;
        if ((unsigned char)c <= ' ') {
            at++;
            continue;
        }
        if (c == (in_object ? '}' : ']') &&
            (next == BEHIND || next == (in_object ? FIRST_KEY : FIRST_VALUE))) {
            /* Something is open: the text was scanned and starts with a brace. */
            objects >>= 1;
            if (--depth == 0)
                return true;
            next = BEHIND;
        } else if (wants_value && (c == '{' || c == '[') && depth < WN__MAX_JSON_DEPTH) {
            objects = objects << 1 | (c == '{');
            depth++;
            next = c == '{' ? FIRST_KEY : FIRST_VALUE;
        } else if (next == COLON && c == ':') {
            next = VALUE;
        } else if (next == BEHIND && c == ',') {
            next = in_object ? KEY : VALUE;
        } else {
            bool is_key = (next == KEY || next == FIRST_KEY) && c == '"';
            n = wants_value || is_key ? scalar_at(text + at, len - at) : 0;
            if (n == 0)
                return false;
            next = is_key ? COLON : BEHIND;
        }
        at += n;
    }
    return false;
}
