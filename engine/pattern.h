/* pattern.h - tokens as a small part of Python's regular expressions finds them.
 *
 * A pattern is a sequence of characters and classes: . \w \W \d \D \s \S, literal characters and
 * their escapes, [classes] with ranges and negation, each with at most one greedy quantifier
 * (* + ? {m} {m,} {,n} {m,n}); \b and \B anywhere; at most one group, not repeated, which then is
 * the token and may be empty; (?u) or (?a) in front. The tokens are those of Python's re.findall:
 * leftmost, greedy, backtracking. All other syntax is refused with its name and position.
 *
 * Whatever the text, finding all tokens takes time and memory in proportion to its length times
 * the pattern's items: an item that failed at a place once is not tried there again.
 */
#ifndef WN_PATTERN_H
#define WN_PATTERN_H

#include "unicode_data.h"

/* Items after repeats are written out: x{2,4} is x x x? x?, and x+ is x x*. */
#define WN__PATTERN_MAX_ITEMS 256
#define WN__PATTERN_MAX_SETS 128
#define WN__PATTERN_MAX_RANGES 256

typedef enum wn__pattern_op {
    WN__PATTERN_ONE,      /* a character of the set */
    WN__PATTERN_OPTIONAL, /* one or none */
    WN__PATTERN_LOOP,     /* any number */
    WN__PATTERN_BOUNDARY, /* \b */
    WN__PATTERN_INSIDE,   /* \B */
    WN__PATTERN_OPEN,     /* ( */
    WN__PATTERN_CLOSE     /* ) */
} wn__pattern_op;

typedef struct wn__pattern_item {
    uint8_t op;
    uint8_t set; /* ONE, OPTIONAL, LOOP */
} wn__pattern_item;

enum {
    WN__PATTERN_WORD = 1,
    WN__PATTERN_NOT_WORD = 2,
    WN__PATTERN_DIGIT = 4,
    WN__PATTERN_NOT_DIGIT = 8,
    WN__PATTERN_SPACE = 16,
    WN__PATTERN_NOT_SPACE = 32
};

/* A set of characters: the ASCII ones as bits, the others by ranges and categories. */
typedef struct wn__pattern_set {
    uint64_t ascii[2]; /* whole: categories and negation are in them */
    uint16_t first_range, n_ranges;
    uint8_t categories;
    bool is_negated;
} wn__pattern_set;

typedef struct wn__pattern {
    wn__unicode unicode;
    bool is_ascii; /* (?a): no character above U+007F is a word's, a digit or a space */
    bool has_group;
    uint32_t n_items, n_sets, n_ranges;
    wn__pattern_item items[WN__PATTERN_MAX_ITEMS];
    wn__pattern_set sets[WN__PATTERN_MAX_SETS];
    uint32_t ranges[WN__PATTERN_MAX_RANGES][2]; /* first, last: U+0080 and above */
} wn__pattern;

/* Parses text (UTF-8). Errors: UNSUPPORTED with the name and position of what is refused, LIMIT. */
wn_status wn__pattern_parse(wn__pattern *pattern, const char *text, wn__unicode unicode,
                            wn_error *error);

/* A walk over the tokens of text [len], which is valid UTF-8. */
typedef struct wn__pattern_walk {
    const wn__pattern *pattern;
    const uint8_t *text;
    size_t len, at;
    uint8_t *failed; /* [wn__pattern_scratch()], zeroed by the caller */
    bool is_over;
} wn__pattern_walk;

/* The bytes that a walk needs; false where that does not fit a size_t. */
bool wn__pattern_scratch(const wn__pattern *pattern, size_t len, size_t *size);

/* The next token, which may be empty; false when there is none. */
bool wn__pattern_next(wn__pattern_walk *walk, wn_span *token);

#endif /* WN_PATTERN_H */
