/* feature_surface.c - what a text looks like, as terms: its length, capitals, digits, punctuation.
 *
 * A run is one without white space, as long as possible. Upper and lower case and digits are those
 * of ASCII; every other ASCII character is a mark, and so is every sign of the list below. Of n
 * runs the terms are, each at most once:
 *
 *     empty      alone, when n is 0
 *     len>=K     for every K of 2 3 4 5 7 10 14 20 30 45 70 110 with n >= K
 *     caps=Q     c of the runs have a capital behind their first marks, if any: Q = 8 c / n, cut
 *     loud=Q     c of them have two or more capitals and no lower-case letter: Q as above
 *     digits=Q   c of them have a digit: Q as above
 *     stops=K    K of them, at most 3, end with . ! or ? before any of " ' ) U+2019 U+201D
 *     first=C    what the first character is: A, a or 0 for a capital, a small letter and a digit,
 *                the character itself when it is one of the signs below, ~ for another one from
 *                U+0080 on, - for another mark
 *     last=C     the same of the last character
 *     has=M      for every one of the signs that stands anywhere
 *     bang=2     two or more exclamation marks
 *     has=url    a run has "://" or "www." in it, in capitals or not
 *
 * It reads the text as it is: the model's normalisation steps are not for it, only a block's own.
 */
#include "feature.h"

#include "utf8.h"

static const uint16_t signs[] = {
    '!',    '"',    '#',    '$',    '%',    '&',    '\'',   '(',    ')',    '*',    '+',    ',',
    '-',    '.',    '/',    ':',    ';',    '<',    '=',    '>',    '?',    '@',    '[',    '\\',
    ']',    '_',    '|',    '~',    0xA3,   0xA9,   0xAB,   0xAE,   0xB7,   0xBB,   0x2013, 0x2014,
    0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x203A, 0x20AC, 0x2122, 0x2192,
};
#define N_SIGNS (sizeof signs / sizeof signs[0])
_Static_assert(N_SIGNS <= 64, "a bit for each sign");

static bool is_upper(uint32_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* The number of a sign, or N_SIGNS. */
static size_t sign_of(uint32_t c)
{
    size_t i = 0;
    if (c < '!' || c > 0x2192 || is_upper(c) || is_lower(c) || is_digit(c))
        return N_SIGNS;
    while (i < N_SIGNS && signs[i] != c)
        i++;
    return i;
}

static void end_run(wn__surface *s)
{
    if (!s->run.is_open)
        return;
    s->n++;
    s->n_caps += s->run.is_capital;
    s->n_loud += s->run.n_upper >= 2 && !s->run.has_lower;
    s->n_digits += s->run.has_digit;
    s->n_stops += s->run.end == '.' || s->run.end == '!' || s->run.end == '?';
    memset(&s->run, 0, sizeof s->run);
}

static void add_char(wn__surface *s, uint32_t c)
{
    if (s->n == 0 && !s->run.is_open)
        s->first = c;
    s->last = c;
    s->run.is_open = true;
    size_t sign = sign_of(c);
    bool is_mark = sign < N_SIGNS || (c < 0x80 && !is_upper(c) && !is_lower(c) && !is_digit(c));
    if (!is_mark && !s->run.is_past_marks) {
        s->run.is_past_marks = true;
        s->run.is_capital = is_upper(c);
    }
    s->run.n_upper += is_upper(c) && s->run.n_upper < 2;
    s->run.has_lower |= is_lower(c);
    s->run.has_digit |= is_digit(c);
    if (c != '"' && c != '\'' && c != ')' && c != 0x2019 && c != 0x201D)
        s->run.end = c;
    s->run.recent = s->run.recent << 8 | (c >= 0x80 ? 1 : is_upper(c) ? c | 0x20 : c);
    s->has_url |= (s->run.recent & 0xFFFFFF) == 0x3A2F2F || s->run.recent == 0x7777772E;
    s->n_bangs += c == '!';
    if (sign < N_SIGNS)
        s->seen |= (uint64_t)1 << sign;
}

/* ---- Terms ---- */

/* The terms of one text; all of it is where they come from. */
typedef struct emitter {
    const wn__block *block;
    wn__feature_scratch *scratch;
    wn__sink *sink;
    wn_span all;
} emitter;

static void emit(const emitter *e, const char *name, const uint8_t *value, size_t len)
{
    uint8_t term[32 + WN__TERM_SLACK];
    size_t n = strlen(name);
    memcpy(term, name, n);
    if (len > 0)
        memcpy(term + n, value, len);
    e->sink->span = e->all;
    wn__emit_term(e->block, term, n + len, e->scratch, e->sink);
    wn__emit_terms(e->block, e->scratch, e->sink); /* before the term is gone */
}

static void emit_number(const emitter *e, const char *name, uint32_t number)
{
    uint8_t digits[10];
    size_t n = sizeof digits;
    do {
        digits[--n] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    emit(e, name, digits + n, sizeof digits - n);
}

static void emit_char(const emitter *e, const char *name, uint32_t c)
{
    uint8_t bytes[4];
    emit(e, name, bytes, wn__utf8_encode(c, bytes));
}

static uint32_t kind_of(uint32_t c)
{
    if (sign_of(c) < N_SIGNS)
        return c;
    return is_upper(c) ? 'A' : is_lower(c) ? 'a' : is_digit(c) ? '0' : c < 0x80 ? '-' : '~';
}

static void emit_all(const emitter *e, const wn__surface *s)
{
    static const uint32_t lengths[] = {2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 70, 110};
    if (s->n == 0) {
        emit(e, "empty", NULL, 0);
        return;
    }
    for (size_t i = 0; i < WN__COUNT(lengths) && lengths[i] <= s->n; i++)
        emit_number(e, "len>=", lengths[i]);
    emit_number(e, "caps=", (uint32_t)(8 * s->n_caps / s->n));
    emit_number(e, "loud=", (uint32_t)(8 * s->n_loud / s->n));
    emit_number(e, "digits=", (uint32_t)(8 * s->n_digits / s->n));
    emit_number(e, "stops=", s->n_stops < 3 ? (uint32_t)s->n_stops : 3);
    emit_char(e, "first=", kind_of(s->first));
    emit_char(e, "last=", kind_of(s->last));
    for (size_t i = 0; i < N_SIGNS; i++) {
        if ((s->seen >> i & 1) != 0)
            emit_char(e, "has=", signs[i]);
    }
    if (s->n_bangs >= 2)
        emit(e, "bang=2", NULL, 0);
    if (s->has_url)
        emit(e, "has=url", NULL, 0);
}

static wn_status extract(const wn__block *block, const uint8_t *text, size_t len,
                         wn__feature_scratch *scratch, wn__sink *sink)
{
    wn__surface s = {0};
    if (scratch->is_later_piece)
        s = scratch->surface;
    for (size_t at = 0; at < len;) {
        uint32_t c;
        at += wn__utf8_decode(text + at, len - at, &c);
        if (wn__utf8_is_space(c))
            end_run(&s);
        else
            add_char(&s, c);
    }
    if (scratch->has_later_piece) { /* the terms are those of the whole */
        scratch->surface = s;
        return sink->status;
    }
    end_run(&s);
    emitter e = {block, scratch, sink, {0, len}};
    emit_all(&e, &s);
    sink->flush(sink);
    return sink->status;
}

const wn__extractor wn__extract_surface = {
    "surface", WN__CUT_BEFORE_SPACE | WN__CUT_BEFORE_MARK | WN__CUT_INSIDE_WORD, extract};
