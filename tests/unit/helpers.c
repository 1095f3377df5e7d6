/* helpers.c - opens sample models and handles files for tests that run under Criterion. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

void support_stop(const char *what)
{
    cr_assert_fail("%s", what);
    abort();
}

/* ---- Files ---- */

void temporary_name(char name[static 64])
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || strlen(folder) > 40)
        folder = "/tmp";
    snprintf(name, 64, "%s/winnow-unit-XXXXXX", folder);
    int fd = mkstemp(name);
    if (fd < 0)
        support_stop("cannot make a temporary file");
    close(fd);
}

void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        support_stop("cannot write a temporary file");
}

void *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        support_stop("cannot read a temporary file");
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        support_stop("cannot read a temporary file");
    bytes[size] = '\0';
    fclose(file);
    *len = (size_t)size;
    return bytes;
}

/* ---- Opening ---- */

const wn_model *sample_open(sample kind, uint64_t seed, wn_scoring scoring,
                            const wn_allocator *allocator)
{
    size_t len;
    char *json = sample_json(kind, seed, &len);
    wn_open_options options = {.size = sizeof options, .allocator = allocator, .scoring = scoring};
    const wn_model *model;
    wn_error error;
    wn_status status = wn_model_open_memory(json, len, &options, &model, &error);
    free(json);
    cr_assert_eq(status, WN_OK, "%s: %s", sample_names[kind], error.message);
    return model;
}

wn_status open_text(const char *json, const wn_model **model, wn_error *error)
{
    return wn_model_open_memory(json, strlen(json), NULL, model, error);
}

uint8_t *sample_binary(sample kind, uint64_t seed, size_t *len)
{
    char in[64], out[64];
    size_t json_len;
    char *json = sample_json(kind, seed, &json_len);
    temporary_name(in);
    temporary_name(out);
    write_file(in, json, json_len);
    free(json);
    wn_error error;
    wn_status status = wn_convert(in, out, NULL, &error);
    cr_assert_eq(status, WN_OK, "%s: %s", sample_names[kind], error.message);
    uint8_t *bytes = read_file(out, len);
    unlink(in);
    unlink(out);
    return bytes;
}
