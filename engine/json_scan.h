/* json_scan.h - limits and strictness for JSON text, before it is parsed. */
#ifndef WN_JSON_SCAN_H
#define WN_JSON_SCAN_H

#include "base.h"

/* Checks that text[0..len) begins like a JSON object (else FORMAT), is valid UTF-8 without NUL, raw
 * control characters or \u0000 in strings (CORRUPT), and keeps the limits on size, depth and
 * number of values (LIMIT). Allocates nothing; whether it is JSON is the parser's to say. base: the
 * text's offset in its file, for messages. */
wn_status wn__json_scan(const char *text, size_t len, uint64_t base, wn_error *error);

/* Of text that passed the scan: does it begin with an object that the parser takes if it has the
 * memory? The parser itself does not tell damage and a lack of memory apart. */
bool wn__json_is_sound(const char *text, size_t len);

#endif /* WN_JSON_SCAN_H */
