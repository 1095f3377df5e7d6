/* paragraph.c - judges line ends: which of them end a paragraph. The rules stand in paragraph.h. */
#include "paragraph.h"

#include <string.h>

/* A hard-wrapped block has a longest line of this many columns up to WN__LINE_MAX. Text that was
 * wrapped at 40 hardly ever has a narrower one. */
enum { NARROWEST_WRAP = 36 };

/* Whether a block is hard-wrapped; MAYBE: it is if the rest of the text is. */
enum verdict { NO, MAYBE, YES };

static bool is_blank(const wn__line *line)
{
    return line->begin == line->end;
}

/* Nothing but quotation marks. */
static bool is_bare(const wn__line *line)
{
    return line->depth > 0 && line->text >= line->end;
}

void wn__splitter_init(wn__splitter *s, const char *text, size_t len, wn_split_mode mode)
{
    memset(s, 0, sizeof *s);
    s->text = (const uint8_t *)text;
    s->len = len;
    s->mode = mode;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        s->at = 3; /* a byte order mark */
}

/* ---- Lines, one ahead -------------------------------------------------------------------- */

/* Sees to it that s->line is the next line; false at the end of the text. */
static bool peek(wn__splitter *s)
{
    if (s->has_line)
        return true;
    if (s->at == s->len)
        return false;
    wn__line_read(s->text, s->len, s->at, &s->line);
    s->has_line = true;
    return true;
}

/* The next line, which peek has seen, becomes the current one. */
static wn__line take(wn__splitter *s)
{
    s->has_line = false;
    s->at = s->line.next;
    return s->line;
}

/* Takes lines up to the first one that is not blank; false when there is none. */
static bool take_first(wn__splitter *s, wn__line *line)
{
    while (peek(s)) {
        *line = take(s);
        if (!is_blank(line))
            return true;
        s->in_block = false;
    }
    return false;
}

/* ---- The block as a whole ---------------------------------------------------------------- */

/* The line after `line` in its block: not blank, no marks alone, not quoted more or less deeply.
 * line and next may be the same. */
static bool next_in_block(const wn__splitter *s, const wn__line *line, wn__line *next)
{
    size_t depth = line->depth;
    size_t at = line->next;
    if (at == s->len)
        return false;
    wn__line_read(s->text, s->len, at, next);
    return !is_blank(next) && !is_bare(next) && next->depth == depth;
}

/* A mark in front of a line can also be a dash inside a sentence, or a number at its end ("on May
 * / 30. Then"), where the text was broken by chance. It counts where the block has two lines with
 * this kind of mark, or behind the end of a sentence ("Buy:"). Bullets always count. */
static bool mark_counts(const wn__splitter *s, const wn__line *line, const wn__line *next)
{
    if (next->mark == WN__MARK_NONE)
        return false;
    return next->mark == WN__MARK_BULLET || s->n_marks[next->mark] > 1 || line->ends_sentence;
}

/* The line end between the two cannot be a hard wrap. */
static bool is_barrier(const wn__splitter *s, const wn__line *line, const wn__line *next)
{
    return next->indent > line->text_column || mark_counts(s, line, next);
}

/* How many columns the line would have had with the first word of the next one. Some typists and
 * formatters put two spaces between sentences. */
static size_t fullness(const wn__line *line, const wn__line *next)
{
    return line->width + (line->ends_sentence ? 2 : 1) + next->first_word;
}

/* The sentence goes on behind the line end, and the line is not too short for a wrapped one. */
static bool flows(const wn__splitter *s, const wn__line *line, const wn__line *next)
{
    return !line->ends_sentence && next->starts_lower && fullness(line, next) > s->longest / 2;
}

/* First pass over a block: its longest line and its list marks. False when it cannot be
 * hard-wrapped; the pass then stops where that is known. */
static bool measure_block(wn__splitter *s, const wn__line *first)
{
    wn__line line = *first;
    memset(s->n_marks, 0, sizeof s->n_marks);
    s->longest = 0;
    do {
        wn__line_measure(s->text, &line);
        s->n_marks[line.mark]++;
        if (!line.is_one_word && line.width > s->longest)
            s->longest = line.width;
        if (s->longest > WN__LINE_MAX)
            return false;
    } while (next_in_block(s, &line, &line));
    return s->longest >= NARROWEST_WRAP;
}

/* Second pass: whether the lines look hard-wrapped, and what counts as full. */
static enum verdict judge_lines(wn__splitter *s, const wn__line *first)
{
    wn__line line = *first;
    wn__line next;
    size_t n_ends = 0;     /* line ends that may be hard wraps */
    size_t n_full = 0;     /* behind full lines */
    size_t n_caseless = 0; /* of these, inside a sentence for all one can see */
    size_t n_flowing = 0;
    size_t n_stubs = 0;           /* behind short lines without an end, such as headings */
    size_t least_flow = SIZE_MAX; /* fullness */
    for (; next_in_block(s, &line, &next); line = next) {
        wn__line_measure(s->text, &next);
        if (is_barrier(s, &line, &next))
            continue;
        size_t columns = fullness(&line, &next);
        n_ends++;
        if (columns > s->longest) {
            n_full++;
            if (next.starts_caseless && !line.ends_sentence)
                n_caseless++;
        }
        if (flows(s, &line, &next)) {
            n_flowing++;
            if (columns < least_flow)
                least_flow = columns;
        } else if (!line.ends_sentence && columns <= s->longest / 2) {
            n_stubs++;
        }
    }

    s->full = s->longest + 1;
    size_t lowest = s->longest - s->longest / 4;
    if (n_flowing > 0 && least_flow < s->full)
        s->full = least_flow > lowest ? least_flow : lowest;

    if (n_flowing > 0)
        return n_flowing >= n_stubs ? YES : NO;
    if (n_caseless > 1)
        return YES;
    if (n_ends == 0 || n_full < n_ends)
        return NO;
    return n_ends > 1 ? YES : MAYBE;
}

/* Judges the block that starts with *first by itself; measures that line unless the answer is NO.
 */
static enum verdict judge_block(wn__splitter *s, wn__line *first)
{
    wn__line second;
    if (!next_in_block(s, first, &second))
        return NO;
    wn__line_measure(s->text, first);
    return measure_block(s, first) ? judge_lines(s, first) : NO;
}

/* Sets s->text_width by the first block behind `line` that is surely hard-wrapped. Done once a
 * text at most, so the time stays linear. */
static void look_ahead(wn__splitter *s, const wn__line *line)
{
    wn__splitter ahead = *s;
    wn__line next = *line;
    bool in_block = true;
    s->has_looked_ahead = true;
    while (next.next < s->len) {
        size_t depth = next.depth;
        wn__line_read(s->text, s->len, next.next, &next);
        if (is_blank(&next) || is_bare(&next)) {
            in_block = false;
        } else if (!in_block || next.depth != depth) {
            in_block = true;
            if (judge_block(&ahead, &next) == YES) {
                s->text_width = ahead.longest;
                return;
            }
        }
    }
}

/* For a block in doubt: whether it is no wider than the wrapped part of the text (but for a word).
 * What is full is then measured by the text. */
static bool fits_text(wn__splitter *s, const wn__line *first)
{
    if (s->text_width == 0 && !s->has_looked_ahead)
        look_ahead(s, first);
    if (s->longest > s->text_width + s->text_width / 8)
        return false;
    if (s->full <= s->text_width)
        s->full = s->text_width + 1;
    return true;
}

/* Judges the block that starts with *first; measures that line if it is hard-wrapped. */
static void survey(wn__splitter *s, wn__line *first)
{
    enum verdict verdict = judge_block(s, first);
    s->in_block = true;
    s->depth = first->depth;
    s->is_wrapped = verdict == YES || (verdict == MAYBE && fits_text(s, first));
    if (verdict == YES)
        s->text_width = s->longest;
}

/* ---- One paragraph ----------------------------------------------------------------------- */

static bool is_hard_wrap(const wn__splitter *s, const wn__line *line, const wn__line *next)
{
    if (is_barrier(s, line, next))
        return false;
    return flows(s, line, next) || fullness(line, next) >= s->full;
}

/* Takes the lines of quotation marks alone that come next. Returns whether there were any. */
static bool take_bare(wn__splitter *s, wn_span *span)
{
    bool any = false;
    while (peek(s) && is_bare(&s->line)) {
        span->end = take(s).end;
        any = true;
    }
    return any;
}

static bool next_auto(wn__splitter *s, wn_span *span)
{
    wn__line line;
    if (!take_first(s, &line))
        return false;
    *span = (wn_span){line.begin, line.end};
    if (is_bare(&line)) {
        /* Marks alone start a block: they go to the paragraph below, if there is one. */
        s->in_block = false;
        take_bare(s, span);
        if (!peek(s) || is_blank(&s->line))
            return true;
        line = take(s);
        span->end = line.end;
    }
    if (!s->in_block || line.depth != s->depth)
        survey(s, &line);

    while (peek(s) && !is_blank(&s->line)) {
        if (take_bare(s, span)) {
            s->in_block = false;
            break;
        }
        if (!s->is_wrapped || s->line.depth != s->depth)
            break;
        wn__line_measure(s->text, &s->line);
        if (!is_hard_wrap(s, &line, &s->line))
            break;
        line = take(s);
        span->end = line.end;
    }
    return true;
}

static bool next_line(wn__splitter *s, wn_span *span)
{
    wn__line line;
    if (!take_first(s, &line))
        return false;
    *span = (wn_span){line.begin, line.end};
    return true;
}

static bool next_between_blanks(wn__splitter *s, wn_span *span)
{
    if (!next_line(s, span))
        return false;
    while (peek(s) && !is_blank(&s->line))
        span->end = take(s).end;
    return true;
}

static bool next_whole(wn__splitter *s, wn_span *span)
{
    span->begin = wn__line_skip_space(s->text, s->at, s->len);
    span->end = wn__line_trim_end(s->text, span->begin, s->len);
    s->at = s->len;
    return span->begin < span->end;
}

bool wn__splitter_next(wn__splitter *s, wn_span *span)
{
    switch (s->mode) {
    case WN_SPLIT_LINE:
        return next_line(s, span);
    case WN_SPLIT_BLANK:
        return next_between_blanks(s, span);
    case WN_SPLIT_NONE:
        return next_whole(s, span);
    case WN_SPLIT_AUTO:
        break;
    }
    return next_auto(s, span);
}
