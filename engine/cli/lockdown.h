/* lockdown.h - what the tool may still do with files, told to the system before it reads one.
 *
 *     arguments, directories of models -> lockdown_* for each path -> lockdown_begin
 *         -> models, vocabularies, texts are opened and parsed
 *
 * From lockdown_begin on the process, should a hostile file take it over, can
 *   read the files that it was given: models, vocabularies, probes, texts; with --watch all files
 *     in the models' directories, for a new model is a new file;
 *   write what it was told to write: see lockdown_write and lockdown_replace;
 *   use what is open: standard input, standard output, stderr;
 * and open no other file, list no directory, run no program, gain no rights by one, connect or bind
 * no TCP port, reach no abstract socket, signal no other process.
 *
 * This is Landlock, of Linux 5.13 and later: an older kernel forbids less (TCP: 6.7, sockets and
 * signals: 6.12), one without Landlock only to gain rights, and so it is where descriptors have run
 * out; silently. Names can still be looked up (stat), and UDP can be sent.
 */
#ifndef CLI_LOCKDOWN_H
#define CLI_LOCKDOWN_H

/* A file to be read; NULL is none. One that is missing now, or gives its name to another, cannot be
 * read later. */
void lockdown_read(const char *path);

/* A file to be read more than once, and whatever takes its place in its directory. Where symbolic
 * links lead to it, the next one may lead anywhere: everything can be read then. */
void lockdown_read_again(const char *path);

/* A file to be written in place; if it is missing, files can be made in its directory. */
void lockdown_write(const char *path);

/* A file to be written under another name in its directory and renamed: files there, and below, can
 * be made, written and removed. */
void lockdown_replace(const char *path);

/* Forbids the rest, for this thread and those that it starts from now on. Once. */
void lockdown_begin(void);

#endif
