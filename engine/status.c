/* status.c - names of statuses, and the one way to report a failure. */
#include "base.h"

#include <stdio.h>

const char *wn_status_name(wn_status status)
{
    static const char *const names[] = {
        "ok", "argument", "memory", "io", "format", "version", "corrupt", "unsupported", "limit",
    };
    if ((unsigned)status >= WN__COUNT(names))
        return "unknown";
    return names[status];
}

wn_status wn__fail(wn_error *error, wn_status status, uint64_t offset, const char *format, ...)
{
    if (error == NULL)
        return status;
    error->status = status;
    error->offset = offset;
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    /* Controls could steer a terminal: ASCII ones, and C1 ones as UTF-8 has them (C2 80 .. C2 9F).
     */
    for (unsigned char *c = (unsigned char *)error->message; *c != '\0'; c++) {
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = '?';
        else if (*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
    return status;
}

wn_status wn__no_memory(wn_error *error)
{
    return wn__fail(error, WN_ERROR_MEMORY, WN__NO_OFFSET, "out of memory");
}
