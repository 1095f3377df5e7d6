/* test_slot.c - who keeps which model alive in a slot, and for how long. */
#include "support.h"

#include <criterion/criterion.h>

enum { N_MODELS = 4 };

static tally of_model[N_MODELS], of_slot;
static const wn_model *models[N_MODELS];

/* Models that only the slot will hold: `give` hands the test's reference over. */
static void start(void)
{
    memset(of_model, 0, sizeof of_model);
    memset(&of_slot, 0, sizeof of_slot);
    for (size_t i = 0; i < N_MODELS; i++) {
        wn_allocator allocator = tally_allocator(&of_model[i]);
        models[i] = sample_open(SAMPLE_SCALED, i, WN_SCORING_FAST, &allocator);
    }
}

static bool lives(size_t i)
{
    return atomic_load(&of_model[i].n_live) > 0;
}

static wn_slot *new_slot(size_t i)
{
    wn_allocator allocator = tally_allocator(&of_slot);
    wn_slot *slot;
    cr_assert_eq(wn_slot_new(models[i], &allocator, &slot), WN_OK);
    wn_model_unref(models[i]);
    return slot;
}

static void publish(wn_slot *slot, size_t i)
{
    cr_assert_eq(wn_slot_publish(slot, models[i]), WN_OK);
    wn_model_unref(models[i]);
}

static wn_ctx *new_context(void)
{
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    return ctx;
}

static const wn_model *acquire(wn_slot *slot, wn_ctx *ctx)
{
    const wn_model *model;
    cr_assert_eq(wn_slot_acquire(slot, ctx, &model), WN_OK);
    return model;
}

static void drop(size_t first)
{
    for (size_t i = first; i < N_MODELS; i++)
        wn_model_unref(models[i]);
}

Test(slot, holds_a_reference_of_its_own, .init = start)
{
    wn_slot *slot = new_slot(0);
    cr_assert(lives(0), "the test has given its reference away");
    wn_slot_free(slot);
    cr_assert_not(lives(0));
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
    wn_slot_free(NULL);
    drop(1);
}

Test(slot, publishing_frees_what_nobody_holds_at_once, .init = start)
{
    wn_slot *slot = new_slot(0);
    publish(slot, 1);
    cr_assert_not(lives(0));
    publish(slot, 2);
    cr_assert_not(lives(1));
    cr_assert(lives(2));
    wn_ctx *ctx = new_context();
    cr_assert_eq(acquire(slot, ctx), models[2]);
    wn_slot_release(slot, ctx);
    publish(slot, 3);
    cr_assert_not(lives(2), "it was acquired once, and released");
    cr_assert_eq(acquire(slot, ctx), models[3]);
    wn_slot_release(slot, ctx);
    wn_slot_free(slot);
    cr_assert_not(lives(3));
    wn_ctx_free(ctx);
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
}

Test(slot, a_held_model_stays_through_any_number_of_swaps, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *ctx = new_context(), *late = new_context();
    cr_assert_eq(acquire(slot, ctx), models[0]);
    publish(slot, 1);
    cr_assert(lives(0));
    cr_assert_eq(acquire(slot, late), models[1], "a new reader gets the new one");
    publish(slot, 2);
    cr_assert(lives(0) && lives(1) && lives(2));
    wn_model_info info = {.size = sizeof info};
    cr_assert_eq(wn_model_get_info(models[0], &info), WN_OK);
    cr_assert_str_eq(info.version, "0");
    wn_slot_release(slot, ctx);
    publish(slot, 3);
    cr_assert_not(lives(0), "the next publish frees it");
    cr_assert(lives(1), "still held by the other context");
    cr_assert_not(lives(2));
    wn_slot_release(slot, late);
    wn_slot_free(slot);
    cr_assert_not(lives(1));
    cr_assert_not(lives(3));
    wn_ctx_free(ctx);
    wn_ctx_free(late);
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
}

Test(slot, a_context_holds_one_model_of_a_slot, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *ctx = new_context();
    const wn_model *model = acquire(slot, ctx);
    const wn_model *second = model;
    cr_assert_eq(wn_slot_acquire(slot, ctx, &second), WN_ERROR_ARGUMENT);
    cr_assert_null(second);
    cr_assert_eq(wn_ctx_error(ctx)->status, WN_ERROR_ARGUMENT);
    publish(slot, 1);
    cr_assert(lives(0), "the refused call has not let go of the first");
    wn_slot_release(slot, ctx);
    wn_slot_release(slot, ctx); /* once more does nothing */
    cr_assert_eq(acquire(slot, ctx), models[1]);
    wn_slot_release(slot, ctx);
    wn_ctx_free(ctx);
    wn_slot_free(slot);
    cr_assert_not(lives(0));
    cr_assert_not(lives(1));
    drop(2);
}

Test(slot, the_slot_may_end_before_its_contexts, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *a = new_context(), *b = new_context();
    cr_assert_eq(acquire(slot, a), models[0]);
    (void)acquire(slot, b);
    wn_slot_release(slot, b);
    wn_slot_free(slot);
    cr_assert(lives(0), "a still holds it");
    wn_slot_release(slot, a);
    wn_ctx_free(a);
    cr_assert_not(lives(0));
    wn_ctx_free(b);
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
    drop(1);
}

Test(slot, a_context_that_ends_holds_nothing_any_more, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *a = new_context(), *b = new_context();
    (void)acquire(slot, a); /* not released: freeing the context does it */
    (void)acquire(slot, b);
    publish(slot, 1);
    wn_ctx_free(a);
    cr_assert(lives(0), "b holds it");
    wn_slot_release(slot, b);
    wn_ctx_free(b);
    cr_assert_not(lives(0));
    cr_assert(lives(1));
    wn_ctx *c = new_context();
    cr_assert_eq(acquire(slot, c), models[1]);
    wn_slot_release(slot, c);
    wn_ctx_free(c);
    wn_slot_free(slot);
    cr_assert_not(lives(1));
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
    drop(2);
}

Test(slot, a_context_may_use_several_slots, .init = start)
{
    wn_slot *topic = new_slot(0), *promo = new_slot(1);
    wn_ctx *ctx = new_context();
    cr_assert_eq(acquire(topic, ctx), models[0]);
    cr_assert_eq(acquire(promo, ctx), models[1]);
    publish(topic, 2);
    publish(promo, 3);
    cr_assert(lives(0) && lives(1));
    wn_slot_release(promo, ctx);
    cr_assert_eq(acquire(promo, ctx), models[3]);
    const wn_model *both[2] = {models[0], models[3]};
    wn_result result;
    cr_assert_eq(wn_classify(ctx, both, 2, "harbour", 7, NULL, &result), WN_OK);
    wn_slot_release(promo, ctx);
    wn_slot_release(topic, ctx);
    wn_slot_free(topic);
    wn_slot_free(promo);
    for (size_t i = 0; i < N_MODELS; i++)
        cr_assert_not(lives(i), "model %zu", i);
    wn_ctx_free(ctx);
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
}

Test(slot, a_warm_acquire_allocates_nothing, .init = start)
{
    wn_slot *slot = new_slot(0);
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(&allocator, &ctx), WN_OK);
    (void)acquire(slot, ctx);
    wn_slot_release(slot, ctx);
    size_t of_ctx = atomic_load(&t.n_asked), before = atomic_load(&of_slot.n_asked);
    for (unsigned i = 0; i < 1000; i++) {
        (void)acquire(slot, ctx);
        wn_slot_release(slot, ctx);
    }
    cr_assert_eq(atomic_load(&t.n_asked), of_ctx);
    cr_assert_eq(atomic_load(&of_slot.n_asked), before);
    wn_ctx_free(ctx);
    wn_slot_free(slot);
    drop(1);
}

Test(slot, publishing_the_current_model_again_keeps_it, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *ctx = new_context();
    cr_assert_eq(acquire(slot, ctx), models[0]);
    cr_assert_eq(wn_slot_publish(slot, models[0]), WN_OK);
    cr_assert_eq(wn_slot_publish(slot, models[0]), WN_OK);
    wn_slot_release(slot, ctx);
    publish(slot, 1);
    cr_assert_not(lives(0));
    wn_slot_free(slot);
    wn_ctx_free(ctx);
    cr_assert_not(lives(1));
    cr_assert_eq(atomic_load(&of_slot.n_live), 0);
    drop(2);
}

Test(slot, refuses_null, .init = start)
{
    wn_slot *slot = new_slot(0);
    wn_ctx *ctx = new_context();
    const wn_model *model;
    cr_assert_eq(wn_slot_new(models[1], NULL, NULL), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_publish(slot, NULL), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_publish(NULL, models[1]), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_acquire(NULL, ctx, &model), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_acquire(slot, NULL, &model), WN_ERROR_ARGUMENT);
    cr_assert_eq(wn_slot_acquire(slot, ctx, NULL), WN_ERROR_ARGUMENT);
    wn_slot_release(slot, NULL);
    wn_slot_release(slot, ctx); /* never acquired */
    cr_assert_eq(acquire(slot, ctx), models[0]);
    wn_slot_release(slot, ctx);
    wn_ctx_free(ctx);
    wn_slot_free(slot);
    cr_assert_not(lives(0));
    drop(1);
}
