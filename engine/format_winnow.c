/* format_winnow.c - the binary model file.
 *
 *   offset  size
 *        0     8  magic: 0x93 "WINNOW" 0x0a
 *        8     4  version of the format: 2, of files without anything of that version 1
 *       12     4  oldest version that a reader must know to read this file: the same
 *       16     8  length of the whole file
 *       24     8  length of the manifest
 *       32     8  XXH3-64 of the whole file, these eight bytes counted as zero
 *       40    24  zero
 *       64        the manifest, JSON (manifest.h)
 *                 zeros up to a multiple of 64: here the sections begin
 *                 the arrays in the order of the manifest, each at a multiple of 64 from there,
 *                 zeros between, the last one ending with the file
 *
 * All integers are little-endian. There is no room for holes or overlap: every byte of the file is
 * fixed by the header, the manifest or an array. A file never names another file.
 *
 * Version 2 (fastText models with fast rows or an index): "words_index" of a block, and "folded"
 * rows that are filled up to the length that scoring wants.
 */
#include "format.h"
#include "hash.h"
#include "json_scan.h"
#include "manifest.h"

#define FORMAT_VERSION 2u
#define HEADER_SIZE 64
#define CHECKSUM_AT 32

static const uint8_t magic[8] = {0x93, 'W', 'I', 'N', 'N', 'O', 'W', '\n'};

typedef struct header {
    uint8_t magic[8];
    uint32_t version, oldest;
    uint64_t file_size, manifest_size, checksum;
    uint8_t zero[24];
} header;

_Static_assert(sizeof(header) == HEADER_SIZE && offsetof(header, checksum) == CHECKSUM_AT,
               "the header mirrors the bytes of the file");

static bool probe(const uint8_t *bytes, size_t len)
{
    return len >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static wn_status read_header(header *h, const uint8_t *bytes, size_t len, bool is_unverified,
                             wn_error *error)
{
    static const uint8_t zero[sizeof h->zero] = {0};
    if (len < HEADER_SIZE) {
        return wn__fail(error, WN_ERROR_CORRUPT, len,
                        "winnow file: %zu bytes, shorter than its header", len);
    }
    memcpy(h, bytes, sizeof *h);
    if (h->oldest > FORMAT_VERSION) {
        return wn__fail(error, WN_ERROR_VERSION, 12,
                        "winnow file: needs a reader of format %u, this one reads %u",
                        (unsigned)h->oldest, FORMAT_VERSION);
    }
    if (h->file_size != len) {
        return wn__fail(error, WN_ERROR_CORRUPT, 16,
                        "winnow file: it has %zu bytes and should have %llu: cut or extended", len,
                        (unsigned long long)h->file_size);
    }
    uint64_t checksum = is_unverified ? h->checksum : wn__xxh3_with_hole(bytes, len, CHECKSUM_AT);
    if (h->checksum != checksum) {
        return wn__fail(error, WN_ERROR_CORRUPT, CHECKSUM_AT,
                        "winnow file: checksum %016llx does not match the content (%016llx)",
                        (unsigned long long)h->checksum, (unsigned long long)checksum);
    }
    if (h->version < h->oldest || h->oldest == 0 || memcmp(h->zero, zero, sizeof zero) != 0)
        return wn__fail(error, WN_ERROR_CORRUPT, 8, "winnow file: impossible header");
    if (h->manifest_size > len - HEADER_SIZE)
        return wn__fail(error, WN_ERROR_CORRUPT, 24, "winnow file: the manifest ends outside it");
    return WN_OK;
}

static wn_status read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error)
{
    header h;
    wn_status status = read_header(&h, bytes, len, spec->is_unverified, error);
    if (status != WN_OK)
        return status;
    spec->checksum = h.checksum;
    size_t end = HEADER_SIZE + (size_t)h.manifest_size, begin = wn__align64(end, len);
    for (size_t i = end; i < begin; i++) {
        if (bytes[i] != 0)
            return wn__fail(error, WN_ERROR_CORRUPT, i, "bytes after the manifest are not zero");
    }
    wn__sections sections = {bytes + begin, len - begin, begin};
    return wn__manifest_read(spec, (const char *)bytes + HEADER_SIZE, (size_t)h.manifest_size,
                             HEADER_SIZE, &sections, error);
}

static void write_padding(wn__writer *w)
{
    wn__write_zeros(w, (size_t)(-w->len & 63));
}

static wn_status write(wn__writer *w, const wn__spec *spec, wn_error *error)
{
    uint32_t version = spec->blocks[0].words_index >= 0 ? 2 : 1;
    header h = {.version = version, .oldest = version};
    memcpy(h.magic, magic, sizeof magic);
    wn__write_zeros(w, HEADER_SIZE);
    wn__manifest_write(w, spec, false);
    if (w->failed)
        return wn__no_memory(error);
    h.manifest_size = w->len - HEADER_SIZE;
    const char *manifest = (const char *)w->buffer.data + HEADER_SIZE;
    if (wn__json_scan(manifest, (size_t)h.manifest_size, 0, NULL) == WN_ERROR_LIMIT) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "the manifest would be larger than 1 GiB or have more than 8 million "
                        "values, which could not be read back: store fewer probes");
    }
    for (uint32_t i = 0; i < spec->n_arrays; i++) {
        write_padding(w);
        wn__write(w, spec->arrays[i].data, spec->arrays[i].size);
    }
    if (w->failed)
        return wn__no_memory(error);
    uint8_t *file = w->buffer.data;
    h.file_size = w->len;
    memcpy(file, &h, sizeof h);
    h.checksum = wn__xxh3_with_hole(file, w->len, CHECKSUM_AT);
    memcpy(file, &h, sizeof h);
    return WN_OK;
}

const wn__format wn__format_winnow = {"winnow", probe, read, write};
