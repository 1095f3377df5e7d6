/* bytes.h - a bounded little-endian cursor to read with, and a growing buffer to write to. */
#ifndef WN_BYTES_H
#define WN_BYTES_H

#include "base.h"

/* Reads from data[0..len). Every read checks what is left first; after a failed read the cursor
 * stays where it was. Invariant: at <= len. */
typedef struct wn__cursor {
    const uint8_t *data;
    size_t len, at;
} wn__cursor;

static inline size_t wn__cursor_left(const wn__cursor *c)
{
    return c->len - c->at;
}

/* The next n bytes, or NULL when fewer are left. */
static inline const uint8_t *wn__cursor_take(wn__cursor *c, size_t n)
{
    if (n > c->len - c->at)
        return NULL;
    const uint8_t *p = c->data + c->at;
    c->at += n;
    return p;
}

/* Copies the next size bytes to out; false when fewer are left. */
static inline bool wn__cursor_read(wn__cursor *c, void *out, size_t size)
{
    const uint8_t *p = wn__cursor_take(c, size);
    if (p == NULL)
        return false;
    memcpy(out, p, size);
    return true;
}

/* Unaligned little-endian loads. */
static inline uint32_t wn__load_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline int32_t wn__load_i32(const uint8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline int64_t wn__load_i64(const uint8_t *p)
{
    int64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline float wn__load_f32(const uint8_t *p)
{
    float v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline double wn__load_f64(const uint8_t *p)
{
    double v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* IEEE 754 half to single, exact. */
float wn__half_to_float(uint16_t half);

/* A byte buffer that grows. After a failed allocation everything written is ignored and failed
 * is set, so that a caller checks once at the end. */
typedef struct wn__writer {
    wn__heap *heap;
    wn__buffer buffer;
    size_t len;
    bool failed;
} wn__writer;

void wn__write(wn__writer *w, const void *bytes, size_t size);
void wn__write_zeros(wn__writer *w, size_t size);
void wn__write_text(wn__writer *w, const char *text);

/* Standard base64 with padding. Decoding is strict: no white space, canonical padding and zero
 * spare bits, so that a file has one spelling. */
void wn__write_base64(wn__writer *w, const uint8_t *bytes, size_t size);

/* Bytes that text[0..len) decodes to, or SIZE_MAX when its length cannot be base64. */
size_t wn__base64_size(const char *text, size_t len);

/* Decodes into out [wn__base64_size]; false when a character is wrong. */
bool wn__base64_decode(const char *text, size_t len, uint8_t *out);

#endif /* WN_BYTES_H */
