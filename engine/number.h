/* number.h - decimal numbers in text, read exactly and without a locale. */
#ifndef WN_NUMBER_H
#define WN_NUMBER_H

#include "base.h"

/* Reads text[0..len), all of it, as a decimal number: sign, digits with a point among them, and an
 * exponent behind "e", all optional but one digit. *value is the double next to it (half-way: the
 * even one), as strtod has it in the C locale; infinite where it is too large. False when it is no
 * such number; "inf", "nan" and hexadecimal are none. */
bool wn__number_parse(const uint8_t *text, size_t len, double *value);

/* Reads text[0..len) as an integer with an optional sign; false when it is none or out of range. */
bool wn__number_parse_i32(const uint8_t *text, size_t len, int32_t *value);

#endif /* WN_NUMBER_H */
