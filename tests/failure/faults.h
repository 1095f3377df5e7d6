/* faults.h - calls of the operating system and of malloc that fail when told to, in the whole
 * process: the shared libraries get these functions as well. For one program: it defines them.
 *
 * A call counts only on a thread that has armed its faults, and only if its kind belongs to what is
 * failed. The real functions are the C library's, or under AddressSanitizer the sanitizer's.
 */
#ifndef WN_TEST_FAULTS_H
#define WN_TEST_FAULTS_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum call_kind {
    CALL_MALLOC,
    CALL_ALIGNED, /* of large blocks: the engine goes on without */
    CALL_MUTEX,
    CALL_ADVISE, /* the engine goes on without */
    CALL_OPEN,
    CALL_FSTAT,
    CALL_READ,
    CALL_MAP,
    CALL_WRITE,
    CALL_SYNC,
    CALL_CLOSE_WRITTEN,
    CALL_RENAME,
    CALL_STAT,           /* whoever asks for it goes on without, as do the following */
    CALL_CLOSE,          /* of what was only read */
    CALL_OPEN_DIRECTORY, /* to make a rename durable */
    CALL_SYNC_DIRECTORY,
    N_CALLS
} call_kind;

static inline bool is_tolerated(call_kind c)
{
    return c == CALL_ALIGNED || c == CALL_ADVISE || c >= CALL_STAT;
}

typedef enum fault_mode {
    FAULT_MEMORY_ONCE, /* calls that ask for memory: one fails */
    FAULT_MEMORY_EVER, /* one and all that follow */
    FAULT_IO_ONCE,
    FAULT_IO_EVER,
    FAULT_INTERRUPTED, /* a read or write is interrupted by a signal */
    FAULT_SHORT,       /* a read or write does half of what it could, but at least a byte */
    FAULT_CRUMBS,      /* all of them from there on do at most so many bytes */
    FAULT_CUT,     /* a read finds the end, a write does half and the disk is full from then on */
    FAULT_CHANGED, /* fstat: somebody wrote to the file */
    N_FAULT_MODES
} fault_mode;

#define CRUMB 61 /* bytes */

typedef struct faults {
    fault_mode mode;
    size_t at; /* the call that fails, counted from 1 */
    size_t n_calls;
    size_t n_failed[N_CALLS];
    size_t n_seen[N_CALLS]; /* calls of every kind, failed or not */
    bool disk_is_full;
} faults;

static faults fault;
static _Thread_local bool is_armed;
static atomic_long n_live_blocks, n_live_maps; /* of the process */

/* Code that runs before the sanitizer has started must not be checked by it. */
#define UNCHECKED __attribute__((no_sanitize("address", "undefined")))
#define INTERPOSED UNCHECKED __attribute__((visibility("default")))

static inline void arm(fault_mode mode, size_t at)
{
    fault = (faults){.mode = mode, .at = at};
    is_armed = true;
}

static inline void disarm(void)
{
    is_armed = false;
}

static inline size_t n_failed(bool tolerated)
{
    size_t n = 0;
    for (int c = 0; c < N_CALLS; c++)
        n += is_tolerated((call_kind)c) == tolerated ? fault.n_failed[c] : 0;
    return n;
}

UNCHECKED static bool is_counted(call_kind c)
{
    bool is_transfer = c == CALL_READ || c == CALL_WRITE;
    switch (fault.mode) {
    case FAULT_MEMORY_ONCE:
    case FAULT_MEMORY_EVER:
        return c <= CALL_ADVISE;
    case FAULT_IO_ONCE:
    case FAULT_IO_EVER:
        return c > CALL_ADVISE;
    case FAULT_CHANGED:
        return c == CALL_FSTAT;
    default:
        return is_transfer;
    }
}

/* Does this call fail? */
UNCHECKED static bool fails(call_kind c)
{
    if (!is_armed)
        return false;
    fault.n_seen[c]++;
    if (!is_counted(c))
        return false;
    size_t n = ++fault.n_calls;
    bool is_ever = fault.mode == FAULT_MEMORY_EVER || fault.mode == FAULT_IO_EVER ||
                   fault.mode == FAULT_CRUMBS;
    bool hit = n == fault.at || (is_ever && n > fault.at);
    fault.n_failed[c] += hit;
    return hit;
}

/* ---- Memory ---- */

#if defined(__SANITIZE_ADDRESS__)
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif
extern void *REAL(malloc)(size_t);
extern void *REAL(calloc)(size_t, size_t);
extern void *REAL(realloc)(void *, size_t);
extern void *REAL(memalign)(size_t, size_t);
extern void REAL(free)(void *);

UNCHECKED static void *counted(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add_explicit(&n_live_blocks, 1, memory_order_relaxed);
    else
        errno = ENOMEM;
    return memory;
}

INTERPOSED void *malloc(size_t size)
{
    return counted(fails(CALL_MALLOC) ? NULL : REAL(malloc)(size));
}

INTERPOSED void *calloc(size_t n, size_t size)
{
    return counted(fails(CALL_MALLOC) ? NULL : REAL(calloc)(n, size));
}

INTERPOSED void *realloc(void *memory, size_t size)
{
    void *moved = fails(CALL_MALLOC) ? NULL : REAL(realloc)(memory, size);
    return memory == NULL ? counted(moved) : moved;
}

INTERPOSED void *aligned_alloc(size_t alignment, size_t size)
{
    return counted(fails(CALL_ALIGNED) ? NULL : REAL(memalign)(alignment, size));
}

INTERPOSED int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *block = counted(fails(CALL_ALIGNED) ? NULL : REAL(memalign)(alignment, size));
    if (block != NULL)
        *memory = block;
    return block != NULL ? 0 : ENOMEM;
}

INTERPOSED void free(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub_explicit(&n_live_blocks, 1, memory_order_relaxed);
    REAL(free)(memory);
}

/* ---- The operating system ---- */

/* Sets the pointer to function real to the next definition of a name. */
#define FIND(real, name)                                                                           \
    do {                                                                                           \
        if ((real) == NULL) {                                                                      \
            void *next = dlsym(RTLD_NEXT, name);                                                   \
            memcpy(&(real), &next, sizeof next);                                                   \
        }                                                                                          \
    } while (0)

UNCHECKED static int refuse(int reason)
{
    errno = reason;
    return -1;
}

INTERPOSED int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    static int (*real)(pthread_mutex_t *, const pthread_mutexattr_t *);
    FIND(real, "pthread_mutex_init");
    return fails(CALL_MUTEX) ? EAGAIN : real(mutex, attributes);
}

INTERPOSED int madvise(void *memory, size_t size, int advice)
{
    static int (*real)(void *, size_t, int);
    FIND(real, "madvise");
    return fails(CALL_ADVISE) ? refuse(ENOMEM) : real(memory, size, advice);
}

INTERPOSED int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    FIND(real, "open");
    if (fails((flags & O_DIRECTORY) != 0 ? CALL_OPEN_DIRECTORY : CALL_OPEN))
        return refuse(EMFILE);
    return real(path, flags, mode);
}

INTERPOSED int fstat(int fd, struct stat *found)
{
    static int (*real)(int, struct stat *);
    FIND(real, "fstat");
    bool hit = fails(CALL_FSTAT);
    if (hit && fault.mode != FAULT_CHANGED)
        return refuse(EIO);
    int result = real(fd, found);
    found->st_mtim.tv_nsec ^= hit;
    return result;
}

INTERPOSED int stat(const char *restrict path, struct stat *restrict found)
{
    static int (*real)(const char *, struct stat *);
    FIND(real, "stat");
    return fails(CALL_STAT) ? refuse(EACCES) : real(path, found);
}

/* The bytes that a transfer that fails may do all the same; 0: none. */
UNCHECKED static size_t part_of(size_t n)
{
    switch (fault.mode) {
    case FAULT_SHORT:
        return n / 2 > 0 ? n / 2 : 1;
    case FAULT_CRUMBS:
        return n < CRUMB ? n : CRUMB;
    default:
        return 0;
    }
}

INTERPOSED ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    static ssize_t (*real)(int, void *, size_t, off_t);
    FIND(real, "pread");
    if (!fails(CALL_READ))
        return real(fd, to, n, at);
    if (fault.mode == FAULT_CUT)
        return 0;
    size_t part = part_of(n);
    if (part > 0)
        return real(fd, to, part, at);
    return refuse(fault.mode == FAULT_INTERRUPTED ? EINTR : EIO);
}

INTERPOSED ssize_t write(int fd, const void *from, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);
    FIND(real, "write");
    if (is_armed && fault.disk_is_full)
        return refuse(ENOSPC);
    if (!fails(CALL_WRITE))
        return real(fd, from, n);
    if (fault.mode == FAULT_CUT) {
        fault.disk_is_full = true;
        return n < 2 ? refuse(ENOSPC) : real(fd, from, n / 2);
    }
    size_t part = part_of(n);
    if (part > 0)
        return real(fd, from, part);
    return refuse(fault.mode == FAULT_INTERRUPTED ? EINTR : ENOSPC);
}

UNCHECKED static bool is_written(int fd)
{
    return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

INTERPOSED int fsync(int fd)
{
    static int (*real)(int);
    FIND(real, "fsync");
    if (is_armed && fails(is_written(fd) ? CALL_SYNC : CALL_SYNC_DIRECTORY))
        return refuse(EIO);
    return is_armed ? 0 : real(fd); /* a disk's time is not what is tested */
}

/* As Linux does it: the descriptor is gone also where closing fails. */
INTERPOSED int close(int fd)
{
    static int (*real)(int);
    FIND(real, "close");
    bool hit = is_armed && fails(is_written(fd) ? CALL_CLOSE_WRITTEN : CALL_CLOSE);
    int result = real(fd);
    return hit ? refuse(EIO) : result;
}

INTERPOSED int rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);
    FIND(real, "rename");
    return fails(CALL_RENAME) ? refuse(EIO) : real(from, to);
}

INTERPOSED void *mmap(void *wish, size_t size, int protection, int flags, int fd, off_t at)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);
    FIND(real, "mmap");
    if (fails(CALL_MAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void *mapping = real(wish, size, protection, flags, fd, at);
    if (mapping != MAP_FAILED)
        atomic_fetch_add_explicit(&n_live_maps, 1, memory_order_relaxed);
    return mapping;
}

INTERPOSED int munmap(void *mapping, size_t size)
{
    static int (*real)(void *, size_t);
    FIND(real, "munmap");
    atomic_fetch_sub_explicit(&n_live_maps, 1, memory_order_relaxed);
    return real(mapping, size);
}

#endif
