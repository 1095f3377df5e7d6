/* files.c - temporary files, and samples in the binary format. The stress programs include this
 * file as well: nothing of Criterion here. */
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

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
    if (wn_convert(in, out, NULL, &error) != WN_OK)
        support_stop(error.message);
    uint8_t *bytes = read_file(out, len);
    unlink(in);
    unlink(out);
    return bytes;
}
