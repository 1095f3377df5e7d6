/* format.h - the table of model file formats; one format a file, one line in format.c. */
#ifndef WN_FORMAT_H
#define WN_FORMAT_H

#include "bytes.h"
#include "spec.h"

typedef struct wn__format {
    const char *name;
    /* Could these bytes be of this format? Looks at the first bytes only. */
    bool (*probe)(const uint8_t *bytes, size_t len);
    /* Reads a file image into an initialised spec, which may refer to the bytes. */
    wn_status (*read)(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error);
    /* Writes a spec as a file image; NULL: the format is only read. */
    wn_status (*write)(wn__writer *w, const wn__spec *spec, wn_error *error);
} wn__format;

extern const wn__format wn__format_winnow, wn__format_json, wn__format_fasttext,
    wn__format_liblinear;

/* Where the rows of a large dense fastText file lie, by its first bytes and its length: *begin,
 * *size. False: it is none, or a small one. Only a guess: the reader finds out. */
bool wn__format_fasttext_rows(const uint8_t *bytes, size_t n, size_t len, size_t *begin,
                              size_t *size);
#define WN__FASTTEXT_HEADER 92

/* Reads a file image in whatever format it has. */
wn_status wn__format_read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error);

#endif /* WN_FORMAT_H */
