/* file.c - whole files in, whole files out. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Reports a failed system call with its reason. strerror_r in its POSIX form is thread-safe. */
static wn_status io_error(wn_error *error, const char *verb, const char *path, int reason)
{
    char text[64];
    if (strerror_r(reason, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", reason);
    return wn__fail(error, WN_ERROR_IO, WN__NO_OFFSET, "cannot %s %s: %s", verb, path, text);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* File systems take their times from a clock that ticks every 10 ms or oftener. */
#define TICK_NS 20000000.0

void wn__file_look(const char *path, wn__file_stamp *stamp)
{
    struct stat now;
    struct timespec clock;
    *stamp = (wn__file_stamp){.is_settled = true};
    if (stat(path, &now) != 0)
        return;
    clock_gettime(CLOCK_REALTIME, &clock);
    double age_ns = (double)(clock.tv_sec - now.st_ctim.tv_sec) * 1e9 +
                    (double)(clock.tv_nsec - now.st_ctim.tv_nsec);
    *stamp = (wn__file_stamp){.exists = true,
                              .is_regular = S_ISREG(now.st_mode),
                              .is_settled = age_ns > TICK_NS || age_ns < -TICK_NS,
                              .device = now.st_dev,
                              .inode = now.st_ino,
                              .size = now.st_size,
                              .modified = now.st_mtim,
                              .changed = now.st_ctim};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool wn__file_is_same(const wn__file_stamp *a, const wn__file_stamp *b)
{
    return a->is_settled && b->is_settled && a->exists == b->exists && a->device == b->device &&
           a->inode == b->inode && a->size == b->size && same_time(&a->modified, &b->modified) &&
           same_time(&a->changed, &b->changed);
}

static wn_status check_open(wn__file *file, uint64_t max_size, wn_error *error)
{
    const char *path = file->path;
    if (fstat(file->fd, &file->before) != 0)
        return io_error(error, "stat", path, errno);
    if (!S_ISREG(file->before.st_mode)) {
        return wn__fail(error, WN_ERROR_IO, WN__NO_OFFSET,
                        "%s is %s, not a regular file: models are read from regular files", path,
                        S_ISDIR(file->before.st_mode) ? "a directory" : "a device or pipe");
    }
    uint64_t size = (uint64_t)file->before.st_size;
    if (size > max_size || size > SIZE_MAX / 2) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "%s has %llu bytes, more than the limit of %llu (max_file_size)", path,
                        (unsigned long long)size, (unsigned long long)max_size);
    }
    file->size = (size_t)size;
    return WN_OK;
}

wn_status wn__file_open(wn__file *file, const char *path, uint64_t max_size, wn_error *error)
{
    /* O_NONBLOCK: a FIFO without a writer must not hang; it has no effect on regular files. */
    file->path = path;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return io_error(error, "open", path, errno);
    wn_status status = check_open(file, max_size, error);
    if (status != WN_OK)
        wn__file_close(file);
    return status;
}

void wn__file_close(wn__file *file)
{
    close(file->fd);
    file->fd = -1;
}

static wn_status changed(const wn__file *file, size_t at, wn_error *error)
{
    return wn__fail(error, WN_ERROR_IO, at,
                    "%s changed while it was read: replace model files by rename", file->path);
}

wn_status wn__file_read_at(const wn__file *file, size_t at, uint8_t *to, size_t n, wn_error *error)
{
    while (n > 0) {
        ssize_t got = pread(file->fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_error(error, "read", file->path, errno);
        if (got == 0)
            return changed(file, at, error);
        to += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return WN_OK;
}

wn_status wn__file_check(const wn__file *file, wn_error *error)
{
    struct stat after;
    if (fstat(file->fd, &after) != 0)
        return io_error(error, "stat", file->path, errno);
    return same_file(&file->before, &after) ? WN_OK : changed(file, file->size, error);
}

/* Nothing cannot be mapped. */
static size_t mapped_size(size_t size)
{
    return size > 0 ? size : 1;
}

wn_status wn__file_map(const wn__file *file, const uint8_t **data, wn_error *error)
{
    void *mapping = mmap(NULL, mapped_size(file->size), PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (mapping == MAP_FAILED)
        return io_error(error, "map", file->path, errno);
    *data = mapping;
    return WN_OK;
}

void wn__file_unmap(const uint8_t *data, size_t size)
{
    munmap((void *)(uintptr_t)data, mapped_size(size));
}

wn_status wn__file_read(wn__heap *heap, const char *path, uint64_t max_size, uint8_t **data,
                        size_t *size, wn_error *error)
{
    wn__file file;
    *data = NULL;
    wn_status status = wn__file_open(&file, path, max_size, error);
    if (status != WN_OK)
        return status;
    *size = file.size;
    *data = wn__heap_alloc(heap, *size, 1);
    status = *data == NULL ? wn__no_memory(error) : wn__file_read_at(&file, 0, *data, *size, error);
    if (status == WN_OK)
        status = wn__file_check(&file, error);
    wn__file_close(&file);
    if (status != WN_OK) {
        wn__heap_free(heap, *data);
        *data = NULL;
    }
    return status;
}

/* 0 or errno. */
static int write_fully(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n >= 0) {
            data += n;
            size -= (size_t)n;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return fsync(fd) != 0 ? errno : 0;
}

/* Makes the rename durable. A file system that cannot sync a directory is no error. */
static void sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (len >= sizeof directory)
        return;
    if (slash == NULL) {
        strcpy(directory, ".");
    } else {
        memcpy(directory, path, len);
        strcpy(directory + len, len == 0 ? "/" : "");
    }
    int fd = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

wn_status wn__file_write(const char *path, const uint8_t *data, size_t size, wn_error *error)
{
    /* The name is made unique by pid and time, and O_EXCL refuses one that is taken; plain open
     * rather than mkstemp, so that the umask decides about the mode as for any new file. */
    char temporary[PATH_MAX];
    struct stat old;
    int fd = -1;
    if (stat(path, &old) == 0 && !S_ISREG(old.st_mode)) { /* rename would replace a device */
        return wn__fail(error, WN_ERROR_IO, WN__NO_OFFSET,
                        "%s exists and is no regular file: not replaced", path);
    }
    for (unsigned attempt = 0; attempt < 100 && fd < 0; attempt++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        int n = snprintf(temporary, sizeof temporary, "%s.tmp-%lx-%lx%x", path, (long)getpid(),
                         (unsigned long)now.tv_nsec, attempt);
        if ((size_t)n >= sizeof temporary) /* a negative number too */
            return io_error(error, "write", path, ENAMETOOLONG);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            return io_error(error, "create", temporary, errno);
    }
    if (fd < 0)
        return io_error(error, "create", temporary, EEXIST);
    int reason = write_fully(fd, data, size);
    if (close(fd) != 0 && reason == 0)
        reason = errno;
    if (reason == 0 && rename(temporary, path) != 0)
        reason = errno;
    if (reason != 0) {
        unlink(temporary);
        return io_error(error, "write", path, reason);
    }
    sync_directory_of(path);
    return WN_OK;
}
