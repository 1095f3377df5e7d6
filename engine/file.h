/* file.h - the only file input and output of the library. */
#ifndef WN_FILE_H
#define WN_FILE_H

#include "bytes.h"

/* Reads a whole regular file into one block of heap, *data [*size]. The file is stat'ed before and
 * after: one that changes while it is read is an IO error. */
wn_status wn__file_read(wn__heap *heap, const char *path, uint64_t max_size, uint8_t **data,
                        size_t *size, wn_error *error);

/* Writes the bytes under a temporary name in the directory of path, syncs them and renames: path
 * is the old file or the complete new one, never a part. */
wn_status wn__file_write(const char *path, const uint8_t *data, size_t size, wn_error *error);

#endif /* WN_FILE_H */
