/* number.c - decimal numbers to doubles, correctly rounded.
 *
 * strtod is exact too, but it reads the locale's decimal point and wants a NUL behind the text.
 * Here a number is an integer times a power of ten; its first 64 bits and whether anything follows
 * them decide the rounding. Up to 19 digits and powers up to 27, which is what programs print,
 * those bits come from one division of 128 bits, all else from a long division of large integers.
 */
#include "number.h"

/* Digits that can decide: no half-way point between doubles has more than 767. */
#define MAX_DIGITS 800
/* 32 bits each. 10^MAX_DIGITS has 2658 bits, 5^MAX_POWER 2787, and one more is shifted in. */
#define MAX_LIMBS 96
/* The smallest double that is not zero is about 10^-324, of MAX_DIGITS digits. */
#define MAX_POWER 1200

/* A number without its sign: digits (a sequence with a point in it) times 10^exponent. */
typedef struct decimal {
    const uint8_t *digits; /* from the first that is not 0 */
    size_t n_digits;       /* from there to the last, the point not counted */
    int64_t exponent;      /* of the last digit */
} decimal;

/* The double next to top * 2^exponent and, where more, a little: top has its highest bit set. */
static double round_to_double(uint64_t top, int64_t exponent, bool more)
{
    int64_t highest = exponent + 63; /* 2^highest <= number */
    uint64_t bits;
    if (highest > 1023) {
        bits = (uint64_t)0x7ff << 52;
    } else {
        int64_t drop = highest >= -1022 ? 11 : 11 + (-1022 - highest);
        if (drop > 64)
            return 0.0;
        uint64_t kept = drop == 64 ? 0 : top >> drop;
        uint64_t rest = drop == 64 ? top : top & (((uint64_t)1 << drop) - 1);
        uint64_t half = (uint64_t)1 << (drop - 1);
        kept += rest > half || (rest == half && (more || (kept & 1) != 0));
        /* A carry out of the fraction adds one to the exponent, as it should. */
        uint64_t biased = highest >= -1022 ? (uint64_t)(highest + 1022) : 0;
        bits = (biased << 52) + kept;
    }
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- Up to 19 digits ---- */

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide;

static int leading_zeros(wide v)
{
    uint64_t high = (uint64_t)(v >> 64);
    return high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)v);
}

/* integer * 10^power, which is not 0; false when that is not for here. */
static bool convert_short(uint64_t integer, int64_t power, double *value)
{
    if (power < -27 || power > 27)
        return false;
    uint64_t five = 1; /* 5^27 < 2^63 */
    for (int64_t i = power < 0 ? -power : power; i > 0; i--)
        five *= 5;
    wide product;
    bool more = false;
    int64_t exponent = power;
    if (power >= 0) {
        product = (wide)integer * five;
    } else {
        int shift = __builtin_clzll(integer);
        wide dividend = (wide)(integer << shift) << 64;
        product = dividend / five;
        more = dividend % five != 0;
        exponent -= shift + 64;
    }
    int shift = leading_zeros(product);
    product <<= shift;
    more |= (uint64_t)product != 0;
    *value = round_to_double((uint64_t)(product >> 64), exponent + 64 - shift, more);
    return true;
}

#else

static bool convert_short(uint64_t integer, int64_t power, double *value)
{
    (void)integer;
    (void)power;
    (void)value;
    return false;
}

#endif

/* ---- Any number of digits ---- */

/* A large integer; limbs above n are 0. */
typedef struct large {
    uint32_t limbs[MAX_LIMBS]; /* lowest first */
    size_t n;
} large;

static void multiply_add(large *a, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < a->n; i++) {
        carry += (uint64_t)a->limbs[i] * factor;
        a->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        a->limbs[a->n++] = (uint32_t)carry;
}

static size_t bit_length(const large *a)
{
    return a->n * 32 - (size_t)__builtin_clz(a->limbs[a->n - 1]);
}

static void shift_left(large *a, size_t bits)
{
    size_t whole = bits / 32, part = bits % 32;
    for (size_t i = a->n + 1; i-- > 0;) {
        uint32_t low = i > 0 && part > 0 ? a->limbs[i - 1] >> (32 - part) : 0;
        uint32_t high = i < a->n ? a->limbs[i] << part : 0;
        a->limbs[i + whole] = high | low;
    }
    memset(a->limbs, 0, whole * sizeof a->limbs[0]);
    a->n += whole;
    a->n += a->limbs[a->n] != 0;
}

static bool is_less(const large *a, const large *b)
{
    size_t n = a->n > b->n ? a->n : b->n;
    for (size_t i = n; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i];
    }
    return false;
}

/* a -= b, which is not larger. */
static void subtract(large *a, const large *b)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < a->n; i++) {
        uint64_t difference = (uint64_t)a->limbs[i] - b->limbs[i] - borrow;
        a->limbs[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    while (a->n > 0 && a->limbs[a->n - 1] == 0)
        a->n--;
}

/* Reads the digits that can decide; *more: others follow that are not all 0. */
static void read_digits(const decimal *d, large *out, int64_t *power, bool *more)
{
    size_t n = d->n_digits, n_read = 0;
    *power = d->exponent;
    *more = false;
    out->limbs[0] = 0;
    out->n = 1;
    for (const uint8_t *p = d->digits; n_read < n; p++) {
        if (*p == '.')
            continue;
        if (n_read < MAX_DIGITS)
            multiply_add(out, 10, (uint32_t)(*p - '0'));
        else
            *more |= *p != '0';
        n_read++;
    }
    if (n > MAX_DIGITS)
        *power += (int64_t)(n - MAX_DIGITS);
}

/* The digits divided by, or multiplied with, a power of five, 64 bits of it. */
static double convert_long(const decimal *d)
{
    large a = {{0}, 0}, b = {{1}, 1};
    int64_t power;
    bool more;
    read_digits(d, &a, &power, &more);
    int64_t n = power < 0 ? -power : power;
    for (; n >= 13; n -= 13)
        multiply_add(power < 0 ? &b : &a, 1220703125, 0); /* 5^13 */
    for (; n > 0; n--)
        multiply_add(power < 0 ? &b : &a, 5, 0);
    int64_t exponent = power;
    size_t bits_a = bit_length(&a), bits_b = bit_length(&b);
    if (bits_a < bits_b)
        shift_left(&a, bits_b - bits_a);
    else
        shift_left(&b, bits_a - bits_b);
    exponent += (int64_t)bits_a - (int64_t)bits_b;
    if (is_less(&a, &b)) {
        shift_left(&a, 1);
        exponent--;
    }
    uint64_t top = 0; /* a / b, which is in [1, 2) */
    for (int i = 0; i < 64; i++) {
        bool bit = !is_less(&a, &b);
        if (bit)
            subtract(&a, &b);
        top = top << 1 | bit;
        shift_left(&a, 1);
    }
    return round_to_double(top, exponent - 63, more || a.n > 0);
}

static double convert(const decimal *d)
{
    /* 10^magnitude <= number < 10^(magnitude + 1) */
    int64_t magnitude = d->exponent + (int64_t)d->n_digits - 1;
    if (d->n_digits == 0 || magnitude < -330)
        return 0.0;
    if (magnitude > 310)
        return round_to_double((uint64_t)1 << 63, 1024, false);
    if (d->n_digits <= 19) {
        uint64_t integer = 0;
        size_t n = 0;
        double value;
        for (const uint8_t *p = d->digits; n < d->n_digits; p++) {
            if (*p == '.')
                continue;
            integer = integer * 10 + (uint64_t)(*p - '0');
            n++;
        }
        if (convert_short(integer, d->exponent, &value))
            return value;
    }
    return convert_long(d);
}

/* ---- Text ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The exponent at text[*at..len), behind the "e". Clipped: no text is long enough to bring an
 * exponent of 2^50 back. */
static bool read_exponent(const uint8_t *text, size_t len, size_t *at, int64_t *exponent)
{
    bool negative = *at < len && text[*at] == '-';
    if (*at < len && (text[*at] == '-' || text[*at] == '+'))
        (*at)++;
    size_t begin = *at;
    *exponent = 0;
    for (; *at < len && is_digit(text[*at]); (*at)++) {
        if (*exponent < (int64_t)1 << 50)
            *exponent = *exponent * 10 + (text[*at] - '0');
    }
    if (negative)
        *exponent = -*exponent;
    return *at > begin;
}

bool wn__number_parse(const uint8_t *text, size_t len, double *value)
{
    size_t at = 0, n_all = 0, n_fraction = 0;
    bool negative = len > 0 && text[0] == '-', has_point = false;
    decimal d = {text, 0, 0};
    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        at++;
    for (; at < len && (is_digit(text[at]) || (text[at] == '.' && !has_point)); at++) {
        if (text[at] == '.') {
            has_point = true;
            continue;
        }
        n_all++;
        n_fraction += has_point;
        if (d.n_digits == 0 && text[at] == '0')
            continue;
        if (d.n_digits == 0)
            d.digits = text + at;
        d.n_digits++;
    }
    if (n_all == 0)
        return false;
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (!read_exponent(text, len, &at, &d.exponent))
            return false;
    }
    if (at != len)
        return false;
    d.exponent -= (int64_t)n_fraction;
    double magnitude = convert(&d);
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool wn__number_parse_i32(const uint8_t *text, size_t len, int32_t *value)
{
    size_t at = len > 0 && (text[0] == '-' || text[0] == '+');
    bool negative = at > 0 && text[0] == '-';
    int64_t number = 0;
    if (at == len)
        return false;
    for (; at < len; at++) {
        if (!is_digit(text[at]))
            return false;
        number = number * 10 + (text[at] - '0');
        if (number > (int64_t)INT32_MAX + 1)
            return false;
    }
    number = negative ? -number : number;
    if (number > INT32_MAX)
        return false;
    *value = (int32_t)number;
    return true;
}
