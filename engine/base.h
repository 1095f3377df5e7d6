/* base.h - what every file of the engine may use: limits, checked sizes, errors, memory. */
#ifndef WN_BASE_H
#define WN_BASE_H

#include "winnow.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "winnow reads little-endian model files in place: big-endian machines are not supported"
#endif

/* Limits on what a model file may ask for; a file over one of them is WN_ERROR_LIMIT. They bound
 * the work and memory that a hostile file can cause beyond its own size. */
#define WN__MAX_FILE_SIZE ((uint64_t)16 << 30)
#define WN__MAX_DIM 4096u /* length of a row, unless it is the number of labels */
#define WN__MAX_LABELS (1u << 20)
#define WN__MAX_ROWS (1u << 30) /* ids keep one bit for a sign, see feature.h */
#define WN__MAX_CODE_FLOATS 16  /* a code of a large product-quantised matrix stands for */
#define WN__MAX_NGRAM 32        /* words in a word n-gram */
#define WN__MAX_SUBWORD 64      /* characters in a subword or character n-gram */
#define WN__MAX_BLOCKS 16
#define WN__MAX_PASSES 8
#define WN__MAX_STAGES 8
#define WN__MAX_MEMBERS 256
#define WN__MAX_NEIGHBOURS 16 /* paragraphs on either side in a document's context */
#define WN__MAX_ARRAYS 128
#define WN__MAX_PROBES 4096
#define WN__MAX_JSON_SIZE ((size_t)1 << 30)
#define WN__MAX_JSON_NODES ((size_t)8 << 20)
#define WN__MAX_JSON_DEPTH 64
#define WN__NO_OFFSET UINT64_MAX

#define WN__COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Inline in any case: for loops of which each caller needs a version of its own. */
#define WN__ALWAYS_INLINE static inline __attribute__((always_inline))

#if defined(__GNUC__)
#define WN__PRINTF(at, first) __attribute__((format(printf, at, first)))
#else
#define WN__PRINTF(at, first)
#endif

/* Checked arithmetic on sizes: false when the result does not fit. */
static inline bool wn__mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool wn__add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline size_t wn__min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next multiple of 64, the size of a cache line, at or behind n <= end; end where that comes
 * before it. */
static inline size_t wn__align64(size_t n, size_t end)
{
    return n + wn__min(-n & 63, end - n);
}

/* ---- Errors (status.c) ---- */

/* Fills *error (which may be NULL) and returns status, so that a failure is one line:
 *     return wn__fail(error, WN_ERROR_CORRUPT, at, "...", ...);
 * Bytes of the message that could steer a terminal are replaced. */
wn_status wn__fail(wn_error *error, wn_status status, uint64_t offset, const char *format, ...)
    WN__PRINTF(4, 5);

/* The usual out-of-memory error. */
wn_status wn__no_memory(wn_error *error);

/* ---- Memory (heap.c) ---- */

/* The memory of one object (a model, a context, a slot). It knows all its blocks, so an object is
 * freed in one call, and counts them. Not thread-safe: an object is built by one thread. */
typedef struct wn__heap {
    wn_allocator allocator;
    size_t held; /* bytes handed out and not yet freed */
    struct wn__heap_block *blocks;
} wn__heap;

/* Starts an empty heap; allocator NULL means malloc and free. */
void wn__heap_init(wn__heap *heap, const wn_allocator *allocator);

/* Returns n * size bytes, aligned to 64, or NULL (overflow counts as out of memory). n * size == 0
 * gives a valid pointer to nothing. */
void *wn__heap_alloc(wn__heap *heap, size_t n, size_t size);

/* The same, filled with zero. */
void *wn__heap_zalloc(wn__heap *heap, size_t n, size_t size);

/* Frees one block; NULL is allowed. */
void wn__heap_free(wn__heap *heap, void *memory);

/* Moves all blocks of another heap with the same allocator into this one. */
void wn__heap_adopt(wn__heap *heap, wn__heap *other);

/* Frees every block. */
void wn__heap_free_all(wn__heap *heap);

/* A buffer that only grows: scratch that keeps its high-water mark. */
typedef struct wn__buffer {
    void *data;
    size_t cap; /* bytes */
} wn__buffer;

/* Makes room for n elements of size bytes; the first keep bytes survive a move. The buffer at
 * least doubles when it grows. Returns false when memory runs out (the buffer is unchanged). */
bool wn__buffer_reserve(wn__heap *heap, wn__buffer *buffer, size_t n, size_t size, size_t keep);

#endif /* WN_BASE_H */
