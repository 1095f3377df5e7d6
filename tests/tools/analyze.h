/* analyze.h - what the static analysers cannot see, as they look at one file at a time: a function
 * that reports a failure returns the failure. Included in front of each file of the library. */
#include "base.h"

#define wn__fail(error, status, ...) (wn__fail(error, status, __VA_ARGS__), (status))
#define wn__no_memory(error) (wn__no_memory(error), WN_ERROR_MEMORY)
