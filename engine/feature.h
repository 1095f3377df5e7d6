/* feature.h - from text to feature ids: the table of extractors.
 *
 *     normalised text -> extract -> sink (ids in runs) -> pooling or counting (pipeline.c)
 *
 * An extractor walks a paragraph and emits the row number of every feature that the model has, as
 * often as it occurs. It knows nothing of weights or scores.
 */
#ifndef WN_FEATURE_H
#define WN_FEATURE_H

#include "block.h"
#include "counter.h"

/* The id of a feature of a signed hash that counts -1 carries WN__NEGATIVE (counter.h). */
#define WN__SINK_SIZE 256

/* Where ids go. flush takes ids[0..n) and sets n to 0; a failure stays in status.
 *
 * span is the part of the text that the feature emitted last came from, [begin, end) in bytes: from
 * the first word of an n-gram to its last, all of a run of white space that counts as one space,
 * nothing of the padding that fastText and chars_wb put around a word. It is empty where nothing of
 * the text is left: an n-gram of padding alone, a token that is an empty group, fastText's </s> at
 * the end of a paragraph. wn__normalize_span leads from there to the original text.
 *
 * It is set right before each wn__emit. A sink that wants the span of every feature begins with n
 * at WN__SINK_SIZE - 1 and has its flush set n to that again: then each feature is flushed alone,
 * as ids[WN__SINK_SIZE - 1], and a flush with n below WN__SINK_SIZE brings none. */
typedef struct wn__sink {
    void (*flush)(struct wn__sink *sink);
    wn_status status;
    wn_span span;
    const char *rows; /* fastText: what is asked for ahead, row_size bytes apart; or NULL */
    size_t row_size;
    size_t n;
    uint32_t ids[WN__SINK_SIZE];
} wn__sink;

static inline void wn__emit(wn__sink *sink, uint32_t id)
{
    sink->ids[sink->n++] = id;
    if (sink->n == WN__SINK_SIZE)
        sink->flush(sink);
}

/* Terms that were found in a text and wait for the memory to bring their slots. */
typedef struct wn__terms {
    size_t n;
    uint64_t hashes[64];
    wn__word words[64];
    wn_span spans[64];
} wn__terms;

/* A piece of a token that waits for its slot, and a phrase of pieces that may go on. */
typedef struct wn__piece {
    wn__word word;
    const wn__piece_slot *slot;
    size_t begin; /* in the text */
    uint32_t node;
    bool is_first, is_last; /* of its token */
} wn__piece;

typedef struct wn__phrase {
    size_t begin;     /* in the text */
    uint32_t node;    /* of what it has so far */
    uint32_t next;    /* the piece that comes behind */
    uint32_t n_words; /* whole tokens in it */
} wn__phrase;

/* Pieces are looked up 64 at a time, so that the memory brings their slots side by side. */
#define WN__N_PIECES 64

typedef struct wn__phrase_walk {
    size_t n;
    wn__piece pieces[WN__N_PIECES];
    size_t n_phrases; /* that go on behind the last piece, fewer than begin at a piece each */
    wn__phrase phrases[WN__MAX_NGRAM + WN__N_PIECES];
} wn__phrase_walk;

/* A run of white space: as one character it is that one, as several a space. */
typedef struct wn__blank {
    uint64_t n;
    uint8_t bytes[4]; /* [size] the one */
    uint32_t size;
} wn__blank;

/* The last words or characters of a piece of text, for the n-grams that end in the next piece. */
typedef struct wn__carry {
    wn__blank blank; /* chars: at its end */
    size_t len;      /* bytes used in scratch->text */
    uint64_t n;
    size_t starts[WN__MAX_SUBWORD]; /* where they begin in it; WN__MAX_NGRAM is less */
} wn__carry;

/* What the pieces so far look like (feature_surface.c). */
typedef struct wn__surface {
    struct { /* the run without white space that is being read */
        bool is_open;
        bool is_past_marks, is_capital, has_lower, has_digit;
        uint32_t n_upper; /* 2: two or more */
        uint32_t end;     /* the last character that closes nothing */
        uint32_t recent;  /* the last four characters in lower case, one a byte; 1 from U+0080 on */
    } run;
    uint64_t n, n_caps, n_loud, n_digits, n_stops, n_bangs;
    uint64_t seen; /* bit i: the sign with that number */
    uint32_t first, last;
    bool has_url;
} wn__surface;

/* Scratch of the extractors; belongs to a context. */
typedef struct wn__feature_scratch {
    wn__heap *heap;
    /* A long text comes in pieces, which end where wn__piece_end says: n-grams reach over the ends.
     * Spans are of the piece alone. */
    bool is_later_piece, has_later_piece;
    wn__carry carry;
    wn__surface surface;
    wn__buffer text;   /* the tokens of an n-gram, joined; see wn__TERM_SLACK */
    wn__buffer failed; /* pattern.h */
    wn__terms terms;
    wn__phrase_walk walk;
} wn__feature_scratch;

/* Bytes behind a term that may be read, whatever they are. */
#define WN__TERM_SLACK 16

/* Where a text can be cut into pieces that normalise and extract to what the whole does: a union of
 * these, 0 for nowhere. No step of normalize.h looks over such a place: none of the characters
 * named combines with what is before it, is removed or is case-ignorable (which ' . : ^ ` are: a
 * sigma is final or not by what is behind them). */
enum {
    WN__CUT_BEFORE_SPACE = 1, /* ASCII white space */
    WN__CUT_BEFORE_MARK = 2,  /* an ASCII character that is neither a word's nor case-ignorable */
    WN__CUT_INSIDE_WORD = 4   /* between two ASCII letters or digits */
};

typedef struct wn__extractor {
    const char *name; /* as in wn__extractor_names */
    unsigned cut;     /* patterns of WN__TOKENS_PATTERN are never cut */
    /* Emits the features of text[0..len) and flushes. Errors: MEMORY. NULL: fastText features,
     * which pool.c walks itself, since their sum has two passes. */
    wn_status (*extract)(const wn__block *block, const uint8_t *text, size_t len,
                         wn__feature_scratch *scratch, wn__sink *sink);
} wn__extractor;

/* By wn__extractor_id. */
extern const wn__extractor *const wn__extractors[WN__N_EXTRACTORS];
extern const wn__extractor wn__extract_words, wn__extract_chars, wn__extract_chars_wb,
    wn__extract_fasttext, wn__extract_surface;

/* Where a piece of at least `least` bytes of text[0..len) ends; len when it is the last one. */
size_t wn__piece_end(const wn__block *block, const uint8_t *text, size_t len, size_t least);

/* Hashes a term of a linear block and emits its column, or starts to look it up: then it is emitted
 * later, by wn__emit_terms at the latest, if the vocabulary has it. WN__TERM_SLACK bytes behind it
 * may be read; it has to stay where it is until then. The caller has set the sink's span. */
void wn__emit_term(const wn__block *block, const uint8_t *term, size_t len,
                   wn__feature_scratch *scratch, wn__sink *sink);

/* Emits the terms that wait. */
void wn__emit_terms(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink);

/* ---- Word n-grams of a vocabulary (feature_phrases.c) ---- */

/* Looks up the pieces that wait. */
void wn__look_up_pieces(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink);

/* Takes the next piece, text[begin..end) of text [len], which has to stay where it is; it is looked
 * up now or later, by wn__end_phrases at the latest. */
static inline void wn__push_piece(const wn__block *block, const uint8_t *text, size_t len,
                                  wn_span span, bool is_first, bool is_last,
                                  wn__feature_scratch *scratch, wn__sink *sink)
{
    wn__phrase_walk *w = &scratch->walk;
    wn__piece *piece = &w->pieces[w->n++];
    uint64_t hash =
        wn__word_read(&piece->word, text + span.begin, span.end - span.begin, len - span.begin);
    piece->slot = wn__piece_start(&block->phrases, hash);
    __builtin_prefetch(piece->slot);
    piece->begin = span.begin;
    piece->is_first = is_first;
    piece->is_last = is_last;
    if (w->n == WN__N_PIECES)
        wn__look_up_pieces(block, scratch, sink);
}

/* Looks up the tokens that wait: the text, or the piece of it, is over. */
void wn__end_phrases(const wn__block *block, wn__feature_scratch *scratch, wn__sink *sink);

/* ---- fastText features (feature_fasttext.c) ---- */

/* A text of fastText's tokens, separated by ASCII white space and NUL. In a paragraph a newline
 * separates and </s> is added at the end; in a line a newline is the token </s>, and the line ends
 * after its first </s>, wherever that comes from. */
typedef struct wn__fasttext_tokens {
    const uint8_t *text;
    size_t len;
    bool is_line;
} wn__fasttext_tokens;

/* What a walk emits. Fast rows of known words contain their subwords. */
enum {
    WN__WALK_WORDS = 1,
    WN__WALK_SUBWORDS_OF_WORDS = 2,
    WN__WALK_NGRAMS = 4,
    WN__WALK_ALL_EXACT = 7,
    WN__WALK_ALL_FAST = 5
};

/* Where the features go. */
typedef struct wn__fasttext_sinks {
    wn__sink *words;  /* words and subwords, in the reference's order */
    wn__sink *ngrams; /* in its order as well; may be the same */
    wn__sink *gold;   /* labels among the tokens, or NULL */
    bool with_spans;  /* are the sinks' spans to be set? */
    /* Takes n words that are not known instead of their subwords being emitted, and returns the
     * number of these; or NULL. */
    uint64_t (*unknown)(void *user, const wn__word *const *words, size_t n);
    void *user;
} wn__fasttext_sinks;

/* What a walk found apart from ids. */
typedef struct wn__fasttext_walked {
    size_t consumed;   /* bytes of the text */
    uint64_t n_inside; /* features that ids stand for beyond one each, and those of `unknown` */
    uint64_t n_ends;   /* end-of-line features */
} wn__fasttext_walked;

/* Emits the features of the tokens as far as `what` asks for them. The sinks are not flushed at the
 * end. */
wn__fasttext_walked wn__fasttext_walk(const wn__block *block, const wn__fasttext_tokens *tokens,
                                      unsigned what, const wn__fasttext_sinks *sinks);

/* Emits the subwords of a word, without spans. */
void wn__fasttext_subwords(const wn__block *block, const uint8_t *word, size_t len, wn__sink *sink);

/* Buckets of subwords, few of which have no row. */
typedef struct wn__parts {
    size_t n;
    uint32_t buckets[WN__SHORT_PART * WN__SHORT_WORD];
} wn__parts;

/* The same in two steps: in between the memory brings what the second one reads. */
void wn__fasttext_start_subwords(const wn__block *block, const uint8_t *word, size_t len,
                                 wn__parts *parts, wn__sink *sink);
void wn__fasttext_end_subwords(const wn__block *block, wn__parts *parts, wn__sink *sink);

#endif /* WN_FEATURE_H */
