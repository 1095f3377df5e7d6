/* options.h - option structs that start with their size, so that they can grow. */
#ifndef WN_OPTIONS_H
#define WN_OPTIONS_H

#include "base.h"

/* Copies a caller's struct of whatever size into ours, the rest zero. NULL options leave ours zero.
 * False when the size cannot be right: smaller than the size field itself. A larger struct comes
 * from a newer caller; what this build does not know must then be zero. */
static inline bool wn__options_read(void *ours, size_t our_size, const void *options)
{
    memset(ours, 0, our_size);
    if (options == NULL)
        return true;
    size_t size;
    memcpy(&size, options, sizeof size);
    if (size < sizeof size || size > 4096)
        return false;
    memcpy(ours, options, size < our_size ? size : our_size);
    for (size_t i = our_size; i < size; i++) {
        if (((const unsigned char *)options)[i] != 0)
            return false;
    }
    return true;
}

#endif /* WN_OPTIONS_H */
