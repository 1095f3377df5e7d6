/* text_driver.c - the text side of the engine as a filter, for text.py: no model, records in,
 * records out.
 *
 * usage: text_driver normalize STEPS UNICODE           STEPS: the bits of normalize.h, as a number
 *        text_driver tokens RULE MIN_LENGTH UNICODE [PATTERN]
 *        text_driver kinds UNICODE                     the flags of every code point, a byte each
 *
 * A record is its length (u32, little-endian) and its bytes. The answer to each ends with the byte
 * FE: normalize gives the text, tokens gives the tokens with the byte FF behind each of them, read
 * from the spans that the extractor "words" reports. A pattern that is refused: its message on
 * stderr and exit code 2.
 */
#include "feature.h"
#include "normalize.h"
#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what)
{
    fprintf(stderr, "text_driver: %s\n", what);
    exit(1);
}

static void write_bytes(const uint8_t *bytes, size_t len, int end)
{
    fwrite(bytes, 1, len, stdout);
    putchar(end);
}

/* A record in a block of exactly its size, so that a sanitizer sees a byte too far; NULL at the
 * end. */
static uint8_t *read_record(size_t *len)
{
    uint32_t size;
    if (fread(&size, sizeof size, 1, stdin) != 1)
        return NULL;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    if (bytes == NULL || (size > 0 && fread(bytes, 1, size, stdin) != size))
        stop("a record is cut off");
    *len = size;
    return bytes;
}

static uint32_t name_in(const char *name, const char *const *names, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    stop("an unknown name");
    return 0;
}

static void normalize(unsigned steps, wn__unicode unicode)
{
    const wn__normalizer normalizer = {steps, unicode};
    size_t len;
    for (uint8_t *text; (text = read_record(&len)) != NULL; free(text)) {
        size_t bound = wn__normalize_bound(steps, text, len);
        uint8_t *out = malloc(bound + 1);
        size_t *origins = malloc((bound + 1) * sizeof *origins);
        if (out == NULL || origins == NULL)
            stop("out of memory");
        size_t n = wn__normalize(&normalizer, text, len, out, origins);
        if (n > bound || wn__normalize_span(origins, n, 0, n).end > len)
            stop("a bound is passed");
        write_bytes(out, n, 0xFE);
        free(out);
        free(origins);
    }
}

/* What a sink that wants every span keeps. */
typedef struct spans {
    wn__sink sink;
    wn_span *spans; /* [n] */
    size_t n, cap;
} spans;

static void keep_span(wn__sink *sink)
{
    spans *s = (spans *)(void *)sink;
    if (sink->n == WN__SINK_SIZE) {
        if (s->n == s->cap) {
            s->cap = 2 * s->cap + 64;
            s->spans = realloc(s->spans, s->cap * sizeof *s->spans);
            if (s->spans == NULL)
                stop("out of memory");
        }
        s->spans[s->n++] = sink->span;
    }
    sink->n = WN__SINK_SIZE - 1;
}

static void tokens(const wn__block *block)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__feature_scratch scratch = {.heap = &heap};
    spans s = {.sink = {.flush = keep_span, .n = WN__SINK_SIZE - 1}};
    size_t len;
    for (uint8_t *text; (text = read_record(&len)) != NULL; free(text)) {
        s.n = 0;
        if (wn__extract_words.extract(block, text, len, &scratch, &s.sink) != WN_OK)
            stop("out of memory");
        for (size_t i = 0; i < s.n; i++)
            write_bytes(text + s.spans[i].begin, s.spans[i].end - s.spans[i].begin, 0xFF);
        putchar(0xFE);
    }
    free(s.spans);
    wn__heap_free_all(&heap);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "normalize") == 0 && argc == 4) {
        normalize((unsigned)atoi(argv[2]),
                  (wn__unicode)name_in(argv[3], wn__unicode_versions, WN__N_UNICODE));
    } else if (strcmp(verb, "kinds") == 0 && argc == 3) {
        wn__unicode unicode = (wn__unicode)name_in(argv[2], wn__unicode_versions, WN__N_UNICODE);
        for (uint32_t c = 0; c <= 0x10FFFF; c++) {
            unsigned flags = wn__unicode_find(c, unicode)->flags;
            flags &= ~(unsigned)(WN__UNICODE_CASED | WN__UNICODE_IGNORABLE);
            putchar((int)(flags | wn__unicode_case(c, unicode)));
        }
    } else if (strcmp(verb, "tokens") == 0 && (argc == 5 || argc == 6)) {
        static wn__pattern pattern;
        wn__block block = {.ngrams = {1, 1}, .hashed = true, .n_features = 1 << 20};
        block.tokens = (wn__token_rule)name_in(argv[2], wn__token_rules, WN__N_TOKEN_RULES);
        block.min_length = (uint32_t)atoi(argv[3]);
        block.unicode = (wn__unicode)name_in(argv[4], wn__unicode_versions, WN__N_UNICODE);
        block.pattern = &pattern;
        wn_error error;
        if (argc == 6 && wn__pattern_parse(&pattern, argv[5], block.unicode, &error) != WN_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 2;
        }
        tokens(&block);
    } else {
        stop("usage: see the source");
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
