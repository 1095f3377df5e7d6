/* open.c - from a model file to a model.
 *
 *     path -> file -> image -> spec -> model
 *
 * There are three ways to an image. It is read whole, and a model that uses parts of it where they
 * lie keeps it; it is mapped, and the model keeps the mapping; or, of large fastText files, all but
 * the rows is read, and these go through a small buffer to where they are wanted: folded they are a
 * tenth, exact they would be in memory twice.
 */
#include "open.h"

#include "file.h"
#include "format.h"

/* What is being opened. */
typedef struct opening {
    const wn_open_options *options;
    wn__heap heap; /* of the image */
    const uint8_t *bytes;
    size_t len;
    bool is_borrowed, is_mapped;
    wn__deferred deferred;
    wn__xxh3_state hash;
} opening;

static wn_model *owned(const wn_model *model)
{
    return (wn_model *)(uintptr_t)model;
}

static bool lies_in_image(const opening *o, const void *part)
{
    return (uintptr_t)part - (uintptr_t)o->bytes < o->len; /* NULL is far away */
}

/* Does the model use any of the image where it lies? What it can is what wn__array_can_stay is
 * asked of. */
static bool uses_image(const opening *o, const wn_model *model)
{
    bool uses = false;
    for (uint32_t i = 0; i < model->n_blocks; i++) {
        const wn__block *block = &model->blocks[i];
        uses |= lies_in_image(o, block->exact.f32);
        uses |= lies_in_image(o, block->exact.f64);
        uses |= lies_in_image(o, block->fast.f32);
        uses |= lies_in_image(o, block->fast_counts);
        uses |= lies_in_image(o, block->words.slots);
    }
    return uses;
}

/* Are the rows that were not read where the reader found rows? Dense ones are: the reader takes a
 * file to its end, from which they were looked for. Where it found others it has read what nobody
 * had filled. */
static bool is_as_guessed(const wn__spec *spec)
{
    return spec->deferred.begin == NULL || spec->blocks[0].rows.encoding == WN__DENSE;
}

static wn_status read_and_build(opening *o, wn__spec *spec, const wn_model **model, wn_error *error)
{
    wn__spec_init(spec, o->options->allocator);
    spec->vocabulary = o->options->vocabulary;
    spec->is_borrowed = o->is_borrowed;
    spec->is_unverified = o->is_mapped;
    spec->deferred = o->deferred;
    wn_status status = wn__format_read(spec, o->bytes, o->len, error);
    if (status == WN_OK && !is_as_guessed(spec))
        status = WN_ERROR_CORRUPT;
    if (status == WN_OK) {
        uint64_t checksum = spec->checksum;
        if (checksum == 0 && o->deferred.begin == NULL)
            checksum = wn__xxh3(o->bytes, o->len);
        status = wn__model_build(spec, o->options->allocator, o->options->scoring, checksum, model,
                                 error);
    }
    wn__spec_free(spec);
    return status;
}

static wn_status build(opening *o, const wn_model **model, wn_error *error)
{
    wn__heap heap; /* a spec is too large for a small stack */
    wn__heap_init(&heap, o->options->allocator);
    wn__spec *spec = wn__heap_alloc(&heap, 1, sizeof *spec);
    wn_status status = spec == NULL ? wn__no_memory(error) : read_and_build(o, spec, model, error);
    wn__heap_free_all(&heap);
    return status;
}

static wn_status open_mapped(opening *o, const wn__file *file, const wn_model **model,
                             wn_error *error)
{
    wn_status status = wn__file_map(file, &o->bytes, error);
    if (status != WN_OK)
        return status;
    o->is_borrowed = o->is_mapped = true;
    if (wn__format_winnow.probe(o->bytes, o->len)) {
        status = build(o, model, error);
    } else {
        status = wn__fail(error, WN_ERROR_UNSUPPORTED, 0,
                          "%s: only .winnow files can be mapped: convert it, or open it without "
                          "WN_OPEN_MAP",
                          file->path);
    }
    if (status == WN_OK) {
        owned(*model)->mapping = o->bytes;
        owned(*model)->mapping_size = o->len;
    } else {
        wn__file_unmap(o->bytes, o->len);
    }
    return status;
}

static wn_status open_whole(opening *o, const wn__file *file, uint8_t *image,
                            const wn_model **model, wn_error *error)
{
    wn_status status = wn__file_read_at(file, 0, image, o->len, error);
    if (status == WN_OK)
        status = wn__file_check(file, error);
    o->is_borrowed = true;
    if (status == WN_OK)
        status = build(o, model, error);
    if (status == WN_OK && uses_image(o, *model))
        wn__heap_adopt(&owned(*model)->heap, &o->heap);
    return status;
}

/* The rows are at image[begin .. begin + size), which is never touched. */
static wn_status open_deferred(opening *o, const wn__file *file, uint8_t *image, size_t begin,
                               size_t size, const wn_model **model, wn_error *error)
{
    size_t end = begin + size;
    wn_status status = wn__file_read_at(file, 0, image, begin, error);
    if (status == WN_OK)
        status = wn__file_read_at(file, end, image + end, o->len - end, error);
    wn__xxh3_begin(&o->hash);
    wn__xxh3_add(&o->hash, image, begin);
    o->deferred = (wn__deferred){image + begin, begin, file, &o->hash};
    if (status == WN_OK)
        status = build(o, model, error);
    if (status != WN_OK)
        return status;
    wn__xxh3_add(&o->hash, image + end, o->len - end);
    owned(*model)->checksum = wn__xxh3_end(&o->hash);
    status = wn__file_check(file, error);
    if (status != WN_OK) {
        wn_model_unref(*model);
        *model = NULL;
    }
    return status;
}

static wn_status open_read(opening *o, const wn__file *file, const wn_model **model,
                           wn_error *error)
{
    uint8_t header[WN__FASTTEXT_HEADER];
    size_t n = o->len < sizeof header ? o->len : sizeof header, begin, size;
    wn_status status = wn__file_read_at(file, 0, header, n, error);
    if (status != WN_OK)
        return status;
    uint8_t *image = wn__heap_alloc(&o->heap, o->len, 1);
    if (image == NULL)
        return wn__no_memory(error);
    o->bytes = image;
    if (wn__format_fasttext_rows(header, n, o->len, &begin, &size)) {
        status = open_deferred(o, file, image, begin, size, model, error);
        if (status == WN_OK || status == WN_ERROR_IO || status == WN_ERROR_MEMORY)
            return status;
        /* Damaged, or not what it looked like: what is wrong shows when all is there. */
        o->deferred = (wn__deferred){0};
    }
    return open_whole(o, file, image, model, error);
}

wn_status wn__open_path(const char *path, const wn_open_options *options, const wn_model **model,
                        wn_error *error)
{
    wn__file file;
    wn_status status = wn__file_open(&file, path, options->max_file_size, error);
    if (status != WN_OK)
        return status;
    opening o = {.options = options, .len = file.size};
    wn__heap_init(&o.heap, options->allocator);
    if ((options->flags & WN_OPEN_MAP) != 0)
        status = open_mapped(&o, &file, model, error);
    else
        status = open_read(&o, &file, model, error);
    wn__heap_free_all(&o.heap);
    wn__file_close(&file);
    return status;
}

wn_status wn__open_bytes(const uint8_t *bytes, size_t len, const wn_open_options *options,
                         const wn_model **model, wn_error *error)
{
    opening o = {.options = options, .bytes = bytes, .len = len};
    return build(&o, model, error);
}
