/* replay.c - runs the fuzz targets on the files of the corpus, without a fuzzer.
 *
 * usage: replay CORPUS              every file of CORPUS/TARGET, for all targets
 *        replay --one TARGET FILE   one file
 *        replay --samples FOLDER    writes the sample models as JSON, for seeds.py
 *
 * A target without files fails, and so does one whose files are all refused at the door, a folder
 * that belongs to no target, and a file that takes longer than TIME_LIMIT.
 */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIME_LIMIT = 30 }; /* seconds for one file, under a sanitizer on a busy machine */

static char current[1024]; /* the file that runs */

/* Names the file that did not end, or that broke a promise. */
static void name_file(int signal_number)
{
    const char *what = signal_number == SIGALRM ? "FAIL timed out: " : "FAIL broken by: ";
    ssize_t written = write(STDERR_FILENO, what, strlen(what));
    written += write(STDERR_FILENO, current, strlen(current));
    written += write(STDERR_FILENO, "\n", 1);
    (void)written;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static bool run_file(const fuzz_target *target, const char *path)
{
    size_t len;
    snprintf(current, sizeof current, "%s %s", target->name, path);
    char *bytes = read_file(path, &len);
    /* Memory of the very size, so that a sanitizer sees the end. */
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact == NULL)
        support_stop("out of memory");
    memcpy(exact, bytes, len);
    free(bytes);
    alarm(TIME_LIMIT);
    bool through = target->run(exact, len);
    alarm(0);
    free(exact);
    return through;
}

/* Whether the corpus of a target is there and does its work. *n_files: how many files it has. */
static bool replay(const fuzz_target *target, const char *corpus, size_t *n_files)
{
    char path[1024];
    size_t n = 0, n_through = 0;
    snprintf(path, sizeof path, "%s/%s", corpus, target->name);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/%s", corpus, target->name, entry->d_name);
        n++;
        n_through += run_file(target, path);
    }
    if (folder != NULL)
        closedir(folder);
    *n_files = n;
    printf("%s: %zu inputs, %zu of them got through\n", target->name, n, n_through);
    if (n == 0 || n_through == 0)
        printf("FAIL %s: %s\n", target->name, n == 0 ? "no inputs" : "nothing gets through");
    return n > 0 && n_through > 0;
}

static size_t count_strange_folders(const char *corpus)
{
    size_t n = 0;
    DIR *folder = opendir(corpus);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.' || fuzz_find(entry->d_name) != NULL)
            continue;
        printf("FAIL %s/%s: no target has that name\n", corpus, entry->d_name);
        n++;
    }
    if (folder != NULL)
        closedir(folder);
    return n;
}

static int replay_all(const char *corpus)
{
    size_t n_passed = 0, n_files = 0, n_strange = count_strange_folders(corpus);
    for (size_t i = 0; i < n_fuzz_targets; i++) {
        size_t n;
        n_passed += replay(&fuzz_targets[i], corpus, &n);
        n_files += n;
    }
    size_t n_failed = n_fuzz_targets - n_passed + n_strange;
    printf("%zu inputs\n%zu passed, %zu failed, 0 skipped\n", n_files, n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}

static int write_samples(const char *folder)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        char path[1024];
        size_t len;
        char *json = sample_json((sample)kind, 3, &len);
        snprintf(path, sizeof path, "%s/%s.json", folder, sample_names[kind]);
        write_file(path, json, len);
        free(json);
    }
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGALRM, name_file);
    signal(SIGABRT, name_file);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "--samples") == 0)
        return write_samples(argv[2]);
    if (argc == 4 && strcmp(argv[1], "--one") == 0 && fuzz_find(argv[2]) != NULL) {
        printf("%s\n", run_file(fuzz_find(argv[2]), argv[3]) ? "got through" : "refused");
        return 0;
    }
    if (argc == 2)
        return replay_all(argv[1]);
    fprintf(stderr, "usage: replay CORPUS | --one TARGET FILE | --samples FOLDER\n");
    return 2;
}
