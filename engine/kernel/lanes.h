/* lanes.h - the source of all kernels: included once by each file that compiles it for one kind of
 * processor. Vectors are the compiler's own (GCC, Clang), as wide as the target's registers; only
 * the scan needs its instructions by name.
 */
#include "kernel.h"

#include "swar.h"

#if defined(WN_LANES_AVX512)
#include <immintrin.h>
#define LANES 16
#elif defined(WN_LANES_AVX2)
#include <immintrin.h>
#define LANES 8
#else
#define LANES 4
#endif

/* ---- The scan ---- */

/* 64 bytes of text as bits: 1 where a separator is. */
WN__ALWAYS_INLINE uint64_t separators(const uint8_t *text)
{
    uint64_t bits = 0;
#if defined(WN_LANES_AVX512)
    __m512i x = _mm512_loadu_si512(text);
    __m512i control = _mm512_sub_epi8(x, _mm512_set1_epi8('\t'));
    bits = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(' ')) | _mm512_testn_epi8_mask(x, x) |
           _mm512_cmple_epu8_mask(control, _mm512_set1_epi8('\r' - '\t'));
#elif defined(WN_LANES_AVX2)
    for (int i = 0; i < 2; i++) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32 * i));
        __m256i control = _mm256_sub_epi8(x, _mm256_set1_epi8('\t'));
        __m256i found = _mm256_or_si256(
            _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8(' ')),
                            _mm256_cmpeq_epi8(x, _mm256_setzero_si256())),
            _mm256_cmpeq_epi8(_mm256_min_epu8(control, _mm256_set1_epi8('\r' - '\t')), control));
        bits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(found) << (32 * i);
    }
#elif defined(WN__SSE2)
    for (int i = 0; i < 4; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
        __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')),
                                                  _mm_cmpeq_epi8(x, _mm_setzero_si128())),
                                     wn__sse2_between(x, '\t', '\r'));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << (16 * i);
    }
#else
    for (int i = 0; i < 64; i += 8) {
        uint64_t x = wn__swar_load(text + i);
        uint64_t found = wn__swar_between(x, ' ', ' ') | wn__swar_between(x, '\0', '\0') |
                         wn__swar_between(x, '\t', '\r');
        bits |= (uint64_t)wn__swar_bits(found) << i;
    }
#endif
    return bits;
}

/* Where the bits are 1: at + i for bit i, in places; returns how many. WN__EDGES_SLACK places
 * behind those may be written to. */
WN__ALWAYS_INLINE size_t list_bits(uint64_t bits, uint32_t at, uint32_t *places)
{
    size_t n = 0;
#if defined(WN_LANES_AVX512)
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i all = _mm512_add_epi32(first, _mm512_set1_epi32((int)at));
    for (int i = 0; i < 4; i++) {
        __mmask16 some = (__mmask16)(bits >> 16 * i);
        _mm512_storeu_si512(places + n, _mm512_maskz_compress_epi32(some, all));
        n += (size_t)__builtin_popcount(some);
        all = _mm512_add_epi32(all, _mm512_set1_epi32(16));
    }
#else
    for (; bits != 0; bits &= bits - 1)
        places[n++] = at + (uint32_t)__builtin_ctzll(bits);
#endif
    return n;
}

static size_t find_edges(const uint8_t *text, size_t len, bool after_separator, uint32_t *edges)
{
    uint64_t before = after_separator ? 1 : 0;
    size_t n = 0, at = 0;
    for (; len - at >= 64; at += 64) {
        uint64_t bits = separators(text + at);
        n += list_bits(bits ^ (bits << 1 | before), (uint32_t)at, edges + n);
        before = bits >> 63;
    }
    if (len > at) {
        uint8_t copy[64] = {0};
        memcpy(copy, text + at, len - at);
        uint64_t bits = separators(copy), inside = ((uint64_t)1 << (len - at)) - 1;
        n += list_bits((bits ^ (bits << 1 | before)) & inside, (uint32_t)at, edges + n);
    }
    return n;
}

/* ---- Hashes ---- */

/* Starts of parts that are hashed together. */
enum { STARTS = LANES > 4 ? 8 : 4 };
typedef uint32_t u32s __attribute__((vector_size(STARTS * 4), aligned(4), may_alias));

/* The upper halves of the products a[i] * b. */
WN__ALWAYS_INLINE u32s high_halves(u32s a, uint32_t b)
{
#if LANES > 4
    __m256i x = (__m256i)a, factor = _mm256_set1_epi64x(b);
    __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(x, factor), 32);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), factor);
    return (u32s)_mm256_blend_epi32(even, odd, 0xaa);
#else
    for (size_t i = 0; i < STARTS; i++)
        a[i] = (uint32_t)((uint64_t)a[i] * b >> 32);
    return a;
#endif
}

/* Several starts at once: FNV-1a takes a byte after the other, but every start is on its own. */
static void hash_parts(const uint8_t *word, size_t len, size_t shortest, size_t longest,
                       uint32_t bucket, uint32_t inverse, uint32_t buckets[][WN__SHORT_WORD])
{
    uint32_t bytes[WN__SHORT_WORD + WN__SHORT_PART + 8] = {0};
    for (size_t i = 0; i < WN__SHORT_WORD + longest; i++)
        bytes[i] = word[i];
    for (size_t first = 0; first < len; first += STARTS) {
        u32s hashes = (u32s){0} + 2166136261u;
        for (size_t n = 0; n < longest; n++) {
            hashes = (hashes ^ *(const u32s *)(bytes + first + n)) * 16777619u;
            if (n + 1 < shortest)
                continue;
            /* The quotient is right or one too small. */
            u32s rest = hashes - high_halves(hashes, inverse) * bucket;
            *(u32s *)(buckets[n] + first) = rest - ((u32s)(rest >= bucket) & bucket);
        }
    }
}

/* ---- Rows ---- */

/* Vectors of floats, wherever they lie; f32s is as wide as a register. */
typedef float f32x4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float f32s __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
#if LANES > 4
typedef float f32x8 __attribute__((vector_size(32), aligned(4), may_alias));
#endif

/* Adds a part of every row, [width], as n_vectors vectors; their number is a constant where it is
 * called, and the sums stay in registers. The last vector ends where the part does, and so takes
 * some of the one before it once more: twice the same sum. */
#define DEFINE_ADD_VECTORS(VECTOR)                                                                 \
    WN__ALWAYS_INLINE void add_##VECTOR(float *y, const float *table, size_t stride,               \
                                        const uint32_t *ids, size_t n, size_t n_vectors,           \
                                        size_t width)                                              \
    {                                                                                              \
        VECTOR sums[MOST_SUMS];                                                                    \
        const size_t lanes = sizeof(VECTOR) / sizeof(float), before = n_vectors - 1;               \
        const size_t last = width - lanes;                                                         \
        for (size_t v = 0; v < before; v++)                                                        \
            sums[v] = *(const VECTOR *)(y + v * lanes);                                            \
        sums[before] = *(const VECTOR *)(y + last);                                                \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float *row = table + ids[i] * stride;                                            \
            for (size_t v = 0; v < before; v++)                                                    \
                sums[v] += *(const VECTOR *)(row + v * lanes);                                     \
            sums[before] += *(const VECTOR *)(row + last);                                         \
        }                                                                                          \
        for (size_t v = 0; v < before; v++)                                                        \
            *(VECTOR *)(y + v * lanes) = sums[v];                                                  \
        *(VECTOR *)(y + last) = sums[before];                                                      \
    }

#define MOST_SUMS 14

DEFINE_ADD_VECTORS(f32s)
#if LANES > 4
DEFINE_ADD_VECTORS(f32x4)
#endif
#if LANES > 8
DEFINE_ADD_VECTORS(f32x8)
#endif

/* Rows of at least one vector. */
static void add_long_rows(float *y, const float *table, size_t stride, const uint32_t *ids,
                          size_t n, size_t width)
{
    while (width > 0) {
        size_t n_vectors = (width + LANES - 1) / LANES, part = width;
        if (n_vectors > MOST_SUMS) {
            /* The last part has at least two vectors, and so one for the last to reach into. */
            n_vectors = n_vectors == MOST_SUMS + 1 ? MOST_SUMS - 1 : MOST_SUMS;
            part = n_vectors * LANES;
        }
        switch (n_vectors) {
#define CASE(N)                                                                                    \
    case N:                                                                                        \
        add_f32s(y, table, stride, ids, n, N, part);                                               \
        break
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
            CASE(7);
            CASE(8);
            CASE(9);
            CASE(10);
            CASE(11);
            CASE(12);
            CASE(13);
            CASE(14);
#undef CASE
        default:
            break;
        }
        y += part;
        table += part;
        width -= part;
    }
}

static void add_rows(float *y, const float *table, size_t stride, const uint32_t *ids, size_t n,
                     size_t width)
{
    if (width >= LANES) {
        add_long_rows(y, table, stride, ids, n, width);
        return;
    }
#if LANES > 8
    if (width >= 8) {
        add_f32x8(y, table, stride, ids, n, 2, width);
        return;
    }
#endif
#if LANES > 4
    if (width >= 4) {
        add_f32x4(y, table, stride, ids, n, 2, width);
        return;
    }
#endif
    for (size_t j = 0; j < width; j++) {
        for (size_t i = 0; i < n; i++)
            y[j] += table[ids[i] * stride + j];
    }
}

#define DEFINE_ADD_SHORT(VECTOR)                                                                   \
    WN__ALWAYS_INLINE void add_short_##VECTOR(float *y, const float *table, size_t stride,         \
                                              const uint32_t *ids, size_t n)                       \
    {                                                                                              \
        VECTOR sums[4] = {{0}, {0}, {0}, {0}};                                                     \
        size_t i = 0;                                                                              \
        for (; n - i >= 4; i += 4) {                                                               \
            for (size_t s = 0; s < 4; s++)                                                         \
                sums[s] += *(const VECTOR *)(table + ids[i + s] * stride);                         \
        }                                                                                          \
        for (size_t s = 0; i + s < n; s++)                                                         \
            sums[s] += *(const VECTOR *)(table + ids[i + s] * stride);                             \
        *(VECTOR *)y += (sums[0] + sums[1]) + (sums[2] + sums[3]);                                 \
    }

DEFINE_ADD_SHORT(f32x4)
#if LANES > 4
DEFINE_ADD_SHORT(f32x8)
#endif

static void add_short_rows(float *y, const float *table, size_t stride, const uint32_t *ids,
                           size_t n, size_t width)
{
    size_t j = 0;
#if LANES > 4
    for (; width - j >= 8; j += 8)
        add_short_f32x8(y + j, table + j, stride, ids, n);
#endif
    for (; j < width; j += 4)
        add_short_f32x4(y + j, table + j, stride, ids, n);
}

/* ---- Sums of scaled rows ---- */

/* As many doubles as a register holds, wherever they lie, and as many floats. */
typedef double f64s __attribute__((vector_size(LANES * 4), aligned(8), may_alias));
typedef int64_t i64s __attribute__((vector_size(LANES * 4), aligned(8), may_alias));
typedef float f32half __attribute__((vector_size(LANES * 2), aligned(4), may_alias));
enum { DOUBLES = LANES / 2 };

WN__ALWAYS_INLINE f64s doubles_f64(const double *row)
{
    return *(const f64s *)row;
}

WN__ALWAYS_INLINE f64s doubles_f32(const float *row)
{
    return __builtin_convertvector(*(const f32half *)row, f64s);
}

/* Up to four vectors of every row stay in registers; N of them is a constant where it is called. */
#define DEFINE_ADD_SCALED(TYPE, NAME)                                                              \
    WN__ALWAYS_INLINE void scaled_vectors_##NAME(double *y, const TYPE *table, size_t stride,      \
                                                 const uint32_t *ids, const double *values,        \
                                                 size_t n, size_t n_vectors)                       \
    {                                                                                              \
        f64s sums[4];                                                                              \
        for (size_t v = 0; v < n_vectors; v++)                                                     \
            sums[v] = *(const f64s *)(y + v * DOUBLES);                                            \
        for (size_t i = 0; i < n; i++) {                                                           \
            const TYPE *row = table + ids[i] * stride;                                             \
            for (size_t v = 0; v < n_vectors; v++)                                                 \
                sums[v] += values[i] * doubles_##NAME(row + v * DOUBLES);                          \
        }                                                                                          \
        for (size_t v = 0; v < n_vectors; v++)                                                     \
            *(f64s *)(y + v * DOUBLES) = sums[v];                                                  \
    }                                                                                              \
    static void add_scaled_##NAME(double *y, const TYPE *table, size_t stride,                     \
                                  const uint32_t *ids, const double *values, size_t n,             \
                                  size_t width)                                                    \
    {                                                                                              \
        size_t j = 0;                                                                              \
        for (; width - j >= 4 * DOUBLES; j += 4 * DOUBLES)                                         \
            scaled_vectors_##NAME(y + j, table + j, stride, ids, values, n, 4);                    \
        for (; width - j >= 2 * DOUBLES; j += 2 * DOUBLES)                                         \
            scaled_vectors_##NAME(y + j, table + j, stride, ids, values, n, 2);                    \
        for (; width - j >= DOUBLES; j += DOUBLES)                                                 \
            scaled_vectors_##NAME(y + j, table + j, stride, ids, values, n, 1);                    \
        for (; j < width; j++) {                                                                   \
            double sum = y[j];                                                                     \
            for (size_t i = 0; i < n; i++)                                                         \
                sum += values[i] * (double)table[ids[i] * stride + j];                             \
            y[j] = sum;                                                                            \
        }                                                                                          \
    }

DEFINE_ADD_SCALED(double, f64)
DEFINE_ADD_SCALED(float, f32)

static float dot_f32(const float *restrict a, const float *restrict b, size_t n)
{
    float sums[16] = {0};
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        for (size_t lane = 0; lane < 16; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    }
    for (size_t lane = 0; i + lane < n; lane++)
        sums[lane] += a[i + lane] * b[i + lane];
    for (size_t half = 8; half > 0; half /= 2) {
        for (size_t lane = 0; lane < half; lane++)
            sums[lane] += sums[lane + half];
    }
    return sums[0];
}

/* ---- Exponentials ---- */

/* e^x for x of at most 0. With x = k ln 2 + r, |r| <= ln 2 / 2: 2^k times the Taylor series of e^r,
 * whose first term left out is below 2^-57. Below -708, where 2^k is about to leave the normal
 * numbers, it is 0. The terms are added in pairs (Estrin): one after the other they would wait for
 * each other, which took 1.7 times as long. */
WN__ALWAYS_INLINE f64s exponential(f64s x)
{
    const double to_integer = 0x1.8p52;                  /* adding it leaves k in the lowest bits */
    f64s shifted = x * 0x1.71547652b82fep0 + to_integer; /* log2(e) */
    f64s k = shifted - to_integer;
    f64s r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33; /* ln 2 in two parts */
    f64s r2 = r * r, r4 = r2 * r2;
    f64s low = ((r + 1.0) + (r * (1.0 / 6) + 0.5) * r2) +
               ((r * (1.0 / 120) + 1.0 / 24) + (r * (1.0 / 5040) + 1.0 / 720) * r2) * r4;
    f64s high = ((r * (1.0 / 362880) + 1.0 / 40320) + (r * (1.0 / 39916800) + 1.0 / 3628800) * r2) +
                (r * (1.0 / 6227020800) + 1.0 / 479001600) * r4;
    f64s series = low + high * (r4 * r4);
    i64s power = ((i64s)shifted + 1023) << 52;
    return (f64s)((i64s)(series * (f64s)power) & (i64s)(x >= -708.0));
}

WN__ALWAYS_INLINE double largest(const double *x, size_t n)
{
    f64s highest[8 / DOUBLES];
    double all[8];
    size_t at = 0;
    for (size_t v = 0; v < 8 / DOUBLES; v++)
        highest[v] = x[0] - (f64s){0};
    for (; n - at >= 8; at += 8) {
        for (size_t v = 0; v < 8 / DOUBLES; v++) {
            f64s more = *(const f64s *)(x + at + v * DOUBLES);
            i64s is_more = (i64s)(more > highest[v]);
            highest[v] = (f64s)(((i64s)more & is_more) | ((i64s)highest[v] & ~is_more));
        }
    }
    for (size_t v = 0; v < 8 / DOUBLES; v++)
        *(f64s *)(all + v * DOUBLES) = highest[v];
    for (; at < n; at++)
        all[0] = x[at] > all[0] ? x[at] : all[0];
    for (size_t i = 1; i < 8; i++)
        all[0] = all[i] > all[0] ? all[i] : all[0];
    return all[0];
}

static void softmax(const double *x, double *y, size_t n)
{
    double highest = largest(x, n), all[8], last[8];
    f64s sums[8 / DOUBLES] = {0};
    size_t at = 0;
    for (; n - at >= 8; at += 8) {
        for (size_t v = 0; v < 8 / DOUBLES; v++) {
            f64s e = exponential(*(const f64s *)(x + at + v * DOUBLES) - highest);
            sums[v] += e;
            *(f64s *)(y + at + v * DOUBLES) = e;
        }
    }
    if (at < n) { /* the rest, and what adds nothing */
        for (size_t i = 0; i < 8; i++)
            last[i] = i < n - at ? x[at + i] - highest : -1000.0;
        for (size_t v = 0; v < 8 / DOUBLES; v++) {
            f64s e = exponential(*(const f64s *)(last + v * DOUBLES));
            sums[v] += e;
            *(f64s *)(last + v * DOUBLES) = e;
        }
        memcpy(y + at, last, (n - at) * sizeof *y);
    }
    for (size_t v = 0; v < 8 / DOUBLES; v++)
        *(f64s *)(all + v * DOUBLES) = sums[v];
    for (size_t half = 4; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++)
            all[i] += all[i + half];
    }
    double share = 1.0 / all[0];
    for (size_t i = 0; i < n; i++)
        y[i] *= share;
}

/* ---- Products ---- */

/* Rows of a times one panel of b, as many as fit into the registers; the first `width` columns of
 * the panel are wanted. Asks for n_ahead rows of a panel that comes later. */
WN__ALWAYS_INLINE void product_block(const float *a, const float *panel, float *c, size_t c_stride,
                                     size_t n_rows, size_t n_vectors, size_t k, size_t width,
                                     const float *ahead, size_t n_ahead)
{
    f32s sums[8][WN__PANEL / LANES];
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t v = 0; v < n_vectors; v++)
            sums[r][v] = (f32s){0};
    }
    for (size_t j = 0; j < k; j++) {
        if (j < n_ahead)
            __builtin_prefetch(ahead + j * WN__PANEL);
        for (size_t r = 0; r < n_rows; r++) {
            for (size_t v = 0; v < n_vectors; v++)
                sums[r][v] += a[r * k + j] * *(const f32s *)(panel + j * WN__PANEL + v * LANES);
        }
    }
    for (size_t r = 0; r < n_rows; r++) {
        float row[WN__PANEL] = {0};
        for (size_t v = 0; v < n_vectors; v++)
            *(f32s *)(row + v * LANES) = sums[r][v];
        memcpy(c + r * c_stride, row, width * sizeof *c);
    }
}

static void product(const float *a, const float *panels, float *c, size_t c_stride, size_t m,
                    size_t k, size_t n)
{
    enum { VECTORS = WN__PANEL / LANES, ROWS = LANES < 16 ? 4 : 8 };
    for (size_t column = 0; column < n; column += WN__PANEL) {
        const float *panel = panels + column * k;
        size_t width = n - column < WN__PANEL ? n - column : WN__PANEL, i = 0;
        if (width <= WN__PANEL / 2 && VECTORS > 1) { /* half of the panel is empty */
            for (; m - i >= 2 * ROWS; i += 2 * ROWS)
                product_block(a + i * k, panel, c + i * c_stride + column, c_stride, 2 * ROWS,
                              VECTORS / 2, k, width, NULL, 0);
        }
        /* The next panel arrives while this one is used: 10 % of the time of 50,000 labels. */
        size_t share = n - column > WN__PANEL && m >= ROWS ? (k * ROWS + m - 1) / m : 0, asked = 0;
        for (; m - i >= ROWS; i += ROWS) {
            size_t n_ahead = share < k - asked ? share : k - asked;
            product_block(a + i * k, panel, c + i * c_stride + column, c_stride, ROWS, VECTORS, k,
                          width, panel + (k + asked) * WN__PANEL, n_ahead);
            asked += n_ahead;
        }
        for (; i < m; i++)
            product_block(a + i * k, panel, c + i * c_stride + column, c_stride, 1, VECTORS, k,
                          width, NULL, 0);
    }
}

WN__ALWAYS_INLINE void axpy_f64(double *restrict y, double a, const double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void product_f64(const double *a, const double *b, double *c, size_t m, size_t k, size_t n)
{
    for (size_t i = 0; i < m; i++) {
        memset(c + i * n, 0, n * sizeof *c);
        for (size_t j = 0; j < k; j++)
            axpy_f64(c + i * n, a[i * k + j], b + j * n, n);
    }
}

/* The table's entry of this file. */
#define KERNEL(NAME, SUPPORTED)                                                                    \
    {                                                                                              \
        NAME, SUPPORTED, find_edges, hash_parts, add_rows, add_short_rows, add_scaled_f64,         \
            add_scaled_f32, dot_f32, softmax, product, product_f64                                 \
    }
