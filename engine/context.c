/* context.c - makes and frees contexts. */
#include "context.h"

#include "normalize.h"

wn_status wn_ctx_new(const wn_allocator *allocator, wn_ctx **ctx)
{
    if (ctx == NULL)
        return WN_ERROR_ARGUMENT;
    *ctx = NULL;
    wn__heap heap;
    wn__heap_init(&heap, allocator);
    wn_ctx *c = wn__heap_zalloc(&heap, 1, sizeof *c);
    if (c == NULL)
        return WN_ERROR_MEMORY;
    c->heap = heap;
    c->features.heap = &c->heap;
    c->error.offset = WN__NO_OFFSET;
    *ctx = c;
    return WN_OK;
}

void wn_ctx_free(wn_ctx *ctx)
{
    if (ctx == NULL)
        return;
    wn__slot_forget(ctx);
    wn__heap heap = ctx->heap;
    wn__heap_free_all(&heap);
}

size_t wn_ctx_memory(const wn_ctx *ctx)
{
    return ctx == NULL ? 0 : ctx->heap.held;
}

const wn_error *wn_ctx_error(const wn_ctx *ctx)
{
    static const wn_error no_context = {WN_ERROR_ARGUMENT, WN__NO_OFFSET, "no context"};
    return ctx == NULL ? &no_context : &ctx->error;
}

wn_status wn__ctx_fail(wn_ctx *ctx, wn_status status, const char *what)
{
    return wn__fail(&ctx->error, status, WN__NO_OFFSET, "%s", what);
}

wn_status wn__ctx_normalize(wn_ctx *ctx, unsigned steps, wn__unicode unicode, bool with_origins,
                            const uint8_t **text, size_t *len)
{
    ctx->n_origins = 0;
    if (steps == 0)
        return WN_OK;
    const wn__normalizer normalizer = {steps, unicode};
    size_t bound = wn__normalize_bound(steps, *text, *len);
    if (bound >= SIZE_MAX - 1 || !wn__buffer_reserve(&ctx->heap, &ctx->normalized, bound, 1, 0) ||
        (with_origins &&
         !wn__buffer_reserve(&ctx->heap, &ctx->origins, bound + 1, sizeof(size_t), 0)))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the normalised text");
    *len = wn__normalize(&normalizer, *text, *len, ctx->normalized.data,
                         with_origins ? ctx->origins.data : NULL);
    *text = ctx->normalized.data;
    ctx->n_origins = with_origins ? *len : 0;
    return WN_OK;
}

wn_span wn__ctx_origin(const wn_ctx *ctx, wn_span span)
{
    if (ctx->n_origins == 0)
        return span;
    return wn__normalize_span(ctx->origins.data, ctx->n_origins, span.begin, span.end);
}
