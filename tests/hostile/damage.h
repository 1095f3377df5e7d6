/* damage.h - what mutants.c does to sound files. */
#ifndef WN_HOSTILE_DAMAGE_H
#define WN_HOSTILE_DAMAGE_H

#include "hash.h"
#include "hostile/seeds.h"

#include <ctype.h>
#include <math.h>

typedef struct mutant {
    uint8_t bytes[CAP];
    size_t len;
    uint64_t random;
} mutant;

static uint32_t below(mutant *m, size_t n)
{
    return random_below(&m->random, (uint32_t)(n == 0 ? 1 : n));
}

/* ---- Damage to bytes ---- */

static const int64_t limits[] = {0,          1,          -1,         2,         3,
                                 127,        128,        255,        256,       32767,
                                 65535,      65536,      INT32_MAX,  INT32_MIN, UINT32_MAX,
                                 INT64_MAX,  INT64_MIN,  1ll << 32,  1ll << 40, (1ll << 62) / 4,
                                 0x40000000, 0x20000000, 0x55555556, 1ll << 61, 0x10000001};

/* An integer of n bytes becomes a limit, or one more or less than it was. */
static void damage_integer(mutant *m, size_t at, size_t n)
{
    int64_t value = 0;
    if (at + n > m->len)
        return;
    memcpy(&value, m->bytes + at, n);
    uint32_t kind = below(m, WN__COUNT(limits) + 4);
    if (kind < WN__COUNT(limits))
        value = limits[kind];
    else
        value = (int64_t)((uint64_t)value + (kind % 2 == 0 ? 1u : UINT64_MAX));
    memcpy(m->bytes + at, &value, n);
}

static void damage_float(mutant *m, size_t at)
{
    static const float floats[] = {NAN, INFINITY, -INFINITY, 3.4e38f, -3.4e38f, 1e-45f, 0.0f};
    float value = floats[below(m, WN__COUNT(floats))];
    double wide = value;
    bool is_wide = at % 8 == 0 && below(m, 2) == 0;
    size_t size = is_wide ? sizeof wide : sizeof value;
    if (at + size <= m->len)
        memcpy(m->bytes + at, is_wide ? (void *)&wide : (void *)&value, size);
}

/* Cuts out, doubles or exchanges a part. */
static void damage_part(mutant *m)
{
    size_t at = below(m, m->len), n = 1 + below(m, below(m, 4) == 0 ? m->len - at : 64);
    n = n > m->len - at ? m->len - at : n;
    uint8_t *p = m->bytes + at;
    switch (below(m, 4)) {
    case 0:
        memmove(p, p + n, m->len - at - n);
        m->len -= n;
        break;
    case 1:
        if (m->len + n > CAP)
            break;
        memmove(p + n, p, m->len - at);
        m->len += n;
        break;
    case 2:
        for (size_t i = 0, to = below(m, m->len - n + 1); i < n; i++) {
            uint8_t byte = m->bytes[to + i];
            m->bytes[to + i] = p[i];
            p[i] = byte;
        }
        break;
    default:
        m->len = at;
    }
}

static void damage_bytes(mutant *m)
{
    if (m->len == 0)
        return;
    switch (below(m, 6)) {
    case 0:
        m->bytes[below(m, m->len)] ^= (uint8_t)(1u << below(m, 8));
        break;
    case 1:
        m->bytes[below(m, m->len)] = (uint8_t)below(m, 256);
        break;
    case 2:
        damage_integer(m, below(m, m->len) & ~3u, 4);
        break;
    case 3:
        damage_integer(m, below(m, m->len) & ~7u, 8);
        break;
    case 4:
        damage_float(m, below(m, m->len) & ~3u);
        break;
    default:
        damage_part(m);
    }
}

static void damage_fasttext(mutant *m, const seed *from)
{
    if (below(m, 3) == 0 || from->n_fields == 0) {
        damage_bytes(m);
        return;
    }
    uint32_t field = from->fields[below(m, from->n_fields)];
    damage_integer(m, field & 0x7fffffffu, field >> 31 != 0 ? 8 : 4);
}

/* ---- Damage to text ---- */

/* Puts other bytes in the place of [at .. at + n). */
static void replace(mutant *m, size_t at, size_t n, const uint8_t *by, size_t len)
{
    uint8_t copy[4096];
    if (len > sizeof copy || m->len - n + len > CAP)
        return;
    memcpy(copy, by, len); /* it may be of the same file */
    memmove(m->bytes + at + len, m->bytes + at + n, m->len - at - n);
    memcpy(m->bytes + at, copy, len);
    m->len += len - n;
}

static bool is_word_byte(uint8_t c)
{
    return isalnum(c) || c == '.' || c == '-' || c == '+' || c == '_';
}

/* The run of word bytes at or after a place; 0: none. */
static size_t word_at(const mutant *m, size_t *at)
{
    size_t end;
    while (*at < m->len && !is_word_byte(m->bytes[*at]))
        ++*at;
    for (end = *at; end < m->len && is_word_byte(m->bytes[end]);)
        end++;
    return end - *at;
}

static const char *const others[] = {"0",
                                     "1",
                                     "-1",
                                     "2",
                                     "4294967295",
                                     "4294967296",
                                     "18446744073709551615",
                                     "0.5",
                                     "1e3",
                                     "1e308",
                                     "1e999",
                                     "-1e-400",
                                     "9007199254740993",
                                     "-0",
                                     "nan",
                                     "inf",
                                     "01",
                                     "+1",
                                     "0x10",
                                     "1e",
                                     ".5",
                                     "2147483648",
                                     ""};

static void damage_word(mutant *m)
{
    size_t at = below(m, m->len), len = word_at(m, &at);
    const char *other = others[below(m, WN__COUNT(others))];
    replace(m, at, len, (const uint8_t *)other, strlen(other));
}

/* Puts a word, a line or a member in the place of another one, or there twice. */
static void damage_order(mutant *m, uint8_t separator)
{
    size_t begin[2], end[2];
    for (int i = 0; i < 2; i++) {
        begin[i] = below(m, m->len);
        while (begin[i] > 0 && m->bytes[begin[i] - 1] != separator)
            begin[i]--;
        for (end[i] = begin[i]; end[i] < m->len && m->bytes[end[i]] != separator;)
            end[i]++;
    }
    if (end[1] - begin[1] > 4000)
        return;
    replace(m, begin[0], below(m, 2) == 0 ? end[0] - begin[0] : 0, m->bytes + begin[1],
            end[1] - begin[1] + (end[1] < m->len));
}

static void damage_json(mutant *m, const seed *from)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "false",
                                         "[]",
                                         "{}",
                                         "\"\"",
                                         "\"x\"",
                                         "\"\\u0000\"",
                                         "[[[[[[[[]]]]]]]]",
                                         "{\"a\":1}",
                                         "1e999",
                                         "\"AAAA\"",
                                         "\"AAAAAAAAAAA=\"",
                                         "-3",
                                         "4294967295"};
    (void)from;
    if (m->len == 0)
        return;
    switch (below(m, 5)) {
    case 0:
        damage_word(m);
        break;
    case 1:
        damage_order(m, ',');
        break;
    case 2: { /* the value behind a colon */
        size_t at = below(m, m->len), end;
        while (at < m->len && m->bytes[at] != ':')
            at++;
        if (at++ >= m->len)
            break;
        for (end = at; end < m->len && strchr(",]}", m->bytes[end]) == NULL;)
            end++;
        const char *value = values[below(m, WN__COUNT(values))];
        replace(m, at, end - at, (const uint8_t *)value, strlen(value));
        break;
    }
    case 3:
        m->bytes[below(m, m->len)] = (uint8_t) "{}[],:\"\\0 9-e\x80"[below(m, 15)];
        break;
    default:
        damage_part(m);
    }
}

static void damage_liblinear(mutant *m, const seed *from)
{
    (void)from;
    if (m->len == 0)
        return;
    switch (below(m, 4)) {
    case 0:
        damage_order(m, '\n');
        break;
    case 1:
        damage_part(m);
        break;
    default:
        damage_word(m);
    }
}

/* The header or the manifest or a section, with the lengths and the checksum made good. */
static void damage_winnow(mutant *m, const seed *from)
{
    uint64_t manifest_len;
    if (m->len < 64) {
        damage_bytes(m);
        return;
    }
    memcpy(&manifest_len, m->bytes + 24, sizeof manifest_len);
    uint32_t kind = below(m, 8);
    if (kind == 0) {
        damage_integer(m, 8 + 8 * below(m, 4), 8);
    } else if (kind < 5 && manifest_len < m->len - 64) {
        static mutant manifest; /* as JSON, filled up or cut to its place */
        size_t place = 64 + (size_t)manifest_len;
        place = (place + 63) / 64 * 64 < m->len ? (place + 63) / 64 * 64 : m->len;
        manifest.len = (size_t)manifest_len;
        manifest.random = m->random;
        memcpy(manifest.bytes, m->bytes + 64, manifest.len);
        damage_json(&manifest, from);
        m->random = manifest.random;
        if (manifest.len > place - 64)
            return; /* it does not fit */
        memset(m->bytes + 64, 0, place - 64);
        memcpy(m->bytes + 64, manifest.bytes, manifest.len);
        manifest_len = manifest.len;
        if ((64 + manifest.len + 63) / 64 * 64 != place) /* keep the sections where they are */
            memset(m->bytes + 64 + manifest.len, ' ', place - 64 - manifest.len),
                manifest_len = place - 64;
        memcpy(m->bytes + 24, &manifest_len, sizeof manifest_len);
    } else {
        damage_bytes(m);
    }
    if (m->len < 64 || below(m, 50) == 0)
        return;
    uint64_t len = m->len;
    if (below(m, 8) != 0)
        memcpy(m->bytes + 16, &len, sizeof len);
    uint64_t checksum = wn__xxh3_with_hole(m->bytes, m->len, 32);
    memcpy(m->bytes + 32, &checksum, sizeof checksum);
}

/* ---- The families ---- */

#endif
