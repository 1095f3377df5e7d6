/* avx512.c - the kernel for x86-64 processors with AVX-512 (servers of Intel since 2017, AMD since
 * 2022). */
#include "kernel.h"

#if defined(__x86_64__) && !defined(WN_PORTABLE)

/* For this file alone: the rest of the library runs on every x86-64. */
#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,bmi,popcnt"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,bmi,popcnt")
#endif

#define WN_LANES_AVX512
#include "lanes.h"

static bool has_avx512(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

const wn__kernel wn__kernel_avx512 = KERNEL("avx512", has_avx512);

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
