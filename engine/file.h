/* file.h - the only file input and output of the library. */
#ifndef WN_FILE_H
#define WN_FILE_H

#include "bytes.h"

#include <sys/stat.h>

/* A regular file that is open for reading. */
typedef struct wn__file {
    int fd;
    const char *path;
    size_t size;
    struct stat before;
} wn__file;

/* What tells one version of a file from the next; all zero is none of them. */
typedef struct wn__file_stamp {
    bool exists, is_regular;
    bool is_settled; /* a change after this look shows in the times */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed; /* contents, and also names and rights */
} wn__file_stamp;

/* Looks at a file, which need not be there or be a file. */
void wn__file_look(const char *path, wn__file_stamp *stamp);
bool wn__file_is_same(const wn__file_stamp *a, const wn__file_stamp *b);

/* Opens a file of at most max_size bytes; to be closed. */
wn_status wn__file_open(wn__file *file, const char *path, uint64_t max_size, wn_error *error);
void wn__file_close(wn__file *file);

/* Reads bytes at .. at + n, which are inside it. Fewer are an IO error. */
wn_status wn__file_read_at(const wn__file *file, size_t at, uint8_t *to, size_t n, wn_error *error);

/* Asks once all is read: is it still the file that was opened? Else an IO error. */
wn_status wn__file_check(const wn__file *file, wn_error *error);

/* Maps the whole file for reading; the mapping outlives the file's being open. UNSUPPORTED where
 * the system has no mappings. */
wn_status wn__file_map(const wn__file *file, const uint8_t **data, wn_error *error);
void wn__file_unmap(const uint8_t *data, size_t size);

/* Reads a whole regular file into one block of heap, *data [*size]. The file is stat'ed before and
 * after: one that changes while it is read is an IO error. */
wn_status wn__file_read(wn__heap *heap, const char *path, uint64_t max_size, uint8_t **data,
                        size_t *size, wn_error *error);

/* Writes the bytes under a temporary name in the directory of path, syncs them and renames: path
 * is the old file or the complete new one, never a part. */
wn_status wn__file_write(const char *path, const uint8_t *data, size_t size, wn_error *error);

#endif /* WN_FILE_H */
