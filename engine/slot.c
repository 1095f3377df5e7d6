/* slot.c - the cell that holds the current model; hot swap.
 *
 *     slot:  current model --- mutex (writers) --- retired models --- cells, one for each context
 *     cell:  hazard = the model that the context uses now, on a cache line of its own
 *
 * A reader announces the model in its cell and looks again whether it is still the current one; a
 * writer exchanges the current model and frees retired ones that no cell names. Both sides use
 * sequentially consistent operations on `current` and `hazard`: either the reader sees the new
 * current model, or the writer sees the reader's hazard. There is no way to miss both. Loading the
 * pointer and then taking a reference, the obvious alternative, races with the last release.
 *
 * Source: Michael 2004, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects".
 */
#include "slot.h"

#include "context.h"

#include <pthread.h>

typedef struct wn__cell {
    _Atomic(const wn_model *) hazard;
    wn_slot *slot;
    struct wn__cell *next_in_slot; /* guarded by the slot's mutex */
    struct wn__cell *next_in_ctx;  /* used by the context's thread alone */
} wn__cell;

typedef struct retired {
    const wn_model *model;
    struct retired *next;
} retired;

struct wn_slot {
    _Atomic(const wn_model *) current;
    _Alignas(64) wn__heap heap; /* from here on guarded by the mutex */
    pthread_mutex_t mutex;
    wn__cell *cells;
    retired *retired;
    retired *spare;           /* always there, so that freeing a slot cannot fail */
    const wn_model *previous; /* what a rollback returns to, or NULL */
    wn__file_stamp seen;      /* the file that a reload looked at last */
    size_t n_users;           /* the owner and every cell: the last one frees the slot */
};

static bool is_announced(const wn_slot *slot, const wn_model *model)
{
    for (wn__cell *cell = slot->cells; cell != NULL; cell = cell->next_in_slot) {
        if (atomic_load_explicit(&cell->hazard, memory_order_seq_cst) == model)
            return true;
    }
    return false;
}

/* Frees every retired model that no context uses. The mutex is held. */
static void sweep(wn_slot *slot)
{
    for (retired **at = &slot->retired; *at != NULL;) {
        retired *r = *at;
        if (r->model != NULL && is_announced(slot, r->model)) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        wn_model_unref(r->model);
        wn__heap_free(&slot->heap, r);
    }
}

/* One user less; the last one frees the slot. The mutex is held, and released. */
static void leave(wn_slot *slot)
{
    sweep(slot);
    bool is_last = --slot->n_users == 0;
    pthread_mutex_unlock(&slot->mutex);
    if (!is_last)
        return;
    pthread_mutex_destroy(&slot->mutex);
    wn__heap heap = slot->heap;
    wn__heap_free_all(&heap);
}

wn_status wn_slot_new(const wn_model *model, const wn_allocator *allocator, wn_slot **slot)
{
    if (slot == NULL)
        return WN_ERROR_ARGUMENT;
    *slot = NULL;
    wn__heap heap;
    wn__heap_init(&heap, allocator);
    wn_slot *s = wn__heap_zalloc(&heap, 1, sizeof *s);
    retired *spare = wn__heap_alloc(&heap, 1, sizeof *spare);
    if (s == NULL || spare == NULL || pthread_mutex_init(&s->mutex, NULL) != 0) {
        wn__heap_free_all(&heap);
        return WN_ERROR_MEMORY;
    }
    s->heap = heap;
    s->spare = spare;
    s->n_users = 1;
    atomic_init(&s->current, wn_model_ref(model));
    *slot = s;
    return WN_OK;
}

/* Makes model (of which it takes over a reference; NULL: the slot closes) the current one and
 * retires the one before. The mutex is held. */
static void exchange(wn_slot *slot, const wn_model *model)
{
    retired *r = slot->spare;
    slot->spare = NULL;
    r->model = atomic_exchange_explicit(&slot->current, model, memory_order_seq_cst);
    r->next = slot->retired;
    slot->retired = r;
    sweep(slot);
}

/* The mutex is held; takes over a reference to model, which can be NULL. */
static void set_previous(wn_slot *slot, const wn_model *model)
{
    wn_model_unref(slot->previous);
    slot->previous = model;
}

void wn_slot_free(wn_slot *slot)
{
    if (slot == NULL)
        return;
    pthread_mutex_lock(&slot->mutex);
    set_previous(slot, NULL);
    exchange(slot, NULL);
    leave(slot);
}

/* Makes model, of which it takes a reference, the current one and previous, of which it takes one
 * over, the previous one. The mutex is held. */
static wn_status replace(wn_slot *slot, const wn_model *model, const wn_model *previous)
{
    retired *spare = wn__heap_alloc(&slot->heap, 1, sizeof *spare);
    if (spare == NULL) {
        wn_model_unref(previous);
        return WN_ERROR_MEMORY;
    }
    exchange(slot, wn_model_ref(model));
    slot->spare = spare;
    set_previous(slot, previous);
    return WN_OK;
}

/* Only publishing changes the current model, under the mutex: the slot's reference holds it. */
static const wn_model *current_model(const wn_slot *slot)
{
    return atomic_load_explicit(&slot->current, memory_order_relaxed);
}

const wn_model *wn__slot_current(wn_slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    const wn_model *model = wn_model_ref(current_model(slot));
    pthread_mutex_unlock(&slot->mutex);
    return model;
}

wn_status wn__slot_publish(wn_slot *slot, const wn_model *model, bool keep_previous)
{
    pthread_mutex_lock(&slot->mutex);
    wn_status status =
        replace(slot, model, keep_previous ? wn_model_ref(current_model(slot)) : NULL);
    pthread_mutex_unlock(&slot->mutex);
    return status;
}

bool wn__slot_look(wn_slot *slot, const wn__file_stamp *stamp)
{
    pthread_mutex_lock(&slot->mutex);
    bool is_same = wn__file_is_same(&slot->seen, stamp);
    slot->seen = *stamp;
    pthread_mutex_unlock(&slot->mutex);
    return !is_same;
}

wn_status wn_slot_publish(wn_slot *slot, const wn_model *model)
{
    return slot == NULL || model == NULL ? WN_ERROR_ARGUMENT : wn__slot_publish(slot, model, false);
}

wn_status wn_slot_rollback(wn_slot *slot)
{
    if (slot == NULL)
        return WN_ERROR_ARGUMENT;
    pthread_mutex_lock(&slot->mutex);
    wn_status status =
        slot->previous != NULL ? replace(slot, slot->previous, NULL) : WN_ERROR_ARGUMENT;
    pthread_mutex_unlock(&slot->mutex);
    return status;
}

/* The context's cell in the slot, made on first use; NULL: out of memory. */
static wn__cell *find_cell(wn_slot *slot, wn_ctx *ctx)
{
    for (wn__cell *cell = ctx->cells; cell != NULL; cell = cell->next_in_ctx) {
        if (cell->slot == slot)
            return cell;
    }
    pthread_mutex_lock(&slot->mutex);
    wn__cell *cell = wn__heap_zalloc(&slot->heap, 1, sizeof *cell);
    if (cell != NULL) {
        atomic_init(&cell->hazard, NULL);
        cell->slot = slot;
        cell->next_in_slot = slot->cells;
        slot->cells = cell;
        slot->n_users++;
        cell->next_in_ctx = ctx->cells;
        ctx->cells = cell;
    }
    pthread_mutex_unlock(&slot->mutex);
    return cell;
}

wn_status wn_slot_acquire(wn_slot *slot, wn_ctx *ctx, const wn_model **model)
{
    if (slot == NULL || ctx == NULL || model == NULL)
        return WN_ERROR_ARGUMENT;
    *model = NULL;
    wn__cell *cell = find_cell(slot, ctx);
    if (cell == NULL)
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the slot's cell");
    if (atomic_load_explicit(&cell->hazard, memory_order_relaxed) != NULL)
        return wn__ctx_fail(ctx, WN_ERROR_ARGUMENT, "the context holds a model of this slot");
    /* seq_cst pairs with the exchange and the sweep: see the top of the file. */
    const wn_model *current = atomic_load_explicit(&slot->current, memory_order_seq_cst);
    const wn_model *seen;
    do {
        seen = current;
        atomic_store_explicit(&cell->hazard, seen, memory_order_seq_cst);
        current = atomic_load_explicit(&slot->current, memory_order_seq_cst);
    } while (current != seen);
    *model = current;
    return current != NULL ? WN_OK : wn__ctx_fail(ctx, WN_ERROR_ARGUMENT, "the slot is empty");
}

void wn_slot_release(wn_slot *slot, wn_ctx *ctx)
{
    if (ctx == NULL)
        return;
    for (wn__cell *cell = ctx->cells; cell != NULL; cell = cell->next_in_ctx) {
        if (cell->slot == slot) /* release: what the reader did with the model comes before */
            atomic_store_explicit(&cell->hazard, NULL, memory_order_release);
    }
}

void wn__slot_forget(wn_ctx *ctx)
{
    while (ctx->cells != NULL) {
        wn__cell *cell = ctx->cells;
        wn_slot *slot = cell->slot;
        ctx->cells = cell->next_in_ctx;
        pthread_mutex_lock(&slot->mutex);
        wn__cell **at = &slot->cells;
        while (*at != cell)
            at = &(*at)->next_in_slot;
        *at = cell->next_in_slot;
        wn__heap_free(&slot->heap, cell);
        leave(slot);
    }
}
