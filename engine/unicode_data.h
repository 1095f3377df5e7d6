/* unicode_data.h - what Unicode says of code points, by version: words, digits, lower case,
 * accents.
 *
 * A model was trained on the tables of one Python, which are those of one version of Unicode: 12.1
 * (Python 3.8), 13.0 (3.9, 3.10), 14.0 (3.11), 15.0 (3.12), 15.1 (3.13), 16.0 (3.14), 17.0 (3.15).
 * From one to the next code points are added, so the tables are those of the newest version with
 * the age of each entry: for an older version a younger code point is not assigned.
 *
 * The tables are in unicode_tables.c, which unicode/make_tables.py writes. White space, the same
 * in all versions, is in utf8.h. */
#ifndef WN_UNICODE_DATA_H
#define WN_UNICODE_DATA_H

#include "base.h"

typedef enum wn__unicode {
    WN__UNICODE_NEWEST,
    WN__UNICODE_12_1,
    WN__UNICODE_13_0,
    WN__UNICODE_14_0,
    WN__UNICODE_15_0,
    WN__UNICODE_15_1,
    WN__UNICODE_16_0,
    WN__UNICODE_17_0,
    WN__N_UNICODE
} wn__unicode;

enum {
    WN__UNICODE_WORD = 1,      /* \w: letters, numbers and _; str.isalnum() */
    WN__UNICODE_DECIMAL = 2,   /* \d: str.isdecimal() */
    WN__UNICODE_CASED = 4,     /* for the final sigma, and not ignorable */
    WN__UNICODE_IGNORABLE = 8, /* the final sigma's rule looks past it */
    WN__UNICODE_MARK = 16,     /* canonical combining class not 0: an accent */
    WN__UNICODE_STRIPS = 32    /* the compatibility decomposition without marks is another text */
};

/* What a code point has in common with others. */
typedef struct wn__unicode_kind {
    int32_t to_lower; /* to be added */
    uint8_t flags;
    uint8_t age; /* 0: 12.1 or older, 1: 13.0, ... */
} wn__unicode_kind;

/* A code point that the final sigma's rule saw otherwise before a version. */
typedef struct wn__unicode_change {
    uint32_t code_point;
    uint8_t flags;
    uint8_t since; /* wn__unicode */
} wn__unicode_change;

/* Two-stage tables: the page of a run of code points, then the entry in the page. */
#define WN__UNICODE_KIND_SHIFT 7
#define WN__UNICODE_STRIP_SHIFT 6
extern const wn__unicode_kind wn__unicode_kinds[]; /* [0]: nothing is known */
extern const uint8_t wn__unicode_kind_pages[], wn__unicode_kind_numbers[];
extern const uint8_t wn__unicode_strip_pages[], wn__unicode_strip_pool[];
extern const uint16_t wn__unicode_strip_places[];
extern const wn__unicode_change wn__unicode_changes[4];

/* The kind of a code point (at most U+10FFFF) in a version. */
static inline const wn__unicode_kind *wn__unicode_find(uint32_t code_point, wn__unicode version)
{
    uint32_t page = wn__unicode_kind_pages[code_point >> WN__UNICODE_KIND_SHIFT];
    uint32_t at = code_point & ((1u << WN__UNICODE_KIND_SHIFT) - 1);
    const wn__unicode_kind *kind =
        &wn__unicode_kinds[wn__unicode_kind_numbers[page << WN__UNICODE_KIND_SHIFT | at]];
    /* NEWEST - 1 is larger than any age. */
    return kind->age > (uint32_t)version - 1u ? &wn__unicode_kinds[0] : kind;
}

static inline bool wn__unicode_is_word(uint32_t code_point, wn__unicode version)
{
    return (wn__unicode_find(code_point, version)->flags & WN__UNICODE_WORD) != 0;
}

static inline bool wn__unicode_is_decimal(uint32_t code_point, wn__unicode version)
{
    return (wn__unicode_find(code_point, version)->flags & WN__UNICODE_DECIMAL) != 0;
}

/* The lower case of one code point as str.lower() has it. What is left to the caller: U+0130 gives
 * this (an i) and U+0307 behind it, and U+03A3 gives U+03C2 where it is final. */
static inline uint32_t wn__unicode_lower(uint32_t code_point, wn__unicode version)
{
    return (uint32_t)((int32_t)code_point + wn__unicode_find(code_point, version)->to_lower);
}

/* WN__UNICODE_CASED, WN__UNICODE_IGNORABLE or 0: the part that a code point has in the rule of the
 * final sigma. What is both is ignorable. */
unsigned wn__unicode_case(uint32_t code_point, wn__unicode version);

/* The most bytes that wn__unicode_strip writes: U+FDFA. */
enum { WN__UNICODE_STRIP_MAX = 33 };

/* Writes the compatibility decomposition (NFKD) of a code point that WN__UNICODE_STRIPS, without
 * the marks in it, and returns its bytes, which may be none. Marks that are dropped need no order,
 * so that one code point after the other gives what NFKD of the text without its marks is. */
size_t wn__unicode_strip(uint32_t code_point, uint8_t out[WN__UNICODE_STRIP_MAX]);

#endif /* WN_UNICODE_DATA_H */
