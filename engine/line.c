/* line.c - finds the ends of a line and measures it. */
#include "line.h"

#include "swar.h"
#include "utf8.h"

#include <string.h>

/* ---- Reading ----------------------------------------------------------------------------- */

/* The first LF or CR in text[at..len), or len. Not two calls of memchr: a text with only one of
 * the two would be searched to its end for the other, once a line. */
static size_t find_line_end(const uint8_t *text, size_t len, size_t at)
{
    for (; len - at >= 8; at += 8) {
        uint64_t eight = wn__swar_load(text + at);
        uint64_t found = wn__swar_between(eight, '\n', '\n') | wn__swar_between(eight, '\r', '\r');
        if (found != 0)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    while (at < len && text[at] != '\n' && text[at] != '\r')
        at++;
    return at;
}

size_t wn__line_skip_space(const uint8_t *text, size_t begin, size_t end)
{
    while (begin < end) {
        uint32_t code_point = text[begin];
        size_t size = 1;
        if (code_point >= 0x80)
            size = wn__utf8_decode(text + begin, end - begin, &code_point);
        if (!wn__utf8_is_space(code_point))
            break;
        begin += size;
    }
    return begin;
}

size_t wn__line_trim_end(const uint8_t *text, size_t begin, size_t end)
{
    while (begin < end) {
        /* White space has one to three bytes, and a lead byte always starts a code point. */
        size_t size = 1;
        while (size < 3 && size < end - begin && (text[end - size] & 0xC0) == 0x80)
            size++;
        uint32_t code_point;
        if (wn__utf8_decode(text + end - size, size, &code_point) != size ||
            !wn__utf8_is_space(code_point))
            break;
        end -= size;
    }
    return end;
}

void wn__line_read(const uint8_t *text, size_t len, size_t at, wn__line *line)
{
    size_t end = find_line_end(text, len, at);
    line->next = end;
    if (end < len)
        line->next += text[end] == '\r' && len - end > 1 && text[end + 1] == '\n' ? 2 : 1;
    line->begin = wn__line_skip_space(text, at, end);
    line->end = wn__line_trim_end(text, line->begin, end);
    line->depth = 0;
    line->text = at;
    for (size_t i = line->begin; i < line->end && text[i] == '>'; i++) {
        line->depth++;
        line->text = i + 1;
        if (line->end - i > 2 && text[i + 1] == ' ' && text[i + 2] == '>')
            i++;
    }
}

/* ---- Letters ----------------------------------------------------------------------------- */

enum letter_case { CASE_NONE, CASE_UPPER, CASE_LOWER, CASE_ODD_LOWER, CASE_EVEN_LOWER };

/* The alphabets with case that texts are written in, by first code point. In the two last classes
 * capital and small letters alternate. Case without these (old scripts, phonetic letters) only
 * loses a hint. */
static const struct {
    uint16_t first, last;
    uint8_t letter_case;
} alphabets[] = {
    {0x0041, 0x005A, CASE_UPPER},      {0x0061, 0x007A, CASE_LOWER},
    {0x00C0, 0x00D6, CASE_UPPER},      {0x00D8, 0x00DE, CASE_UPPER},
    {0x00DF, 0x00F6, CASE_LOWER},      {0x00F8, 0x00FF, CASE_LOWER},
    {0x0100, 0x0137, CASE_ODD_LOWER},  {0x0138, 0x0148, CASE_EVEN_LOWER},
    {0x0149, 0x0177, CASE_ODD_LOWER},  {0x0178, 0x0178, CASE_UPPER},
    {0x0179, 0x017E, CASE_EVEN_LOWER}, {0x017F, 0x0180, CASE_LOWER},
    {0x01A0, 0x01A5, CASE_ODD_LOWER},  {0x01AF, 0x01B0, CASE_EVEN_LOWER},
    {0x0218, 0x021B, CASE_ODD_LOWER},  {0x0386, 0x038F, CASE_UPPER},
    {0x0390, 0x0390, CASE_LOWER},      {0x0391, 0x03AB, CASE_UPPER},
    {0x03AC, 0x03CE, CASE_LOWER},      {0x0400, 0x042F, CASE_UPPER},
    {0x0430, 0x045F, CASE_LOWER},      {0x0460, 0x0481, CASE_ODD_LOWER},
    {0x048A, 0x04BF, CASE_ODD_LOWER},  {0x04C1, 0x04CE, CASE_EVEN_LOWER},
    {0x04D0, 0x052F, CASE_ODD_LOWER},  {0x0531, 0x0556, CASE_UPPER},
    {0x0561, 0x0587, CASE_LOWER},      {0x1E00, 0x1EFF, CASE_ODD_LOWER},
};

static enum letter_case case_of(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++) {
        if (code_point < alphabets[i].first)
            break;
        if (code_point > alphabets[i].last)
            continue;
        bool is_odd = code_point % 2 == 1;
        switch (alphabets[i].letter_case) {
        case CASE_ODD_LOWER:
            return is_odd ? CASE_LOWER : CASE_UPPER;
        case CASE_EVEN_LOWER:
            return is_odd ? CASE_UPPER : CASE_LOWER;
        case CASE_LOWER:
            return CASE_LOWER;
        default:
            return CASE_UPPER;
        }
    }
    return CASE_NONE;
}

static bool is_between(uint32_t code_point, uint32_t first, uint32_t last)
{
    return code_point >= first && code_point <= last;
}

/* Digits, and letters of scripts without case: from Hebrew on, all that is no punctuation. */
static bool is_caseless(uint32_t c)
{
    return is_between(c, '0', '9') || is_between(c, 0x05D0, 0x1DFF) ||
           is_between(c, 0x2E80, 0x2FFF) || is_between(c, 0x3040, 0xD7FF) ||
           is_between(c, 0xF900, 0xFDFF) || is_between(c, 0x20000, 0x3FFFF);
}

/* Marks that stand before the first letter of a sentence or of a part of one. */
static bool is_opening(uint32_t c)
{
    return c == '"' || c == '\'' || c == '(' || c == '[' || c == '.' || c == 0xAB || c == 0xBB ||
           c == 0xA1 || c == 0xBF || is_between(c, 0x2012, 0x2015) ||
           is_between(c, 0x2018, 0x201F) || c == 0x2026 || c == 0x2039 || c == 0x203A ||
           is_between(c, 0x3008, 0x3011) || c == 0xFF08;
}

/* Closing quotation marks and brackets, which may follow the end of a sentence. */
static bool is_closing(uint32_t c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == 0xAB || c == 0xBB ||
           is_between(c, 0x2018, 0x201F) || c == 0x2039 || c == 0x203A ||
           is_between(c, 0x3009, 0x3011) || c == 0xFF09;
}

static bool is_sentence_end(uint32_t c)
{
    if (c < 0x80)
        return c == '.' || c == '!' || c == '?' || c == ':';
    return c == 0x2026 || c == 0x203C || is_between(c, 0x2047, 0x2049) || c == 0x3002 ||
           c == 0xFF01 || c == 0xFF0E || c == 0xFF1A || c == 0xFF1F || c == 0xFF61 || c == 0x037E ||
           c == 0x0589 || c == 0x061F || c == 0x06D4 || c == 0x0964 || c == 0x0965;
}

/* East Asian characters that are twice as wide as others (Unicode Standard Annex 11, by blocks). */
static bool is_wide(uint32_t c)
{
    return c >= 0x1100 && (c <= 0x115F || is_between(c, 0x2E80, 0xA4CF) ||
                           is_between(c, 0xAC00, 0xD7A3) || is_between(c, 0xF900, 0xFAFF) ||
                           is_between(c, 0xFE30, 0xFE6F) || is_between(c, 0xFF00, 0xFF60) ||
                           is_between(c, 0xFFE0, 0xFFE6) || is_between(c, 0x1F300, 0x1F64F) ||
                           is_between(c, 0x1F900, 0x1F9FF) || is_between(c, 0x20000, 0x3FFFD));
}

/* Chinese and Japanese text may be broken behind every character, Korean at spaces. */
static bool is_ideographic(uint32_t c)
{
    return (is_between(c, 0x2E80, 0xA4CF) && !is_between(c, 0x3130, 0x318F)) ||
           is_between(c, 0xF900, 0xFAFF) || is_between(c, 0xFF00, 0xFF60) ||
           is_between(c, 0x20000, 0x3FFFD);
}

/* ---- Measuring --------------------------------------------------------------------------- */

static size_t columns_after(size_t columns, uint32_t code_point)
{
    if (code_point == '\t')
        return columns / 8 * 8 + 8;
    return columns + (is_wide(code_point) ? 2 : 1);
}

/* Whether text[at] is the white space that has to follow a list mark. */
static bool is_gap(const uint8_t *text, size_t at, size_t end)
{
    return at < end && wn__line_skip_space(text, at, end) > at;
}

/* The list mark at text[at..end): its kind, and its bytes in *size. */
static int find_mark(const uint8_t *text, size_t at, size_t end, size_t *size)
{
    uint32_t c;
    *size = wn__utf8_decode(text + at, end - at, &c);
    if (c == 0x2022 || c == 0x2023 || c == 0x25E6 || c == 0xB7 || is_between(c, 0x25A0, 0x25CF))
        return WN__MARK_BULLET;
    if (c == '-' || c == '*' || c == '+' || is_between(c, 0x2012, 0x2015))
        return is_gap(text, at + *size, end) ? WN__MARK_DASH : WN__MARK_NONE;

    size_t i = at;
    if (c == '(')
        i++;
    size_t first = i;
    while (i < end && i - first < 3 && is_between(text[i], '0', '9'))
        i++;
    if (i == first && i < end && (is_between(text[i], 'a', 'z') || is_between(text[i], 'A', 'Z')))
        i += end - i > 1 && text[i + 1] == ')' ? 1 : 0;
    *size = i + 1 - at;
    if (i == first || i == end || !is_gap(text, i + 1, end))
        return WN__MARK_NONE;
    if (text[i] == '.' && c != '(')
        return WN__MARK_POINT;
    return text[i] == ')' ? WN__MARK_BRACKET : WN__MARK_NONE;
}

/* Reads the indentation and the list mark; returns where the first word begins. */
static size_t measure_start(const uint8_t *text, wn__line *line)
{
    size_t columns = 0;
    size_t begin = wn__line_skip_space(text, line->text, line->end);
    for (size_t at = line->text; at < begin;) {
        uint32_t c;
        at += wn__utf8_decode(text + at, begin - at, &c);
        columns = columns_after(columns, c);
    }
    line->indent = columns;

    size_t size;
    line->mark = find_mark(text, begin, line->end, &size);
    if (line->mark != WN__MARK_NONE) {
        size_t word = wn__line_skip_space(text, begin + size, line->end);
        for (size_t at = begin; at < word;) {
            uint32_t c;
            at += wn__utf8_decode(text + at, word - at, &c);
            columns = columns_after(columns, c);
        }
    }
    line->text_column = columns;
    return begin;
}

/* Looks for the first letter or digit behind opening marks. */
static void measure_case(const uint8_t *text, size_t begin, wn__line *line)
{
    line->starts_lower = false;
    line->starts_caseless = false;
    for (size_t at = begin; at < line->end;) {
        uint32_t c;
        at += wn__utf8_decode(text + at, line->end - at, &c);
        if (is_opening(c) || wn__utf8_is_space(c))
            continue;
        line->starts_lower = case_of(c) == CASE_LOWER;
        line->starts_caseless = is_caseless(c);
        return;
    }
}

/* Whether text[begin..end) is printable ASCII: a byte is a column, and only ' ' is white space. */
static bool is_plain(const uint8_t *text, size_t begin, size_t end)
{
    for (; end - begin >= 8; begin += 8) {
        if (wn__swar_between(wn__swar_load(text + begin), 0x20, 0x7F) != WN__EACH * 0x80)
            return false;
    }
    for (; begin < end; begin++) {
        if (!is_between(text[begin], 0x20, 0x7F))
            return false;
    }
    return true;
}

/* Measures the words of a line that is_plain from `begin`. */
static void measure_plain(const uint8_t *text, size_t begin, wn__line *line)
{
    const uint8_t *space = memchr(text + begin, ' ', line->end - begin);
    line->is_one_word = space == NULL;
    line->first_word = space == NULL ? line->end - begin : (size_t)(space - (text + begin));
    line->width = line->indent + (line->end - begin);
    size_t end = line->end;
    while (end > begin && (text[end - 1] == ' ' || is_closing(text[end - 1])))
        end--;
    line->ends_sentence = end > begin && is_sentence_end(text[end - 1]);
}

/* Measures the words of any line from `begin`. */
static void measure_words(const uint8_t *text, size_t begin, wn__line *line)
{
    size_t columns = line->indent;
    size_t n_ideographs = 0; /* in the first word, which may be broken behind the second */
    bool in_first_word = true;
    bool is_after_space = false;
    line->is_one_word = true;
    line->ends_sentence = false;
    line->first_word = 0;
    for (size_t at = begin; at < line->end;) {
        uint32_t c = text[at];
        size_t size = 1;
        if (c >= 0x80)
            size = wn__utf8_decode(text + at, line->end - at, &c);
        at += size;
        if (c == ' ' || ((c < ' ' || c >= 0x80) && wn__utf8_is_space(c))) {
            in_first_word = false;
            is_after_space = true;
        } else {
            bool is_break = c >= 0x80 && is_ideographic(c);
            if (is_after_space || n_ideographs > 0)
                line->is_one_word = false;
            if (is_break)
                n_ideographs++;
            if (n_ideographs > 2 || (n_ideographs > 0 && !is_break))
                in_first_word = false;
            if (is_sentence_end(c))
                line->ends_sentence = true;
            else if (!is_closing(c))
                line->ends_sentence = false;
        }
        columns = columns_after(columns, c);
        if (in_first_word)
            line->first_word = columns - line->indent;
        if (columns > WN__LINE_MAX && !line->is_one_word)
            break;
    }
    line->width = columns;
}

void wn__line_measure(const uint8_t *text, wn__line *line)
{
    const size_t most_bytes = 4 * WN__LINE_MAX; /* a code point has at most four */
    size_t begin = measure_start(text, line);
    measure_case(text, begin, line);
    if (line->end - begin > most_bytes && memchr(text + begin, ' ', line->end - begin) != NULL) {
        line->is_one_word = false;
        line->ends_sentence = false;
        line->first_word = 0;
        line->width = WN__LINE_MAX + 1;
    } else if (is_plain(text, begin, line->end)) {
        measure_plain(text, begin, line);
    } else {
        measure_words(text, begin, line);
    }
}
