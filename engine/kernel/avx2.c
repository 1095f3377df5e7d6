/* avx2.c - the kernel for x86-64 processors with AVX2 (Intel since 2013, AMD since 2015). */
#include "kernel.h"

#if defined(__x86_64__) && !defined(WN_PORTABLE)

/* For this file alone: the rest of the library runs on every x86-64. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi")
#endif

#define WN_LANES_AVX2
#include "lanes.h"

static bool has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

const wn__kernel wn__kernel_avx2 = KERNEL("avx2", has_avx2);

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
