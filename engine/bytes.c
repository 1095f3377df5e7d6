/* bytes.c - half floats, a growing byte buffer, base64. */
#include "bytes.h"

float wn__half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1f) { /* infinity or not a number */
        bits = sign | 0x7f800000u | (fraction << 13);
    } else if (exponent != 0) {
        bits = sign | ((exponent + 112) << 23) | (fraction << 13);
    } else if (fraction == 0) {
        bits = sign;
    } else { /* subnormal: shift until the leading bit is the implicit one */
        uint32_t shift = 0;
        while ((fraction & 0x400u) == 0) {
            fraction <<= 1;
            shift++;
        }
        bits = sign | ((113 - shift) << 23) | ((fraction & 0x3ffu) << 13);
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Room for size more bytes, or NULL. */
static uint8_t *extend(wn__writer *w, size_t size)
{
    size_t need;
    if (w->failed || !wn__add(w->len, size, &need) ||
        !wn__buffer_reserve(w->heap, &w->buffer, need, 1, w->len)) {
        w->failed = true;
        return NULL;
    }
    uint8_t *room = (uint8_t *)w->buffer.data + w->len;
    w->len = need;
    return room;
}

void wn__write(wn__writer *w, const void *bytes, size_t size)
{
    uint8_t *room = extend(w, size);
    if (room != NULL && size > 0)
        memcpy(room, bytes, size);
}

void wn__write_zeros(wn__writer *w, size_t size)
{
    uint8_t *room = extend(w, size);
    if (room != NULL)
        memset(room, 0, size);
}

void wn__write_text(wn__writer *w, const char *text)
{
    wn__write(w, text, strlen(text));
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wn__write_base64(wn__writer *w, const uint8_t *bytes, size_t size)
{
    size_t groups = size / 3 + (size % 3 != 0);
    size_t total;
    if (!wn__mul(groups, 4, &total)) {
        w->failed = true;
        return;
    }
    uint8_t *out = extend(w, total);
    if (out == NULL)
        return;
    for (size_t i = 0; i < size; i += 3, out += 4) {
        size_t left = size - i;
        uint32_t v = (uint32_t)bytes[i] << 16;
        if (left > 1)
            v |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            v |= bytes[i + 2];
        out[0] = (uint8_t)base64_digits[v >> 18];
        out[1] = (uint8_t)base64_digits[(v >> 12) & 63];
        out[2] = left > 1 ? (uint8_t)base64_digits[(v >> 6) & 63] : '=';
        out[3] = left > 2 ? (uint8_t)base64_digits[v & 63] : '=';
    }
}

size_t wn__base64_size(const char *text, size_t len)
{
    if (len % 4 != 0)
        return SIZE_MAX;
    size_t size = len / 4 * 3;
    if (len > 0 && text[len - 1] == '=')
        size -= text[len - 2] == '=' ? 2 : 1;
    return size;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool wn__base64_decode(const char *text, size_t len, uint8_t *out)
{
    size_t size = wn__base64_size(text, len);
    if (size == SIZE_MAX)
        return false;
    for (size_t i = 0, at = 0; i < len; i += 4) {
        size_t n = size - at < 3 ? size - at : 3; /* bytes in this group */
        uint32_t v = 0;
        for (size_t j = 0; j < 4; j++) {
            int digit = j <= n ? base64_value(text[i + j]) : text[i + j] == '=' ? 0 : -1;
            if (digit < 0)
                return false;
            v = v << 6 | (uint32_t)digit;
        }
        if ((n == 1 && (v & 0xffff) != 0) || (n == 2 && (v & 0xff) != 0))
            return false;
        for (size_t j = 0; j < n; j++)
            out[at++] = (uint8_t)(v >> (16 - 8 * j));
    }
    return true;
}
