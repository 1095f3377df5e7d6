/* test_heap.c - the memory of one object: alignment, counting, moving, overflow. */
#include "base.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Gives addresses that are aligned to 16 and to no more. */
static void *odd_allocate(void *user, size_t size)
{
    (void)user;
    unsigned char *p = aligned_alloc(64, (size + 127) & ~(size_t)63);
    return p == NULL ? NULL : p + 16;
}

static void odd_release(void *user, void *memory)
{
    (void)user;
    free((unsigned char *)memory - 16);
}

Test(heap, blocks_are_aligned_whatever_the_allocator_gives)
{
    const wn_allocator odd = {odd_allocate, odd_release, NULL};
    wn__heap heap;
    wn__heap_init(&heap, &odd);
    for (size_t size = 0; size < 300; size++) {
        unsigned char *p = wn__heap_alloc(&heap, size, 1);
        cr_assert_not_null(p);
        cr_assert_eq((uintptr_t)p & 63, 0, "%zu bytes", size);
        memset(p, 1, size);
    }
    wn__heap_free_all(&heap);
    cr_assert_eq(heap.held, 0);
}

Test(heap, held_is_what_the_allocator_was_asked_for)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    void *blocks[20];
    for (size_t i = 0; i < 20; i++) {
        blocks[i] = wn__heap_alloc(&heap, i, i);
        cr_assert_eq(heap.held, atomic_load(&t.bytes_live));
    }
    cr_assert_geq(heap.held, 2470, "0*0 + 1*1 + ... + 19*19");
    for (size_t i = 1; i < 20; i += 2) { /* from the middle, the front and the end of the list */
        wn__heap_free(&heap, blocks[i]);
        cr_assert_eq(heap.held, atomic_load(&t.bytes_live));
    }
    wn__heap_free(&heap, NULL);
    cr_assert_eq(atomic_load(&t.n_live), 10);
    wn__heap_free_all(&heap);
    cr_assert_eq(atomic_load(&t.n_live), 0);
    cr_assert_eq(heap.held, 0);
}

Test(heap, a_size_that_overflows_is_out_of_memory)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    cr_assert_null(wn__heap_alloc(&heap, SIZE_MAX / 2 + 1, 2));
    cr_assert_null(wn__heap_alloc(&heap, SIZE_MAX, 1), "no room for the block's own header");
    cr_assert_null(wn__heap_alloc(&heap, SIZE_MAX - 100, 1));
    cr_assert_null(wn__heap_zalloc(&heap, SIZE_MAX / 8 + 1, 8));
    cr_assert_eq(atomic_load(&t.n_asked), 0, "the allocator is not even asked");
    tally_fail(&t, 1, false);
    cr_assert_null(wn__heap_alloc(&heap, 1, 1));
    cr_assert_eq(heap.held, 0);
}

Test(heap, zalloc_is_zero)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t); /* fills what it gives with 0xa5 */
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    const unsigned char *p = wn__heap_zalloc(&heap, 100, 7);
    for (size_t i = 0; i < 700; i++)
        cr_assert_eq(p[i], 0);
    wn__heap_free_all(&heap);
}

Test(heap, a_buffer_keeps_content_and_grows_by_doubling)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    wn__buffer buffer = {0};
    for (uint32_t i = 0; i < 100000; i++) {
        cr_assert(wn__buffer_reserve(&heap, &buffer, i + 1, 4, (size_t)i * 4));
        ((uint32_t *)buffer.data)[i] = i;
    }
    for (uint32_t i = 0; i < 100000; i++)
        cr_assert_eq(((uint32_t *)buffer.data)[i], i);
    cr_assert_leq(atomic_load(&t.n_allocated), 20, "a hundred thousand steps, few moves");
    cr_assert_eq(atomic_load(&t.n_live), 1);
    void *before = buffer.data;
    size_t cap = buffer.cap;
    cr_assert_not(wn__buffer_reserve(&heap, &buffer, SIZE_MAX / 2, 4, 4), "overflow");
    tally_fail(&t, 1, false);
    cr_assert_not(wn__buffer_reserve(&heap, &buffer, cap + 1, 1, cap));
    cr_assert_eq(buffer.data, before, "a failure leaves the buffer as it was");
    cr_assert_eq(buffer.cap, cap);
    cr_assert(wn__buffer_reserve(&heap, &buffer, cap, 1, cap), "there is room already");
    cr_assert(wn__buffer_reserve(&heap, &buffer, 0, 1, 0));
    wn__heap_free_all(&heap);
    wn__buffer none = {0};
    cr_assert(wn__buffer_reserve(&heap, &none, 0, 1, 0));
    cr_assert_not_null(none.data, "nothing at all still has an address");
    wn__heap_free_all(&heap);
}
