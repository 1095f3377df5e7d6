/* test_file_faults.c - file.c when the operating system fails: each system call, once and in turn.
 *
 * The file is compiled here a second time, with calls of our own in place of the system's.
 */
#include "support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef enum call {
    NO_CALL,
    CALL_FSTAT,
    CALL_PREAD,
    CALL_MMAP,
    CALL_OPEN,
    CALL_WRITE,
    CALL_FSYNC,
    CALL_CLOSE,
    CALL_RENAME
} call;

/* Of the next `n_skipped` + 1 calls of this kind the last one fails; all from there on when ever.
 * The reason 0: it does nothing, as at a file's end. A process of its own runs each test. */
static struct {
    call call;
    int reason, n_skipped;
    bool ever;
    size_t most;           /* bytes that one read or write does; 0: all */
    off_t size;            /* of each file; 0: as it is */
    struct timespec clock; /* what it shows; 0: as it is */
    unsigned n_synced;     /* calls of fsync */
    unsigned n_created;    /* calls of open that may make a file */
    size_t unmapped;       /* bytes */
} fault;

static bool fails(call which)
{
    if (fault.call != which || fault.n_skipped-- > 0)
        return false;
    if (!fault.ever)
        fault.call = NO_CALL;
    fault.n_skipped = 0;
    errno = fault.reason;
    return true;
}

/* 0 of a call that succeeds and does nothing, which leaves in errno what an earlier one said; -1.
 */
static ssize_t nothing(int earlier)
{
    if (fault.reason != 0)
        return -1;
    errno = earlier;
    return 0;
}

static size_t at_most(size_t n)
{
    return fault.most > 0 && n > fault.most ? fault.most : n;
}

static int faulty_fstat(int fd, struct stat *out)
{
    if (fails(CALL_FSTAT) || fstat(fd, out) != 0)
        return -1;
    if (fault.size != 0)
        out->st_size = fault.size;
    return 0;
}

static ssize_t faulty_pread(int fd, void *to, size_t n, off_t at)
{
    if (fails(CALL_PREAD))
        return nothing(EINTR);
    return pread(fd, to, at_most(n), at);
}

static void *faulty_mmap(void *at, size_t size, int protection, int flags, int fd, off_t from)
{
    return fails(CALL_MMAP) ? MAP_FAILED : mmap(at, size, protection, flags, fd, from);
}

static int counting_munmap(void *at, size_t size)
{
    fault.unmapped += size;
    return munmap(at, size);
}

/* The mode is that of new files; without O_CREAT nobody looks at it. */
static int faulty_open(const char *path, int flags, ...)
{
    bool creates = (flags & O_CREAT) != 0;
    fault.n_created += creates;
    return creates && fails(CALL_OPEN) ? -1 : open(path, flags, 0666);
}

static ssize_t faulty_write(int fd, const void *from, size_t n)
{
    if (fails(CALL_WRITE))
        return nothing(EIO);
    return write(fd, from, at_most(n));
}

static int faulty_fsync(int fd)
{
    fault.n_synced++;
    return fails(CALL_FSYNC) ? -1 : fsync(fd);
}

static int faulty_close(int fd)
{
    int result = close(fd);
    return fails(CALL_CLOSE) ? -1 : result;
}

static int faulty_rename(const char *from, const char *to)
{
    return fails(CALL_RENAME) ? -1 : rename(from, to);
}

static int faulty_clock_gettime(clockid_t clock, struct timespec *out)
{
    *out = fault.clock;
    return out->tv_sec != 0 ? 0 : clock_gettime(clock, out);
}

#define fstat faulty_fstat
#define pread faulty_pread
#define mmap faulty_mmap
#define munmap counting_munmap
#define open faulty_open
#define write faulty_write
#define fsync faulty_fsync
#define close faulty_close
#define rename faulty_rename
#define clock_gettime faulty_clock_gettime
#define wn__file_look faulty_file_look
#define wn__file_is_same faulty_file_is_same
#define wn__file_open faulty_file_open
#define wn__file_close faulty_file_close
#define wn__file_read_at faulty_file_read_at
#define wn__file_check faulty_file_check
#define wn__file_map faulty_file_map
#define wn__file_unmap faulty_file_unmap
#define wn__file_read faulty_file_read
#define wn__file_write faulty_file_write

#include "../../engine/file.c"

static const uint8_t content[] = "0123456789abcdef";
static char path[64];
static wn__heap heap;
static wn_error error;

static void start(void)
{
    temporary_name(path);
    write_file(path, content, sizeof content);
    wn__heap_init(&heap, NULL);
}

static void stop(void)
{
    wn__heap_free_all(&heap);
    unlink(path);
}

TestSuite(file_faults, .init = start, .fini = stop);

static void set_fault(call which, int reason, int n_skipped, bool ever)
{
    fault.call = which;
    fault.reason = reason;
    fault.n_skipped = n_skipped;
    fault.ever = ever;
}

static wn_status read_it(void)
{
    uint8_t *data;
    size_t size;
    wn_status status = wn__file_read(&heap, path, 1000, &data, &size, &error);
    cr_assert_eq(status == WN_OK, data != NULL);
    if (status == WN_OK) {
        cr_assert_eq(size, sizeof content);
        cr_assert_eq(memcmp(data, content, size), 0);
    }
    wn__heap_free(&heap, data);
    cr_assert_eq(heap.held, 0);
    return status;
}

static void check_message(const char *part)
{
    cr_assert_not_null(strstr(error.message, part), "%s: %s", part, error.message);
}

Test(file_faults, reading_in_small_pieces_with_interruptions)
{
    fault.most = 3;
    for (int skipped = 0; skipped < 8; skipped++) {
        set_fault(CALL_PREAD, EINTR, skipped, false);
        cr_assert_eq(read_it(), WN_OK);
    }
}

Test(file_faults, what_cannot_be_read_is_an_io_error)
{
    fault.most = 3;
    for (int skipped = 0; skipped < 6; skipped++) {
        set_fault(CALL_PREAD, EIO, skipped, false);
        cr_assert_eq(read_it(), WN_ERROR_IO);
        check_message("cannot read");
        set_fault(CALL_PREAD, 0, skipped, false); /* shorter than it was */
        cr_assert_eq(read_it(), WN_ERROR_IO);
        check_message("changed while it was read");
        cr_assert_eq(error.offset, 3 * (uint64_t)skipped);
    }
    for (int skipped = 0; skipped < 2; skipped++) {
        set_fault(CALL_FSTAT, EIO, skipped, false);
        cr_assert_eq(read_it(), WN_ERROR_IO);
        check_message("cannot stat");
    }
}

Test(file_faults, a_reason_without_a_name_is_a_number)
{
    set_fault(CALL_PREAD, 12345, 0, false);
    cr_assert_eq(read_it(), WN_ERROR_IO);
    check_message("12345");
}

Test(file_faults, a_file_that_changes_is_seen)
{
    wn__file file;
    struct timespec old[2] = {{1, 0}, {1, 0}};
    cr_assert_eq(wn__file_open(&file, path, 1000, &error), WN_OK);
    cr_assert_eq(wn__file_check(&file, &error), WN_OK);
    for (unsigned field = 0; field < 5; field++) {
        struct stat before = file.before;
        file.before.st_dev += field == 0;
        file.before.st_ino += field == 1;
        file.before.st_size += field == 2;
        file.before.st_mtim.tv_sec += field == 3;
        file.before.st_mtim.tv_nsec += field == 4;
        cr_assert_eq(wn__file_check(&file, &error), WN_ERROR_IO);
        file.before = before;
    }
    cr_assert_eq(utimensat(AT_FDCWD, path, old, 0), 0);
    cr_assert_eq(wn__file_check(&file, &error), WN_ERROR_IO);
    check_message("changed while it was read");
    wn__file_close(&file);
}

Test(file_faults, stamps_differ_in_every_field)
{
    wn__file_stamp stamp = {.exists = true, .is_settled = true};
    for (unsigned field = 0; field < 10; field++) {
        wn__file_stamp other = stamp;
        other.exists ^= field == 0;
        other.is_settled ^= field == 1;
        other.device += field == 2;
        other.inode += field == 3;
        other.size += field == 4;
        other.modified.tv_sec += field == 5;
        other.modified.tv_nsec += field == 6;
        other.changed.tv_sec += field == 7;
        other.changed.tv_nsec += field == 8;
        cr_assert_eq(wn__file_is_same(&stamp, &other), field == 9);
        cr_assert_eq(wn__file_is_same(&other, &stamp), field == 9);
    }
}

/* A file that changed in the clock's last tick may change again and have the same times. */
Test(file_faults, a_stamp_is_settled_a_tick_later)
{
    static const struct {
        long ns;
        bool is_settled;
    } rows[] = {
        {0, false}, {20000000, false}, {20000001, true}, {-20000000, false}, {-20000001, true}};
    struct stat now;
    cr_assert_eq(stat(path, &now), 0);
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn__file_stamp stamp;
        long ns = now.st_ctim.tv_nsec + rows[i].ns;
        long carry = ns < 0 ? -1 : ns / 1000000000;
        fault.clock.tv_sec = now.st_ctim.tv_sec + carry;
        fault.clock.tv_nsec = ns - carry * 1000000000;
        wn__file_look(path, &stamp);
        cr_expect(stamp.exists && stamp.is_regular);
        cr_expect_eq(stamp.is_settled, rows[i].is_settled, "%ld ns later", rows[i].ns);
    }
    wn__file_stamp none;
    wn__file_look("/nowhere/x", &none);
    cr_expect(!none.exists && none.is_settled);
}

Test(file_faults, sizes_are_within_the_limit_and_what_there_can_be)
{
    static const struct {
        off_t size;
        uint64_t limit;
        wn_status status;
    } rows[] = {
        {1000, 1000, WN_OK},
        {1001, 1000, WN_ERROR_LIMIT},
        {INT64_MAX, UINT64_MAX, WN_OK},
        {INT64_MAX, (uint64_t)INT64_MAX - 1, WN_ERROR_LIMIT},
        {-1, UINT64_MAX, WN_ERROR_LIMIT},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn__file file;
        fault.size = rows[i].size;
        wn_status status = wn__file_open(&file, path, rows[i].limit, &error);
        cr_expect_eq(status, rows[i].status, "%lld: %s", (long long)rows[i].size, error.message);
        if (status != WN_OK)
            continue;
        cr_expect_eq(file.size, (size_t)rows[i].size);
        wn__file_close(&file);
    }
}

/* Where nothing else is open a file's number is 0. */
Test(file_faults, the_first_number_of_a_file_is_as_good_as_others)
{
    wn__file file;
    cr_assert_eq(close(STDIN_FILENO), 0);
    cr_assert_eq(wn__file_open(&file, path, 1000, &error), WN_OK, "%s", error.message);
    cr_assert_eq(file.fd, 0);
    wn__file_close(&file);
    cr_assert_eq(wn__file_write(path, content, sizeof content, &error), WN_OK, "%s", error.message);
    cr_assert_eq(fault.n_created, 1);
    cr_assert_eq(fault.n_synced, 2, "the file and its folder");
}

Test(file_faults, what_cannot_be_mapped_is_an_io_error)
{
    wn__file file;
    const uint8_t *data = NULL;
    cr_assert_eq(wn__file_open(&file, path, sizeof content, &error), WN_OK);
    set_fault(CALL_MMAP, ENODEV, 0, false);
    cr_assert_eq(wn__file_map(&file, &data, &error), WN_ERROR_IO);
    check_message("cannot map");
    cr_assert_eq(wn__file_map(&file, &data, &error), WN_OK);
    cr_assert_eq(memcmp(data, content, sizeof content), 0);
    wn__file_unmap(data, file.size);
    cr_assert_eq(fault.unmapped, sizeof content);
    wn__file_unmap(data, 0); /* takes what a mapping of nothing has */
    cr_assert_eq(fault.unmapped, sizeof content + 1);
    wn__file_close(&file);
    cr_assert_eq(wn__file_open(&file, path, sizeof content - 1, &error), WN_ERROR_LIMIT);
}

/* Each failure leaves the old file, and no other. */
Test(file_faults, a_failed_write_leaves_the_old_file)
{
    static const struct {
        call call;
        int reason;
    } cases[] = {
        {CALL_OPEN, EACCES}, {CALL_WRITE, ENOSPC},  {CALL_FSYNC, EIO},
        {CALL_CLOSE, EIO},   {CALL_RENAME, EACCES},
    };
    char folder[] = "/tmp/file_faults_XXXXXX", name[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/model", folder);
    write_file(name, "old", 3);
    fault.most = 3;
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        size_t len;
        set_fault(cases[i].call, cases[i].reason, 0, false);
        cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_ERROR_IO);
        cr_assert_eq(fault.call, NO_CALL);
        char *left = read_file(name, &len);
        cr_assert(len == 3 && memcmp(left, "old", 3) == 0);
        free(left);
    }
    /* In the middle of the bytes. */
    set_fault(CALL_WRITE, ENOSPC, 2, false);
    cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_ERROR_IO);
    check_message("No space left");
    set_fault(CALL_WRITE, 0, 2, false); /* nothing written is no failure */
    cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_OK);
    set_fault(CALL_WRITE, EINTR, 2, false);
    cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_OK);
    size_t len;
    char *now = read_file(name, &len);
    cr_assert(len == sizeof content && memcmp(now, content, len) == 0);
    free(now);
    unlink(name);
    cr_assert_eq(rmdir(folder), 0, "no temporary file is left");
}

Test(file_faults, a_temporary_name_that_is_taken_is_followed_by_another)
{
    set_fault(CALL_OPEN, EEXIST, 0, false);
    cr_assert_eq(wn__file_write(path, content, sizeof content, &error), WN_OK);
    cr_assert_eq(fault.n_created, 2);
    set_fault(CALL_OPEN, EEXIST, 0, true);
    cr_assert_eq(wn__file_write(path, content, sizeof content, &error), WN_ERROR_IO);
    check_message("cannot create");
    cr_assert_eq(fault.n_created, 2 + 100);
}

Test(file_faults, an_error_of_before_is_none_of_now)
{
    errno = EIO;
    cr_assert_eq(wn__file_write(path, content, sizeof content, &error), WN_OK, "%s", error.message);
    cr_assert_eq(read_it(), WN_OK);
}

/* A name is never cut: with ".tmp-PID-TIME" and a number it has to fit with its NUL. */
Test(file_faults, a_temporary_name_fits_or_is_not_used)
{
    static char name[PATH_MAX + 1];
    char behind[64];
    fault.clock = (struct timespec){1, 0xabc};
    size_t more = (size_t)snprintf(behind, sizeof behind, ".tmp-%lx-abc0", (long)getpid());
    for (size_t i = 0; i < PATH_MAX; i++)
        name[i] = i % 2 == 0 ? '/' : 'x';
    for (size_t len = PATH_MAX - 1 - more - 2; len <= PATH_MAX - 1 - more + 2; len++) {
        char old = name[len];
        name[len] = '\0';
        cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_ERROR_IO);
        check_message(len + more < PATH_MAX ? "cannot create" : "cannot write");
        name[len] = old;
    }
}

Test(file_faults, names_without_a_folder_and_too_long_ones)
{
    static char name[PATH_MAX + 10];
    char folder[] = "/tmp/file_faults_XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(wn__file_write("model", content, sizeof content, &error), WN_OK);
    cr_assert_eq(fault.n_synced, 2, "the file and its folder");
    unlink("model");
    cr_assert_eq(rmdir(folder), 0);
    memset(name, 'x', PATH_MAX + 5);
    cr_assert_eq(wn__file_write(name, content, sizeof content, &error), WN_ERROR_IO);
    name[PATH_MAX + 1] = '/';
    fault.n_synced = 0;
    sync_directory_of(name);
    name[PATH_MAX] = '/'; /* one byte too long with its NUL */
    name[PATH_MAX + 1] = 'x';
    sync_directory_of(name);
    sync_directory_of("/no such folder/model");
    cr_assert_eq(fault.n_synced, 0);
    sync_directory_of("/model");
    cr_assert_eq(fault.n_synced, 1);
    cr_assert_eq(wn__file_write("/dev/null", content, sizeof content, &error), WN_ERROR_IO);
    check_message("no regular file");
}
