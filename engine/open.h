/* open.h - from a model file to a model. */
#ifndef WN_OPEN_H
#define WN_OPEN_H

#include "model.h"

/* Opens path; options are complete. Errors: all. */
wn_status wn__open_path(const char *path, const wn_open_options *options, const wn_model **model,
                        wn_error *error);

/* Opens a file image that stays the caller's. */
wn_status wn__open_bytes(const uint8_t *bytes, size_t len, const wn_open_options *options,
                         const wn_model **model, wn_error *error);

#endif /* WN_OPEN_H */
