/* manifest.h - the JSON description of a model, read and written from one table of fields.
 *
 * The manifest is an object; MODEL, BLOCK, MATRIX ... below name the tables in manifest_fields.c
 * that define it (models/schema.json says the same to other programs):
 *
 *     { "winnow": 1, MODEL fields,
 *       "blocks": [ BLOCK ... ], "probes": [ {"text", "scores"} ... ],
 *       "arrays": { name: ARRAY ... } }
 *
 * An ARRAY carries "dtype", "shape" and its place. In the binary format that is "offset" and
 * "size", in bytes from the start of the sections; in the JSON format "data" (base64 of the
 * little-endian bytes) or "values" (a flat list, row by row, of numbers or strings).
 * Unknown and duplicate keys are refused everywhere: a misspelt option must not be ignored.
 */
#ifndef WN_MANIFEST_H
#define WN_MANIFEST_H

#include "bytes.h"
#include "spec.h"

#define WN__MANIFEST_VERSION 1

/* Where the arrays of a binary file lie; NULL sections: the arrays stand in the manifest. */
typedef struct wn__sections {
    const uint8_t *data; /* [size] */
    size_t size;
    uint64_t offset; /* of data in the file, for messages */
} wn__sections;

/* Reads a manifest, text[0..len), into an initialised spec. base is its offset in the file, for
 * messages. Array data of sections is referred to, not copied; everything else is copied.
 * Errors: FORMAT (not JSON at all or no manifest), VERSION, CORRUPT, LIMIT, MEMORY. */
wn_status wn__manifest_read(wn__spec *spec, const char *text, size_t len, uint64_t base,
                            const wn__sections *sections, wn_error *error);

/* Writes the manifest of a spec: with the arrays inline, or with their places in the sections
 * (arrays in order, each at the next multiple of 64). Equal specs give equal bytes. */
void wn__manifest_write(wn__writer *w, const wn__spec *spec, bool arrays_inline);

#endif /* WN_MANIFEST_H */
