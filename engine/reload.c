/* reload.c - from a file that somebody may be writing to a slot's next model.
 *
 *     look -> open (read, stat again, checksum, checks) -> is it of the same kind? -> probes
 *         -> publish
 *
 * Whatever fails, the slot keeps the model that it has. Nothing here holds the slot's lock for
 * longer than it takes to exchange a pointer.
 */
#include "context.h"
#include "options.h"
#include "slot.h"

/* The labels of a model, each with the NUL behind it: wn__builder_strings sees to it that they end
 * within 32 bits. False: out of memory. */
static bool list_labels(const wn_model *model, wn__heap *heap, wn__strings *labels)
{
    uint32_t *ends = wn__heap_alloc(heap, model->n_labels, sizeof *ends);
    if (ends == NULL)
        return false;
    for (uint32_t i = 0; i < model->n_labels; i++)
        ends[i] = (uint32_t)model->label_begin[i + 1];
    *labels = (wn__strings){.bytes = (const uint8_t *)model->label_text,
                            .ends = ends,
                            .n = model->n_labels,
                            .n_bytes = model->label_begin[model->n_labels]};
    return true;
}

/* Has the new model the labels of the old one, in whatever order? No two of a model are the same.
 */
static wn_status check_labels(const wn_model *old, const wn_model *new, wn__heap *heap,
                              wn_error *error)
{
    wn__strings before, after;
    uint32_t duplicate;
    if (!list_labels(old, heap, &before) || !list_labels(new, heap, &after))
        return wn__no_memory(error);
    wn_status status = wn__strings_index(&before, heap, true, &duplicate);
    if (status != WN_OK) {
        return status == WN_ERROR_MEMORY
                   ? wn__no_memory(error)
                   : wn__fail(error, status, WN__NO_OFFSET, "labels collide beyond all reason");
    }
    for (uint32_t i = 0; i < after.n; i++) {
        size_t len;
        const uint8_t *label = wn__strings_get(&after, i, &len);
        if (wn__strings_find(&before, label, len, wn__strings_hash(label, len)) == UINT32_MAX) {
            return wn__fail(error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                            "the label '%.100s' is new: WN_RELOAD_ANY_KIND allows it",
                            (const char *)label);
        }
    }
    if (before.n != after.n) {
        return wn__fail(error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "%u labels instead of %u: WN_RELOAD_ANY_KIND allows it", (unsigned)after.n,
                        (unsigned)before.n);
    }
    return WN_OK;
}

/* Can whoever uses the old model use the new one without knowing? */
static wn_status check_kind(const wn_model *old, const wn_model *new, const wn_allocator *allocator,
                            wn_error *error)
{
    bool same = old->n_fields == new->n_fields;
    for (uint32_t i = 0; same && i < old->n_fields; i++)
        same = strcmp(old->fields[i], new->fields[i]) == 0;
    if (!same) {
        return wn__fail(error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "it reads other text fields: WN_RELOAD_ANY_KIND allows it");
    }
    if (old->multi_label != new->multi_label ||
        (old->link == WN_LINK_RAW) != (new->link == WN_LINK_RAW)) {
        return wn__fail(
            error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET, "%s: WN_RELOAD_ANY_KIND allows it",
            old->multi_label != new->multi_label ? "one of both models is multi-label"
                                                 : "one of both models has no probabilities");
    }
    wn__heap heap;
    wn__heap_init(&heap, allocator);
    wn_status status = check_labels(old, new, &heap, error);
    wn__heap_free_all(&heap);
    return status;
}

static wn_status replay(const wn_model *model, const wn_allocator *allocator, wn_error *error)
{
    wn_ctx *ctx;
    wn_verify_report report = {.size = sizeof report};
    if (model->n_probes == 0)
        return WN_OK;
    if (wn_ctx_new(allocator, &ctx) != WN_OK)
        return wn__no_memory(error);
    wn_status status = wn_model_verify(model, ctx, &report);
    if (status != WN_OK && error != NULL)
        *error = *wn_ctx_error(ctx);
    wn_ctx_free(ctx);
    return status;
}

static wn_status check_and_publish(wn_slot *slot, const wn_model *model,
                                   const wn_reload_options *options, wn_error *error)
{
    const wn_allocator *allocator = options->open != NULL ? options->open->allocator : NULL;
    wn_status status = WN_OK;
    if ((options->flags & WN_RELOAD_ANY_KIND) == 0) {
        const wn_model *old = wn__slot_current(slot);
        status = old != NULL ? check_kind(old, model, allocator, error) : WN_OK;
        wn_model_unref(old);
    }
    if (status == WN_OK)
        status = replay(model, allocator, error);
    if (status == WN_OK &&
        wn__slot_publish(slot, model, (options->flags & WN_RELOAD_KEEP_PREVIOUS) != 0) != WN_OK)
        status = wn__no_memory(error);
    return status;
}

wn_status wn_slot_reload(wn_slot *slot, const char *path, const wn_reload_options *options,
                         int *is_new, wn_error *error)
{
    wn_reload_options ours;
    const unsigned known = WN_RELOAD_IF_CHANGED | WN_RELOAD_ANY_KIND | WN_RELOAD_KEEP_PREVIOUS;
    if (is_new != NULL)
        *is_new = 0;
    if (slot == NULL || path == NULL || !wn__options_read(&ours, sizeof ours, options) ||
        (ours.flags & ~known) != 0) {
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                        "wn_slot_reload: slot or path is NULL, or the options are wrong");
    }
    /* Looked at before it is read: what changes meanwhile is seen next time. */
    wn__file_stamp stamp;
    wn__file_look(path, &stamp);
    if (!wn__slot_look(slot, &stamp) && (ours.flags & WN_RELOAD_IF_CHANGED) != 0)
        return WN_OK;
    const wn_model *model;
    wn_status status = wn_model_open(path, ours.open, &model, error);
    if (status == WN_OK)
        status = check_and_publish(slot, model, &ours, error);
    wn_model_unref(model); /* the slot has a reference of its own */
    if (status == WN_ERROR_MEMORY || (status == WN_ERROR_IO && stamp.is_regular)) {
        stamp = (wn__file_stamp){0}; /* the file is not to blame: it is tried again */
        (void)wn__slot_look(slot, &stamp);
    }
    if (status == WN_OK && is_new != NULL)
        *is_new = 1;
    return status;
}
