/* format.c - which formats there are. */
#include "format.h"

static const wn__format *const formats[] = {
    &wn__format_winnow,
    &wn__format_fasttext,
    &wn__format_liblinear,
    &wn__format_json,
};

wn_status wn__format_read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error)
{
    for (size_t i = 0; i < WN__COUNT(formats); i++) {
        if (!formats[i]->probe(bytes, len))
            continue;
        if (spec->vocabulary.len > 0 && formats[i] != &wn__format_liblinear) {
            return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                            "a vocabulary is for LIBLINEAR models alone: this one has its own");
        }
        spec->format = formats[i]->name;
        return formats[i]->read(spec, bytes, len, error);
    }
    return wn__fail(error, WN_ERROR_FORMAT, 0,
                    len == 0 ? "the file is empty"
                             : "not a model: neither winnow (.winnow, .json) nor fastText (.bin, "
                               ".ftz) nor LIBLINEAR");
}
