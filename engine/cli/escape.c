/* escape.c - bytes of any kind written into JSON, CSV, TSV and onto terminals. */
#include "escape.h"

#include "unicode.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Calls for each code point would be slow on plain text: find how far the bytes need no change. */
static size_t plain_json(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len) {
        unsigned char c = (unsigned char)text[n];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
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
        size_t plain = plain_json(text + at, len - at);
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
    if (isfinite(value))
        buffer_print(out, "%.*g", digits, value);
    else
        buffer_add_string(out, "null");
}

void escape_utf8(struct buffer *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
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

void escape_tsv(struct buffer *out, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i <= len; i++) {
        char c = '\0';
        if (i < len)
            c = text[i] == '\t' ? 't' : text[i] == '\n' ? 'n' : text[i] == '\r' ? 'r' : text[i];
        if (i == len || c != text[i] || c == '\\') {
            escape_utf8(out, text + from, i - from);
            from = i + 1;
            if (i < len) {
                buffer_add_char(out, '\\');
                buffer_add_char(out, c);
            }
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
        char bytes[4];
        at += unicode_next(text + at, len - at, &code_point, &valid);
        const char *name = html_name(code_point);
        if (name != NULL)
            buffer_add_string(out, name);
        else if (is_space(code_point))
            buffer_add_char(out, ' ');
        else if (unicode_columns(code_point) >= 0)
            buffer_add(out, bytes, unicode_put(bytes, code_point));
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
        char bytes[4];
        if (space)
            buffer_add_char(out, ' ');
        buffer_add(out, bytes, unicode_put(bytes, code_point));
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
