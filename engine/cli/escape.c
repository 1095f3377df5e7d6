/* escape.c - bytes of any kind written into JSON, CSV, TSV and onto terminals. */
#include "escape.h"

#include "unicode.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Does one of eight bytes stop plain text: no ASCII, below `lowest`, or among n others? */
static inline int has_stop(const char *text, unsigned char lowest, const char *others,
                           size_t n_others)
{
    const uint64_t ones = 0x0101010101010101U, highs = ones * 0x80;
    uint64_t eight;
    memcpy(&eight, text, sizeof eight);
    uint64_t stops = eight | (eight - ones * lowest);
    for (size_t i = 0; i < n_others; i++)
        stops |= (eight ^ ones * (unsigned char)others[i]) - ones;
    return (stops & highs) != 0;
}

/* Calls for each code point would be slow on plain text: find how far the bytes need no change.
 * That is ASCII without the bytes below `lowest` and without n others. */
static inline size_t plain_len(const char *text, size_t len, unsigned char lowest,
                               const char *others, size_t n_others)
{
    size_t n = 0;
    while (len - n >= 8 && !has_stop(text + n, lowest, others, n_others))
        n += 8;
    /* The last eight, of which the first are known to be plain. */
    if (len - n < 8 && len >= 8 && !has_stop(text + len - 8, lowest, others, n_others))
        return len;
    while (n < len) {
        unsigned char c = (unsigned char)text[n];
        if (c < lowest || c >= 0x80 || memchr(others, c, n_others) != NULL)
            break;
        n++;
    }
    return n;
}

static void escape_control(struct buffer *out, unsigned c)
{
    static const char *const names[32] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    if (c < 32 && names[c] != NULL)
        buffer_add_string(out, names[c]);
    else
        buffer_print(out, "\\u%04x", c);
}

void escape_json(struct buffer *out, const char *text, size_t len)
{
    buffer_add_char(out, '"');
    for (size_t at = 0; at < len;) {
        size_t plain = plain_len(text + at, len - at, 0x20, "\"\\\x7F", 3);
        buffer_add(out, text + at, plain);
        at += plain;
        if (at == len)
            break;
        unsigned char c = (unsigned char)text[at];
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            buffer_add(out, escaped, 2);
            at++;
        } else if (c < 0x20 || c == 0x7F) {
            escape_control(out, c);
            at++;
        } else {
            uint32_t code_point;
            int valid;
            size_t n = unicode_next(text + at, len - at, &code_point, &valid);
            buffer_add(out, valid ? text + at : "\xEF\xBF\xBD", valid ? n : 3);
            at += n;
        }
    }
    buffer_add_char(out, '"');
}

void escape_json_number(struct buffer *out, double value, int digits)
{
    if (isfinite(value) && digits == 6)
        buffer_add_number(out, value);
    else if (isfinite(value))
        buffer_print(out, "%.*g", digits, value);
    else
        buffer_add_string(out, "null");
}

void escape_utf8(struct buffer *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t plain = plain_len(text + at, len - at, 0, "", 0);
        buffer_add(out, text + at, plain);
        at += plain;
        if (at == len)
            break;
        uint32_t code_point;
        int valid;
        size_t n = unicode_next(text + at, len - at, &code_point, &valid);
        buffer_add(out, valid ? text + at : "\xEF\xBF\xBD", valid ? n : 3);
        at += n;
    }
}

void escape_csv(struct buffer *out, const char *text, size_t len)
{
    int quote = 0;
    for (size_t i = 0; i < len && !quote; i++)
        quote = text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r';
    if (!quote) {
        escape_utf8(out, text, len);
        return;
    }
    buffer_add_char(out, '"');
    while (len > 0) {
        const char *mark = memchr(text, '"', len);
        size_t n = mark != NULL ? (size_t)(mark - text) + 1 : len;
        escape_utf8(out, text, n);
        if (mark != NULL)
            buffer_add_char(out, '"');
        text += n;
        len -= n;
    }
    buffer_add_char(out, '"');
}

static int is_plain(char c)
{
    return c >= 0x20 && c < 0x7F;
}

/* The name of a byte that TSV writes with a backslash, or 0. */
static char tsv_name(char c)
{
    return (char)(c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\\' ? '\\' : 0);
}

void escape_tsv(struct buffer *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t plain = plain_len(text + at, len - at, 0x20, "\\", 1);
        buffer_add(out, text + at, plain);
        at += plain;
        size_t end = at; /* what follows without a name, ASCII or not */
        while (end < len && tsv_name(text[end]) == 0 && !(end > at && is_plain(text[end])))
            end++;
        escape_utf8(out, text + at, end - at);
        at = end;
        if (at < len && tsv_name(text[at]) != 0) {
            buffer_add_char(out, '\\');
            buffer_add_char(out, tsv_name(text[at++]));
        }
    }
}

static int is_space(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x2028 ||
           c == 0x2029 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A);
}

static const char *html_name(uint32_t code_point)
{
    switch (code_point) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_html(struct buffer *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t code_point;
        int valid;
        at += unicode_next(text + at, len - at, &code_point, &valid);
        const char *name = html_name(code_point);
        if (name != NULL)
            buffer_add_string(out, name);
        else if (is_space(code_point))
            buffer_add_char(out, ' ');
        else if (unicode_columns(code_point) >= 0)
            unicode_add(out, code_point);
    }
}

size_t escape_terminal(struct buffer *out, const char *text, size_t len, size_t columns)
{
    if (columns == 0)
        return 0;
    size_t used = 0;
    size_t cut_len = out->len, cut_used = 0; /* where the mark of a cut would still fit */
    int space = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code_point;
        int valid;
        at += unicode_next(text + at, len - at, &code_point, &valid);
        if (is_space(code_point)) {
            space = used > 0;
            continue;
        }
        int width = unicode_columns(code_point);
        if (width < 0)
            continue;
        size_t need = (size_t)width + (space ? 1 : 0);
        if (need > columns - used) {
            out->len = cut_len;
            buffer_add_string(out, "\xE2\x80\xA6");
            return cut_used + 1;
        }
        if (space)
            buffer_add_char(out, ' ');
        unicode_add(out, code_point);
        used += need;
        space = 0;
        if (used < columns) {
            cut_len = out->len;
            cut_used = used;
        }
    }
    return used;
}

void escape_cell(struct buffer *out, const char *text, size_t len, size_t columns)
{
    buffer_pad(out, columns - escape_terminal(out, text, len, columns));
}

size_t escape_width(const char *text, size_t len)
{
    struct buffer scratch = {0};
    size_t width = escape_terminal(&scratch, text, len, SIZE_MAX / 2);
    buffer_free(&scratch);
    return width;
}
