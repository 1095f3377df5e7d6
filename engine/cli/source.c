/* source.c - an input file, plain or compressed, read as a stream.
 *
 *     file -> raw block -> one of: copy, inflate, zstd -> text buffer -> lines
 */
#include "source.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { RAW_SIZE = 128 * 1024 };
enum { LONG_LINE = 1024 * 1024 };

enum coding { CODING_UNKNOWN, CODING_PLAIN, CODING_GZIP, CODING_ZSTD };

struct source {
    int fd;
    int own_fd; /* opened here, not standard input */
    int raw_ended, ended;
    enum coding coding;
    const char *error;
    uint64_t position;
    unsigned char *raw; /* [RAW_SIZE], bytes raw_at to raw_len are to be decoded */
    size_t raw_at, raw_len;
    struct buffer text; /* bytes at to text.len are to be handed out */
    size_t at;
    size_t scanned;  /* no line feed between at and here */
    size_t last_end; /* where the last whole line of the text ends; at or less: there is none */
    z_stream gzip;
    int in_member;  /* a gzip member or zstd frame has begun and not ended */
    int has_member; /* one has ended */
    ZSTD_DStream *zstd;
};

struct source *source_open(const char *path, int is_raw, const char **reason)
{
    int is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        /* What the lockdown forbids: it is another file than the one that it allowed. */
        int is_other = errno == EACCES && access(path, R_OK) == 0;
        *reason =
            is_other ? "was replaced or made after winnow began: run it again" : strerror(errno);
        return NULL;
    }
    struct stat status;
    if (fstat(fd, &status) != 0) {
        *reason = strerror(errno);
    } else if (S_ISDIR(status.st_mode)) {
        *reason = "is a directory";
    } else {
        struct source *source = take_zeroed(1, sizeof *source);
        source->fd = fd;
        source->own_fd = !is_stdin;
        source->coding = is_raw ? CODING_PLAIN : CODING_UNKNOWN;
        source->raw = take_memory(RAW_SIZE);
        return source;
    }
    if (!is_stdin)
        close(fd);
    return NULL;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->own_fd)
        close(source->fd);
    if (source->coding == CODING_GZIP)
        inflateEnd(&source->gzip);
    ZSTD_freeDStream(source->zstd);
    buffer_free(&source->text);
    free(source->raw);
    free(source);
}

static void fail(struct source *source, const char *error)
{
    source->error = error;
    source->ended = 1;
}

/* Reads up to room bytes; returns their number. None: the file ended, or it failed. */
static size_t read_some(struct source *source, void *to, size_t room)
{
    while (!interrupted()) {
        ssize_t n = read(source->fd, to, room);
        if (n > 0) {
            source->position += (uint64_t)n;
            return (size_t)n;
        }
        if (n == 0) {
            source->raw_ended = 1;
            return 0;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = source->fd, .events = POLLIN};
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            fail(source, strerror(errno));
            return 0;
        }
    }
    source->ended = 1;
    return 0;
}

/* Reads more raw bytes behind those that are left. */
static void read_raw(struct source *source)
{
    if (source->raw_at > 0) {
        memmove(source->raw, source->raw + source->raw_at, source->raw_len - source->raw_at);
        source->raw_len -= source->raw_at;
        source->raw_at = 0;
    }
    source->raw_len += read_some(source, source->raw + source->raw_len, RAW_SIZE - source->raw_len);
}

/* Tells the coding from the first bytes; waits for more only while they may be a magic number. */
static void probe_coding(struct source *source)
{
    static const unsigned char gzip[] = {0x1F, 0x8B, 0x08};
    static const unsigned char zstd[] = {0x28, 0xB5, 0x2F, 0xFD};
    size_t n = source->raw_len - source->raw_at;
    const unsigned char *raw = source->raw + source->raw_at;
    size_t gzip_n = n < sizeof gzip ? n : sizeof gzip;
    size_t zstd_n = n < sizeof zstd ? n : sizeof zstd;
    int may_be_gzip = memcmp(raw, gzip, gzip_n) == 0;
    int may_be_zstd = memcmp(raw, zstd, zstd_n) == 0;
    if (n < sizeof zstd && !source->raw_ended && (may_be_gzip || may_be_zstd))
        return;
    source->coding = CODING_PLAIN;
    if (may_be_gzip && n >= sizeof gzip) {
        if (inflateInit2(&source->gzip, 15 + 16) != Z_OK)
            fail(source, "cannot start the gzip decoder");
        else
            source->coding = CODING_GZIP;
    } else if (may_be_zstd && n >= sizeof zstd) {
        source->zstd = ZSTD_createDStream();
        if (source->zstd == NULL || ZSTD_isError(ZSTD_initDStream(source->zstd)))
            fail(source, "cannot start the zstd decoder");
        else
            source->coding = CODING_ZSTD;
    }
}

static void decode_plain(struct source *source)
{
    if (source->raw_at < source->raw_len) { /* what told the coding */
        buffer_add(&source->text, source->raw + source->raw_at, source->raw_len - source->raw_at);
        source->raw_at = source->raw_len;
        return;
    }
    if (source->raw_ended)
        return;
    buffer_reserve(&source->text, RAW_SIZE);
    source->text.len += read_some(source, source->text.data + source->text.len, RAW_SIZE);
}

/* Zero bytes after the last member are padding, as gzip itself has it. */
static int only_padding(const struct source *source)
{
    for (size_t i = source->raw_at; i < source->raw_len; i++) {
        if (source->raw[i] != 0)
            return 0;
    }
    return 1;
}

static void decode_gzip(struct source *source)
{
    z_stream *gzip = &source->gzip;
    if (!source->in_member && source->has_member) {
        if (only_padding(source)) {
            source->raw_at = source->raw_len;
            return;
        }
        if (inflateReset(gzip) != Z_OK) {
            fail(source, "cannot restart the gzip decoder");
            return;
        }
    }
    source->in_member = 1;
    buffer_reserve(&source->text, RAW_SIZE);
    gzip->next_in = source->raw + source->raw_at;
    gzip->avail_in = (uInt)(source->raw_len - source->raw_at);
    gzip->next_out = (unsigned char *)source->text.data + source->text.len;
    gzip->avail_out = RAW_SIZE;
    int result = inflate(gzip, Z_NO_FLUSH);
    source->raw_at = source->raw_len - gzip->avail_in;
    source->text.len += RAW_SIZE - gzip->avail_out;
    if (result == Z_STREAM_END) {
        source->in_member = 0;
        source->has_member = 1;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        fail(source, "damaged gzip data");
    }
}

static void decode_zstd(struct source *source)
{
    buffer_reserve(&source->text, RAW_SIZE);
    ZSTD_inBuffer in = {source->raw, source->raw_len, source->raw_at};
    ZSTD_outBuffer out = {source->text.data + source->text.len, RAW_SIZE, 0};
    size_t result = ZSTD_decompressStream(source->zstd, &out, &in);
    source->raw_at = in.pos;
    source->text.len += out.pos;
    if (ZSTD_isError(result))
        fail(source, ZSTD_getErrorName(result));
    source->in_member = result != 0;
}

static int decoder_holds_output(const struct source *source)
{
    return source->in_member && source->raw_ended && source->raw_at == source->raw_len;
}

/* Notes where the last line ends, if it is one of the bytes from `before` on. */
static void find_last_end(struct source *source, size_t before)
{
    const char *text = source->text.data;
    for (size_t i = source->text.len; i > before; i--) {
        if (text[i - 1] == '\n') {
            source->last_end = i;
            return;
        }
    }
}

/* Makes more text, or sets ended. */
static void fill_text(struct source *source)
{
    if (source->at > 0) {
        memmove(source->text.data, source->text.data + source->at, source->text.len - source->at);
        source->text.len -= source->at;
        source->scanned -= source->at;
        source->last_end = source->last_end > source->at ? source->last_end - source->at : 0;
        source->at = 0;
    }
    size_t before = source->text.len;
    while (!source->ended && source->text.len == before) {
        if (interrupted()) {
            source->ended = 1;
            return;
        }
        if (source->coding == CODING_UNKNOWN) {
            read_raw(source);
            if (!source->ended)
                probe_coding(source);
            continue;
        }
        int dry = source->raw_at == source->raw_len;
        switch (source->coding) {
        case CODING_GZIP:
            if (!dry || source->in_member)
                decode_gzip(source);
            break;
        case CODING_ZSTD:
            if (!dry || source->in_member)
                decode_zstd(source);
            break;
        default:
            decode_plain(source);
            break;
        }
        if (source->ended || source->text.len > before)
            return;
        if (source->raw_ended && source->raw_at == source->raw_len) {
            if (decoder_holds_output(source))
                source->error = "compressed data ends early";
            source->ended = 1;
        } else if (source->raw_at == source->raw_len) {
            read_raw(source);
        }
    }
}

static void fill(struct source *source)
{
    size_t left = source->text.len - source->at; /* it moves to the front */
    fill_text(source);
    find_last_end(source, left);
}

int source_line(struct source *source, const char **line, size_t *len)
{
    for (;;) {
        size_t left = source->text.len - source->scanned;
        const char *from = left > 0 ? source->text.data + source->scanned : NULL;
        const char *feed = left > 0 ? memchr(from, '\n', left) : NULL;
        if (feed == NULL && !source->ended) {
            source->scanned = source->text.len;
            fill(source);
            continue;
        }
        size_t end = feed != NULL ? (size_t)(feed - source->text.data) + 1 : source->text.len;
        *len = end - source->at;
        if (*len == 0 || interrupted())
            return 0;
        *line = source->text.data + source->at;
        source->at = end;
        source->scanned = end;
        return 1;
    }
}

void source_move(struct source *source, size_t len, struct buffer *out)
{
    struct buffer *text = &source->text, rest = {0};
    size_t begin = source->at - len, before = out->len;
    if (len < LONG_LINE) {
        buffer_add(out, text->data + begin, len);
        return;
    }
    buffer_add(&rest, text->data + source->at, text->len - source->at);
    buffer_reserve(text, before);
    memmove(text->data + before, text->data + begin, len);
    if (before > 0)
        memcpy(text->data, out->data, before);
    text->len = before + len;
    buffer_free(out);
    *out = *text;
    *text = rest;
    source->at = 0;
    source->scanned = 0;
    source->last_end = 0;
    find_last_end(source, 0);
}

void source_put_back(struct source *source, size_t len)
{
    source->at -= len;
    source->scanned = source->at;
}

size_t source_take(struct source *source, size_t n, struct buffer *out)
{
    size_t taken = 0;
    while (taken < n) {
        size_t have = source->text.len - source->at;
        if (have == 0) {
            if (source->ended)
                break;
            fill(source);
            continue;
        }
        size_t part = have < n - taken ? have : n - taken;
        buffer_add(out, source->text.data + source->at, part);
        source->at += part;
        if (source->scanned < source->at)
            source->scanned = source->at;
        taken += part;
    }
    return taken;
}

int source_would_wait(struct source *source)
{
    if (source->ended || source->raw_ended || source->raw_at < source->raw_len)
        return 0;
    if (source->last_end > source->at)
        return 0;
    struct pollfd ready = {.fd = source->fd, .events = POLLIN};
    return poll(&ready, 1, 0) == 0;
}

const char *source_error(const struct source *source)
{
    return source->error;
}

uint64_t source_position(const struct source *source)
{
    return source->position;
}
