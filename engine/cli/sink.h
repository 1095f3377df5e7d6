/* sink.h - standard output: whole records or a message, never silence. */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <stddef.h>

/* Adds bytes to standard output. They are written when a good deal has gathered, by sink_flush
 * and by sink_close. A reader that went away ends the tool quietly by SIGPIPE; any other failure
 * is told once on stderr, and everything after it is dropped. */
void sink_add(const void *bytes, size_t len);

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void sink_print(const char *format, ...);

/* Writes what has gathered. Returns 0 when anything could not be written, now or before. */
int sink_flush(void);

/* Whether anything could not be written: there is no use in going on. */
int sink_has_failed(void);

/* The last byte that was added, -1 before the first. */
int sink_last(void);

/* Flushes and returns the exit code of the tool: code, or EXIT_SOME_FAILED in place of EXIT_FINE
 * when stdout failed. */
int sink_close(int code);

#endif
