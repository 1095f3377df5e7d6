/* format_json.c - the JSON model file: a manifest with its arrays inline.
 *
 * Meant for small models, for reading, for diffs, and for trainers in other languages: write this,
 * then `winnow convert` makes the binary file. models/schema.json is its JSON Schema.
 */
#include "format.h"
#include "json_scan.h"
#include "manifest.h"

static bool probe(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '{')
            return true;
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n')
            return false;
    }
    return false;
}

static wn_status read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error)
{
    return wn__manifest_read(spec, (const char *)bytes, len, 0, NULL, error);
}

static wn_status write(wn__writer *w, const wn__spec *spec, wn_error *error)
{
    wn__manifest_write(w, spec, true);
    if (w->failed)
        return wn__no_memory(error);
    if (w->len > WN__MAX_JSON_SIZE) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "the model needs %zu bytes of JSON, more than the 1 GiB that can be read "
                        "back: use the binary format",
                        w->len);
    }
    if (wn__json_scan(w->buffer.data, w->len, 0, NULL) == WN_ERROR_LIMIT) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "the model needs more than the 8 million values of JSON that can be read "
                        "back: store fewer probes");
    }
    return WN_OK;
}

const wn__format wn__format_json = {"json", probe, read, write};
