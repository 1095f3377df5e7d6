/* main.c - the winnow tool: picks the verb and runs it.
 *
 *     main -> verb table -> verb_*.c -> args, models, ... -> sink
 */
#include "args.h"
#include "interrupt.h"
#include "message.h"
#include "sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const verbs[] = {
    &verb_classify,
    &verb_eval,
    &verb_diff,
    &verb_explain,
    &verb_info,
    &verb_verify,
    &verb_convert,
    &verb_predict,
    &verb_predict_prob,
    &verb_test,
    &verb_liblinear_predict,
};

enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static int show_help(void)
{
    sink_print("winnow - classify paragraphs of text\n\n"
               "usage: winnow [classify] [OPTION]... [FILE|-]...\n"
               "       winnow VERB [OPTION]... ARGUMENT...\n\n");
    for (size_t i = 0; i < N_VERBS; i++)
        sink_print("  %-18s %s\n", verbs[i]->name, verbs[i]->summary);
    sink_print("\n"
               "'winnow VERB --help' tells all about a verb; 'winnow --version' the version.\n\n"
               "examples:\n"
               "  winnow article.txt                  what each paragraph is: kind and topic\n"
               "  winnow article.txt | jq .results    the same as JSON Lines\n"
               "  winnow -m my.winnow -k 3 *.txt      your own model, three best labels\n"
               "  winnow --keep 'editorial>=0.8' --input jsonl pages.jsonl.gz > good.jsonl\n"
               "  winnow eval -m my.winnow dev.jsonl  how good a model is\n"
               "  winnow info topic                   what a model is\n\n"
               "exit status: 0 fine, 1 some records or files failed or the output could not be\n"
               "written, 2 wrong usage or a model that cannot be used (convert: or written),\n"
               "130 interrupted; without a reader of the output it ends by SIGPIPE\n");
    return EXIT_FINE;
}

static int show_version(void)
{
    sink_print("%s\n", wn_build_info());
    return EXIT_FINE;
}

/* The tool scores on threads of its own. OpenBLAS would start its threads before main, where they
 * spin for a while though nothing multiplies, and hang where memory is short. It asks this function
 * of its own for OPENBLAS_NUM_THREADS, and the linker gives it ours. Weak, so that it is no second
 * definition where OpenBLAS is linked statically. */
int openblas_num_threads_env(void) __attribute__((weak, visibility("default")));

int openblas_num_threads_env(void)
{
    return 1;
}

/* Declared here and weak, so that the tool links and runs with and without OpenBLAS. */
extern void openblas_set_num_threads(int n_threads) __attribute__((weak));

/* For an OpenBLAS that does not ask. */
static void quiet_blas(void)
{
    if (openblas_set_num_threads != NULL)
        openblas_set_num_threads(1);
}

/* A file that is opened must not take the place of a standard stream that the caller closed. What
 * is opened here can be neither read nor written as the stream would be, so that a use fails. */
static void fill_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return;
    }
}

static int run(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return show_help();
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        return show_version();
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(first, verbs[i]->name) == 0)
            return verbs[i]->run(verbs[i], argc - 2, argv + 2);
    }
    return verb_classify.run(&verb_classify, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    quiet_blas();
    fill_standard_streams();
    interrupt_watch();
    int code = run(argc, argv);
    if (interrupted())
        code = EXIT_INTERRUPTED;
    return sink_close(code);
}
