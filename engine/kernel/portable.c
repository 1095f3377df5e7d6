/* portable.c - the kernel that runs everywhere the compiler targets, and the list of all. */
#include "lanes.h"

static bool always(void)
{
    return true;
}

const wn__kernel wn__kernel_portable = KERNEL("portable", always);

/* WN_PORTABLE: only this one is built in. */
const wn__kernel *const wn__kernels[] = {
#if defined(__x86_64__) && !defined(WN_PORTABLE)
    &wn__kernel_avx512,
    &wn__kernel_avx2,
#endif
    &wn__kernel_portable,
};

const size_t wn__n_kernels = WN__COUNT(wn__kernels);

const wn__kernel *wn__kernel_best(void)
{
    size_t i = 0;
    while (!wn__kernels[i]->is_supported())
        i++;
    return wn__kernels[i];
}
