/* line.h - one line of a text: where it lies and what its look tells about hard wraps.
 *
 * The splitter (paragraph.h) reads lines with these and judges the line ends between them. Widths
 * are in columns: a code point is one, an East Asian wide one two, a tab leads to the next multiple
 * of eight. */
#ifndef WINNOW_ENGINE_LINE_H
#define WINNOW_ENGINE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of list marks at the start of a line. */
enum {
    WN__MARK_NONE,
    WN__MARK_BULLET,  /* a bullet character */
    WN__MARK_DASH,    /* - * + or a dash, and white space */
    WN__MARK_POINT,   /* 1. and white space */
    WN__MARK_BRACKET, /* 1) (2) or a) and white space */
    WN__N_MARKS
};

/* All positions are byte offsets into the text. */
typedef struct wn__line {
    size_t next;       /* where the next line starts */
    size_t begin, end; /* the line without white space at both ends; equal: it is blank */
    size_t depth;      /* quotation marks `>` in front */
    size_t text;       /* first byte behind them, or of the line where there are none */
    /* wn__line_measure fills in the rest. */
    size_t indent;      /* columns of white space before the text */
    size_t text_column; /* indent, and the list mark with the white space behind it */
    size_t width;       /* columns from `text` to `end`. A line of more than one word and more
                         * than WN__LINE_MAX columns has any number above that, and what is said
                         * of its end and first word means nothing. */
    size_t first_word;  /* columns of the first word; breaks are allowed between ideographs */
    int mark;           /* WN__MARK_* */
    bool is_one_word;
    bool starts_lower;    /* the first letter is a lower-case one */
    bool starts_caseless; /* it has no case, or a digit comes first */
    bool ends_sentence;   /* the line ends with . ! ? : or the like, and closing marks */
} wn__line;

/* The longest line, in columns, that a hard-wrapped text may have: measuring stops above. */
enum { WN__LINE_MAX = 120 };

/* Finds the line that starts at byte `at` < len. Lines end with LF, CRLF or a lone CR. */
void wn__line_read(const uint8_t *text, size_t len, size_t at, wn__line *line);

/* Measures a line that was read from text and is not blank. */
void wn__line_measure(const uint8_t *text, wn__line *line);

/* Skips white space: the first position in begin..end that has none, or end. */
size_t wn__line_skip_space(const uint8_t *text, size_t begin, size_t end);

/* The end of text[begin..end) without the white space at its end. */
size_t wn__line_trim_end(const uint8_t *text, size_t begin, size_t end);

#endif
