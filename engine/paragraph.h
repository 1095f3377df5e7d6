/* paragraph.h - cuts a text into paragraphs: an iterator over byte ranges of the original.
 *
 *     wn__splitter splitter;
 *     wn__splitter_init(&splitter, text, len, WN_SPLIT_AUTO);
 *     wn_span span;
 *     while (wn__splitter_next(&splitter, &span)) { ... text[span.begin .. span.end) ... }
 *
 * Spans ascend, do not overlap, are never empty, and have no white space (wn__utf8_is_space) at
 * either end. Together they cover every byte that is not white space, but for a byte order mark at
 * the start of the text. Lines end with LF, CRLF or a lone CR. Other separators (U+0085, U+2028,
 * U+2029, vertical tab, form feed) are white space inside a line. NUL is no white space.
 *
 *   LINE   every line is a paragraph.
 *   BLANK  paragraphs are runs of lines between blank lines (lines of white space alone).
 *   NONE   the whole text is one paragraph.
 *   AUTO   blank lines end paragraphs. A line end inside a *block* of lines without a blank one is
 *          either a hard wrap, which does not end the paragraph, or it does:
 *
 *   1. Quotation. The number of `>` marks in front of a line is its depth. A change of depth ends
 *      block and paragraph, and so does a line of marks alone; such a line belongs to the paragraph
 *      before it (at the start of a block: after it). Marks do not count in what follows.
 *   2. The longest line of the block (one word alone, such as an address, does not count) has 36 to
 *      120 columns, or nothing in the block is a hard wrap: menus and signatures are narrower, text
 *      that was never wrapped is wider. A column is a code point; East Asian wide ones are two.
 *   3. A line end is never a hard wrap before a list mark (mark_counts in paragraph.c says which
 *      marks are) or before a line indented deeper than the text of the line above.
 *   4. A line is *full* when the first word of the next line did not fit on it: the widths of both
 *      and a space exceed the longest line. It *flows* when it is more than half full and its
 *      sentence goes on: it does not end with . ! ? : or the like, and the next line begins with a
 *      lower-case letter.
 *   5. The longest line is full whatever it is, so fullness alone proves little. The block is taken
 *      as hard-wrapped when a line flows (and lines that look like headings are no more than those
 *      that flow), or two are full before a letter of a script without case or a digit, or all of
 *      at least two are full. Where there is only one line end, behind a full line, the text
 *      decides: the block is hard-wrapped when it is no wider than the last block that surely is,
 *      or the next one if there is none before, and the line is full against that one too.
 *   6. In a hard-wrapped block a line end is a hard wrap when the line flows or is full. Text that
 *      was not wrapped greedily (balanced by a formatter, set in a proportional font) is ragged:
 *      its flowing lines show how ragged, down to three quarters of the longest line, and that then
 *      counts as full.
 *
 * In doubt a line end separates: a paragraph in two parts is a smaller harm to a classifier than a
 * headline or an advertisement inside a paragraph. Known to go wrong: a text that consists of a
 * single wrapped paragraph of two lines whose second begins with a capital letter (two paragraphs);
 * a heading as wide as the wrapped text right below it, and wrapped paragraphs without a blank line
 * or indentation between them where the last line of one happens to be full (one paragraph).
 *
 * Time is linear in the text whatever it holds; there is no allocation and no recursion. */
#ifndef WINNOW_ENGINE_PARAGRAPH_H
#define WINNOW_ENGINE_PARAGRAPH_H

#include "line.h"
#include "winnow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read-only for callers but for passing it on; it holds no memory and needs no end. */
typedef struct wn__splitter {
    const uint8_t *text; /* [len], the caller's */
    size_t len, at;      /* bytes; at: where the next unread line starts */
    wn_split_mode mode;
    wn__line line; /* the next line, read ahead, when has_line */
    bool has_line;
    /* AUTO only. */
    bool in_block;   /* the block of the line before goes on unless a blank line comes */
    bool is_wrapped; /* that block is hard-wrapped */
    size_t depth;    /* its quotation depth */
    size_t longest;  /* its longest line in columns */
    size_t full;     /* columns from which its lines count as full */
    size_t n_marks[WN__N_MARKS]; /* its lines with each kind of list mark */
    size_t text_width;           /* longest line of the nearest block that is surely hard-wrapped,
                                  * in columns; 0: none is known */
    bool has_looked_ahead;       /* for text_width */
} wn__splitter;

/* Starts at the beginning of text[0..len); the text must outlive the iteration. text may be NULL
 * where len is 0. */
void wn__splitter_init(wn__splitter *s, const char *text, size_t len, wn_split_mode mode);

/* Gives the next paragraph, or returns false at the end. */
bool wn__splitter_next(wn__splitter *s, wn_span *span);

#endif
