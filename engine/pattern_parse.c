/* pattern_parse.c - reads a pattern; the grammar is that of Python's re module, as far as it goes.
 *
 * What Python itself refuses is refused too, and what it reads in a way of its own (a brace that
 * begins no repeat, a bracket that is first in a class) is read in that way.
 */
#include "pattern.h"

#include "utf8.h"

typedef struct parser {
    wn__pattern *pattern;
    const uint8_t *text; /* [len] */
    size_t len, at;
    wn_error *error;
} parser;

/* A repeat without an upper bound. */
#define ENDLESS UINT32_MAX

/* Refuses what stands at text[at], counted in characters as Python's messages do. */
static wn_status refuse(const parser *p, size_t at, const char *what)
{
    size_t position = 0;
    for (size_t i = 0; i < at; i++)
        position += (p->text[i] & 0xC0) != 0x80;
    return wn__fail(p->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                    "model: \"pattern\": %s at position %zu is not supported", what, position);
}

static wn_status too_long(const parser *p)
{
    return wn__fail(p->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                    "model: \"pattern\": more than %d items (repeats count as often as they "
                    "repeat), %d characters or %d ranges",
                    WN__PATTERN_MAX_ITEMS, WN__PATTERN_MAX_SETS, WN__PATTERN_MAX_RANGES);
}

static bool next_is(const parser *p, const char *text)
{
    size_t len = strlen(text);
    return p->len - p->at >= len && memcmp(p->text + p->at, text, len) == 0;
}

/* ---- Sets -------------------------------------------------------------------------------- */

static bool is_ascii_in(unsigned categories, uint32_t c, bool is_ascii)
{
    bool is_word = wn__unicode_is_word(c, WN__UNICODE_NEWEST);
    bool is_digit = c >= '0' && c <= '9';
    bool is_space = wn__utf8_is_space(c) && !(is_ascii && c >= 0x1C && c <= 0x1F);
    unsigned have = (is_word ? WN__PATTERN_WORD : WN__PATTERN_NOT_WORD) |
                    (is_digit ? WN__PATTERN_DIGIT : WN__PATTERN_NOT_DIGIT) |
                    (is_space ? WN__PATTERN_SPACE : WN__PATTERN_NOT_SPACE);
    return (have & categories) != 0;
}

static void add_categories(const parser *p, wn__pattern_set *set, unsigned categories)
{
    set->categories = (uint8_t)(set->categories | categories);
    for (uint32_t c = 0; c < 0x80; c++) {
        if (is_ascii_in(categories, c, p->pattern->is_ascii))
            set->ascii[c / 64] |= (uint64_t)1 << c % 64;
    }
}

static wn_status add_range(const parser *p, wn__pattern_set *set, uint32_t first, uint32_t last)
{
    for (uint32_t c = first; c < 0x80 && c <= last; c++)
        set->ascii[c / 64] |= (uint64_t)1 << c % 64;
    if (last < 0x80)
        return WN_OK;
    if (p->pattern->n_ranges == WN__PATTERN_MAX_RANGES)
        return too_long(p);
    uint32_t *range = p->pattern->ranges[p->pattern->n_ranges++];
    range[0] = first < 0x80 ? 0x80 : first;
    range[1] = last;
    set->n_ranges++;
    return WN_OK;
}

static void negate(wn__pattern_set *set)
{
    set->is_negated = true;
    set->ascii[0] = ~set->ascii[0];
    set->ascii[1] = ~set->ascii[1];
}

/* ---- Characters -------------------------------------------------------------------------- */

/* The value of a digit, 16 where it is none. */
static uint32_t digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)c - '0';
    c = (uint8_t)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (uint32_t)c - 'a' + 10 : 16;
}

/* A number of `most` digits or fewer in base 8 or 16; *n says how many there were. */
static uint32_t read_digits(parser *p, uint32_t base, size_t most, size_t *n)
{
    uint32_t value = 0;
    for (*n = 0; *n < most && p->at < p->len; (*n)++, p->at++) {
        uint32_t digit = digit_of(p->text[p->at]);
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return value;
}

static unsigned category_of(uint8_t letter)
{
    switch (letter) {
    case 'w':
        return WN__PATTERN_WORD;
    case 'W':
        return WN__PATTERN_NOT_WORD;
    case 'd':
        return WN__PATTERN_DIGIT;
    case 'D':
        return WN__PATTERN_NOT_DIGIT;
    case 's':
        return WN__PATTERN_SPACE;
    case 'S':
        return WN__PATTERN_NOT_SPACE;
    default:
        return 0;
    }
}

/* Reads what follows the backslash at text[at] and is no category: one character. */
static wn_status read_escape(parser *p, size_t at, bool in_class, uint32_t *c)
{
    static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    if (p->at == p->len)
        return refuse(p, at, "a backslash at the end");
    uint8_t letter = p->text[p->at];
    size_t n = 0, n_wanted = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (n_wanted > 0) {
        p->at++;
        *c = read_digits(p, 16, n_wanted, &n);
        if (n < n_wanted || *c > 0x10FFFF)
            return refuse(p, at, "an escape that is no character");
        return WN_OK;
    }
    if (letter == '0') {
        *c = read_digits(p, 8, 3, &n);
        return WN_OK;
    }
    if (letter >= '1' && letter <= '9')
        return refuse(p, at, "a back-reference or octal escape");
    if (letter == 'A' || letter == 'Z')
        return refuse(p, at, "an anchor (\\A, \\Z)");
    if (letter == 'N')
        return refuse(p, at, "a named character (\\N)");
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
        const char *found = strchr(letters, letter);
        if (found == NULL || (letter == 'b' && !in_class))
            return refuse(p, at, "an unknown escape");
        *c = (uint8_t)values[found - letters];
        p->at++;
        return WN_OK;
    }
    p->at += wn__utf8_decode(p->text + p->at, p->len - p->at, c);
    return WN_OK;
}

/* Reads one character, which may be escaped, or the categories of an escape; *c is 0 then. */
static wn_status read_member(parser *p, bool in_class, uint32_t *c, unsigned *categories)
{
    size_t at = p->at;
    *c = 0;
    *categories = 0;
    if (p->text[p->at] != '\\') {
        p->at += wn__utf8_decode(p->text + p->at, p->len - p->at, c);
        return WN_OK;
    }
    p->at++;
    *categories = p->at < p->len ? category_of(p->text[p->at]) : 0;
    if (*categories == 0)
        return read_escape(p, at, in_class, c);
    p->at++;
    return WN_OK;
}

/* Reads a class behind its opening bracket, which stood at text[open]. */
static wn_status read_class(parser *p, size_t open, wn__pattern_set *set)
{
    bool is_negated = next_is(p, "^");
    p->at += is_negated;
    for (size_t first = p->at; !next_is(p, "]") || p->at == first;) {
        size_t at = p->at;
        uint32_t c, last;
        unsigned categories, more = 0;
        if (p->at == p->len)
            return refuse(p, open, "a class without its end");
        wn_status status = read_member(p, true, &c, &categories);
        last = c;
        if (status == WN_OK && next_is(p, "-") && p->len - p->at > 1 && p->text[p->at + 1] != ']') {
            p->at++;
            status = read_member(p, true, &last, &more);
            if (status == WN_OK && (categories != 0 || more != 0 || last < c))
                return refuse(p, at, "a range that is none");
        }
        if (status == WN_OK && categories != 0)
            add_categories(p, set, categories);
        else if (status == WN_OK)
            status = add_range(p, set, c, last);
        if (status != WN_OK)
            return status;
    }
    p->at++;
    if (is_negated)
        negate(set);
    return WN_OK;
}

/* ---- Items ------------------------------------------------------------------------------- */

static wn_status add_item(const parser *p, wn__pattern_op op, uint32_t set)
{
    wn__pattern *pattern = p->pattern;
    if (pattern->n_items == WN__PATTERN_MAX_ITEMS)
        return too_long(p);
    pattern->items[pattern->n_items++] = (wn__pattern_item){(uint8_t)op, (uint8_t)set};
    return WN_OK;
}

/* A number of a repeat; false when there is no digit. Larger ones than any limit stay so. */
static bool read_count(parser *p, uint32_t *count)
{
    size_t begin = p->at;
    for (*count = 0; p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9'; p->at++) {
        if (*count <= WN__PATTERN_MAX_ITEMS)
            *count = *count * 10 + digit_of(p->text[p->at]);
    }
    return p->at > begin;
}

/* Reads {m}, {m,}, {,n} or {m,n}; false, and nothing is read, when the brace is a character. */
static bool read_braces(parser *p, uint32_t repeat[2])
{
    size_t begin = p->at++;
    uint32_t least, most;
    bool has_least = read_count(p, &least), has_comma = next_is(p, ",");
    p->at += has_comma;
    if (!has_comma)
        most = least;
    else if (!read_count(p, &most))
        most = ENDLESS;
    if (!next_is(p, "}") || (!has_least && !has_comma)) {
        p->at = begin;
        return false;
    }
    p->at++;
    repeat[0] = least;
    repeat[1] = most;
    return true;
}

/* Reads a quantifier if there is one; else repeat stays as it is. */
static bool read_repeat(parser *p, uint32_t repeat[2])
{
    uint8_t c = p->at < p->len ? p->text[p->at] : 0;
    if (c == '{')
        return read_braces(p, repeat);
    if (c != '*' && c != '+' && c != '?')
        return false;
    p->at++;
    repeat[0] = c == '+';
    repeat[1] = c == '?' ? 1 : ENDLESS;
    return true;
}

/* Adds a set as often as the quantifier behind it says. */
static wn_status add_set(parser *p, const wn__pattern_set *set)
{
    wn__pattern *pattern = p->pattern;
    uint32_t repeat[2] = {1, 1}, again[2];
    size_t at = p->at;
    if (read_repeat(p, repeat)) {
        if (repeat[1] < repeat[0])
            return refuse(p, at, "a repeat with its least above its most");
        size_t second = p->at;
        if (next_is(p, "?"))
            return refuse(p, second, "a lazy quantifier");
        if (next_is(p, "+"))
            return refuse(p, second, "a possessive quantifier");
        if (read_repeat(p, again))
            return refuse(p, second, "a second quantifier");
    }
    if (pattern->n_sets == WN__PATTERN_MAX_SETS)
        return too_long(p);
    uint32_t number = pattern->n_sets++;
    pattern->sets[number] = *set;
    wn_status status = WN_OK;
    for (uint32_t i = 0; i < repeat[0] && status == WN_OK; i++)
        status = add_item(p, WN__PATTERN_ONE, number);
    if (status == WN_OK && repeat[1] == ENDLESS)
        return add_item(p, WN__PATTERN_LOOP, number);
    for (uint32_t i = repeat[0]; i < repeat[1] && status == WN_OK; i++)
        status = add_item(p, WN__PATTERN_OPTIONAL, number);
    return status;
}

static wn_status refuse_group(const parser *p)
{
    static const struct {
        const char *begin, *name;
    } groups[] = {
        {"(?:", "a group without capture"},
        {"(?=", "look-ahead"},
        {"(?!", "look-ahead"},
        {"(?<=", "look-behind"},
        {"(?<!", "look-behind"},
        {"(?P=", "a back-reference"},
        {"(?P<", "a named group"},
        {"(?>", "an atomic group"},
        {"(?#", "a comment"},
        {"(?(", "a conditional"},
    };
    for (size_t i = 0; i < WN__COUNT(groups); i++) {
        if (next_is(p, groups[i].begin))
            return refuse(p, p->at, groups[i].name);
    }
    return refuse(p, p->at, "a flag other than (?u) or (?a) in front");
}

/* Reads ( or ), and sees that no quantifier follows. */
static wn_status read_parenthesis(parser *p, bool *is_open)
{
    size_t at = p->at;
    uint32_t repeat[2];
    if (next_is(p, "(?"))
        return refuse_group(p);
    if (p->text[p->at++] == '(') {
        if (*is_open)
            return refuse(p, at, "a group inside a group");
        if (p->pattern->has_group)
            return refuse(p, at, "a second group");
        *is_open = p->pattern->has_group = true;
        return add_item(p, WN__PATTERN_OPEN, 0);
    }
    if (!*is_open)
        return refuse(p, at, "a parenthesis that closes nothing");
    *is_open = false;
    at = p->at;
    if (read_repeat(p, repeat))
        return refuse(p, at, "a repeated group");
    return add_item(p, WN__PATTERN_CLOSE, 0);
}

/* Reads a character that stands for itself or for a set, \b or \B. */
static wn_status read_character(parser *p)
{
    size_t at = p->at;
    uint32_t c, repeat[2];
    wn__pattern_set set = {.first_range = (uint16_t)p->pattern->n_ranges};
    wn_status status = WN_OK;
    if (read_repeat(p, repeat))
        return refuse(p, at, "a quantifier with nothing to repeat");
    if (next_is(p, "\\b") || next_is(p, "\\B")) {
        p->at += 2;
        return add_item(p, p->text[at + 1] == 'b' ? WN__PATTERN_BOUNDARY : WN__PATTERN_INSIDE, 0);
    }
    if (next_is(p, "[")) {
        p->at++;
        status = read_class(p, at, &set);
    } else if (next_is(p, ".")) {
        p->at++;
        status = add_range(p, &set, '\n', '\n');
        negate(&set);
    } else {
        unsigned categories;
        status = read_member(p, false, &c, &categories);
        if (status == WN_OK && categories != 0)
            add_categories(p, &set, categories);
        else if (status == WN_OK)
            status = add_range(p, &set, c, c);
    }
    return status == WN_OK ? add_set(p, &set) : status;
}

wn_status wn__pattern_parse(wn__pattern *pattern, const char *text, wn__unicode unicode,
                            wn_error *error)
{
    parser p = {pattern, (const uint8_t *)text, strlen(text), 0, error};
    memset(pattern, 0, sizeof *pattern);
    pattern->unicode = unicode;
    pattern->is_ascii = next_is(&p, "(?a)");
    if (pattern->is_ascii || next_is(&p, "(?u)"))
        p.at = 4;
    bool is_open = false;
    size_t open = 0;
    while (p.at < p.len) {
        uint8_t c = p.text[p.at];
        wn_status status = WN_OK;
        if (c == '|')
            return refuse(&p, p.at, "alternation (|)");
        if (c == '^' || c == '$')
            return refuse(&p, p.at, "an anchor (^, $)");
        if (c == '(' && !is_open)
            open = p.at;
        if (c == '(' || c == ')')
            status = read_parenthesis(&p, &is_open);
        else
            status = read_character(&p);
        if (status != WN_OK)
            return status;
    }
    return is_open ? refuse(&p, open, "a group without its end") : WN_OK;
}
