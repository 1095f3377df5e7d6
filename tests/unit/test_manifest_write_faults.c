/* test_manifest_write_faults.c - manifest_write.c in a locale that has a decimal comma.
 *
 * The file is compiled here a second time, with a call of our own in place of the system's: such a
 * locale need not be installed.
 */
#include "support.h"

#include <criterion/criterion.h>
#include <stdarg.h>

static int comma_snprintf(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '.' ? ',' : *c;
    return n;
}

#undef snprintf /* _FORTIFY_SOURCE may have made it a macro */
#define snprintf comma_snprintf
#define wn__manifest_write comma_manifest_write

#include "../../engine/manifest_write.c"

Test(manifest_write, a_decimal_comma_becomes_a_point)
{
    static const double numbers[] = {0.5, -1.25e-300, 3, 1e300};
    wn__spec spec;
    wn__array_ref ref;
    wn__spec_init(&spec, NULL);
    wn__array *array = wn__spec_add_array(&spec, "n", &ref);
    array->dtype = WN__F64;
    array->shape[0] = WN__COUNT(numbers);
    array->data = (const uint8_t *)numbers;
    array->size = sizeof numbers;
    wn__writer w = {.heap = &spec.heap};
    wn__manifest_write(&w, &spec, true);
    wn__write(&w, "", 1);
    cr_assert_not(w.failed);
    cr_expect_not_null(strstr(w.buffer.data, "[0.5, -1.25e-300, 3, 1.0000000000000001e+300]"), "%s",
                       (const char *)w.buffer.data);
    wn__spec_free(&spec);
}
