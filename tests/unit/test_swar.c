/* test_swar.c - bytes of a text that are looked at many at once, against one at a time. */
#include "swar.h"
#include "token_bits.h"

#include <criterion/criterion.h>
#include <ctype.h>

Test(swar, bytes_in_a_range_are_found_wherever_they_are)
{
    static const struct {
        uint8_t first, last;
    } ranges[] = {{0, 0},     {'\n', '\n'}, {0x09, 0x0D}, {0x1C, 0x1F}, {' ', ' '},  {' ', 0x7F},
                  {'!', '~'}, {'0', '9'},   {'a', 'z'},   {0, 0x7F},    {0x7F, 0x7F}};
    for (size_t r = 0; r < WN__COUNT(ranges); r++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            bool is_in = byte >= ranges[r].first && byte <= ranges[r].last;
            for (unsigned at = 0; at < 8; at++) {
                /* Neighbours that would carry into the byte, or take its carry. */
                for (unsigned other = 0; other < 256; other += 51) {
                    uint8_t text[8];
                    memset(text, (int)other, sizeof text);
                    text[at] = (uint8_t)byte;
                    uint64_t found =
                        wn__swar_between(wn__swar_load(text), ranges[r].first, ranges[r].last);
                    cr_assert_eq(found & ~(WN__EACH * 0x80), 0);
                    cr_assert_eq(wn__swar_bits(found) >> at & 1, is_in, "%u at %u in %u..%u", byte,
                                 at, ranges[r].first, ranges[r].last);
                }
            }
        }
    }
}

Test(swar, bits_of_a_mask_are_its_bytes)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        uint64_t mask = 0;
        for (unsigned i = 0; i < 8; i++)
            mask |= (uint64_t)(bits >> i & 1 ? 0x80 : 0) << (8 * i);
        cr_assert_eq(wn__swar_bits(mask), bits);
    }
}

Test(swar, token_bits_are_those_of_each_byte)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_ascii = byte < 0x80;
        bool is_word = is_ascii && (isalnum((int)byte) || byte == '_');
        bool is_space = is_ascii && (isspace((int)byte) || (byte >= 0x1C && byte <= 0x1F));
        for (unsigned at = 0; at < 64; at++) {
            uint8_t text[64];
            uint64_t high;
            memset(text, ' ', sizeof text);
            text[at] = (uint8_t)byte;
            cr_assert_eq(wn__token_bits(text, false, &high), (uint64_t)is_word << at, "%u", byte);
            cr_assert_eq(high, (uint64_t)!is_ascii << at, "%u", byte);
            cr_assert_eq(wn__token_bits(text, true, &high), (uint64_t)(is_ascii && !is_space) << at,
                         "%u", byte);
        }
    }
}
