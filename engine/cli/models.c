/* models.c - the models of a run: found, opened, named. */
#include "models.h"

#include "escape.h"
#include "message.h"
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef WN_MODELS_DIR
#define WN_MODELS_DIR "/usr/local/share/winnow/models"
#endif

void paths_add(struct paths *paths, const char *path)
{
    paths->items = grow_memory(paths->items, paths->n + 1, sizeof *paths->items);
    paths->items[paths->n++] = copy_string(path);
}

void paths_free(struct paths *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct paths){0};
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* dir/name in memory of its own. */
static char *join(const char *dir, const char *name)
{
    struct buffer path = {0};
    buffer_print(&path, "%s/%s", dir, name);
    buffer_add_char(&path, '\0');
    return path.data;
}

/* Adds the *.winnow files of a directory by name, and returns how many there are. */
static size_t add_directory(struct paths *paths, const char *dir)
{
    static const char suffix[] = ".winnow";
    DIR *stream = opendir(dir);
    if (stream == NULL)
        return 0;
    size_t before = paths->n;
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len < sizeof suffix || entry->d_name[0] == '.' ||
            strcmp(entry->d_name + len - (sizeof suffix - 1), suffix) != 0)
            continue;
        char *path = join(dir, entry->d_name);
        paths_add(paths, path);
        free(path);
    }
    closedir(stream);
    if (paths->n > before)
        qsort(paths->items + before, paths->n - before, sizeof *paths->items, compare_paths);
    return paths->n - before;
}

/* The directory of the running executable; NULL where the system does not tell. */
static char *executable_directory(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return NULL;
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    return copy_string(path);
}

static int find_in_environment(struct paths *paths, const char *list)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ":");
        char *path = take_memory(len + 1);
        memcpy(path, list, len);
        path[len] = '\0';
        int found = len == 0 || !is_directory(path) || add_directory(paths, path) > 0;
        if (found && len > 0 && !is_directory(path))
            paths_add(paths, path);
        if (!found)
            complain("%s: no *.winnow files in this directory, which WINNOW_MODELS names", path);
        free(path);
        if (!found)
            return EXIT_BAD_USAGE;
        list += len + (list[len] == ':');
    }
    return EXIT_FINE;
}

/* The directories that may hold the shipped models, best first. */
static void list_directories(struct paths *dirs)
{
    static const char *const beside[] = {"models", "../models", "../../models",
                                         "../share/winnow/models"};
    char *here = executable_directory();
    for (size_t i = 0; here != NULL && i < sizeof beside / sizeof beside[0]; i++) {
        char *dir = join(here, beside[i]);
        paths_add(dirs, dir);
        free(dir);
    }
    free(here);
    paths_add(dirs, WN_MODELS_DIR);
}

int models_find_shipped(struct paths *paths)
{
    const char *list = getenv("WINNOW_MODELS");
    if (list != NULL && list[strspn(list, ":")] != '\0')
        return find_in_environment(paths, list);
    struct paths dirs = {0};
    list_directories(&dirs);
    int found = 0;
    for (size_t i = 0; i < dirs.n && !found; i++)
        found = add_directory(paths, dirs.items[i]) > 0;
    if (!found)
        complain("no models found (looked for *.winnow beside the executable and in %s): "
                 "name one with -m FILE, or their directory in WINNOW_MODELS",
                 WN_MODELS_DIR);
    paths_free(&dirs);
    return found ? EXIT_FINE : EXIT_BAD_USAGE;
}

/* "dir/topic.winnow" is "topic". *len is its length. */
static const char *stem_of(const char *path, size_t *len)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    *len = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    return base;
}

void models_find(struct paths *paths, const char *argument)
{
    if (strpbrk(argument, "/.") == NULL && access(argument, F_OK) != 0) {
        struct paths shipped = {0}, dirs = {0};
        const char *list = getenv("WINNOW_MODELS");
        if (list != NULL && *list != '\0')
            find_in_environment(&shipped, list);
        else
            list_directories(&dirs);
        for (size_t i = 0; i < dirs.n && shipped.n == 0; i++)
            add_directory(&shipped, dirs.items[i]);
        const char *found = argument;
        for (size_t i = 0; i < shipped.n; i++) {
            size_t len;
            const char *stem = stem_of(shipped.items[i], &len);
            if (strlen(argument) == len && memcmp(stem, argument, len) == 0)
                found = shipped.items[i];
        }
        paths_add(paths, found);
        paths_free(&shipped);
        paths_free(&dirs);
        return;
    }
    paths_add(paths, argument);
}

static int name_is_taken(const struct models *models, const char *name)
{
    for (size_t i = 0; i < models->n; i++) {
        if (strcmp(models->items[i].name, name) == 0)
            return 1;
    }
    return 0;
}

static char *unique_name(const struct models *models, const struct loaded *loaded)
{
    size_t len = strlen(loaded->info.name);
    const char *base = loaded->info.name;
    if (len == 0)
        base = stem_of(loaded->path, &len);
    struct buffer name = {0};
    for (unsigned n = 1;; n++) {
        name.len = 0;
        buffer_add(&name, base, len);
        if (n > 1)
            buffer_print(&name, "-%u", n);
        buffer_add_char(&name, '\0');
        if (!name_is_taken(models, name.data))
            return name.data;
    }
}

static void make_labels(struct loaded *loaded)
{
    struct buffer all = {0};
    loaded->label_ends = take_zeroed(loaded->info.n_labels, sizeof *loaded->label_ends);
    for (uint32_t i = 0; i < loaded->info.n_labels; i++) {
        size_t len;
        const char *label = wn_model_label(loaded->model, i, &len);
        escape_json(&all, label, len);
        loaded->label_ends[i] = all.len;
    }
    loaded->label_json = all.data;
}

const char *models_label_json(const struct loaded *loaded, uint32_t label, size_t *len)
{
    size_t begin = label > 0 ? loaded->label_ends[label - 1] : 0;
    *len = loaded->label_ends[label] - begin;
    return loaded->label_json + begin;
}

int models_read_vocabulary(const char *path, struct buffer *terms)
{
    const char *reason;
    if (path == NULL)
        return EXIT_FINE;
    struct source *source = source_open(path, 0, &reason);
    if (source == NULL) {
        complain("%s: %s", path, reason);
        return EXIT_BAD_USAGE;
    }
    source_take(source, SIZE_MAX, terms);
    reason = source_error(source);
    source_close(source);
    if (reason == NULL && terms->len == 0)
        reason = "no terms in it";
    if (reason == NULL)
        return EXIT_FINE;
    complain("%s: %s", path, reason);
    return EXIT_BAD_USAGE;
}

/* Opens one, in a slot if the file is watched. */
static wn_status open_one(struct models *models, struct loaded *loaded, const char *path,
                          wn_error *error)
{
    wn_reload_options how = {.size = sizeof how, .open = &models->options};
    if (!models->is_watched)
        return wn_model_open(path, &models->options, &loaded->model, error);
    if (wn_slot_new(NULL, NULL, &loaded->slot) != WN_OK)
        stop_for_memory();
    wn_status status = wn_slot_reload(loaded->slot, path, &how, NULL, error);
    if (status == WN_OK && wn_slot_acquire(loaded->slot, models->holder, &loaded->model) != WN_OK)
        stop_for_memory();
    return status;
}

/* What follows from loaded->model. */
static void describe(struct loaded *loaded)
{
    loaded->info.size = sizeof loaded->info;
    wn_model_get_info(loaded->model, &loaded->info);
    free(loaded->label_json);
    free(loaded->label_ends);
    make_labels(loaded);
}

int models_open(struct models *models, const struct paths *paths, wn_scoring scoring,
                unsigned flags, const char *vocabulary)
{
    models->options =
        (wn_open_options){.size = sizeof models->options, .scoring = scoring, .flags = flags};
    int code = models_read_vocabulary(vocabulary, &models->terms);
    if (code != EXIT_FINE)
        return code;
    models->options.vocabulary = (wn_text){models->terms.data, models->terms.len};
    if (models->is_watched && wn_ctx_new(NULL, &models->holder) != WN_OK)
        stop_for_memory();
    models->items = take_zeroed(paths->n, sizeof *models->items);
    models->handles = take_zeroed(paths->n, sizeof *models->handles);
    for (size_t i = 0; i < paths->n; i++) {
        struct loaded *loaded = &models->items[models->n];
        wn_error error;
        if (open_one(models, loaded, paths->items[i], &error) != WN_OK) {
            complain_of_model(paths->items[i], &error);
            wn_slot_free(loaded->slot);
            *loaded = (struct loaded){0};
            code = EXIT_BAD_USAGE;
            continue;
        }
        describe(loaded);
        loaded->path = copy_string(paths->items[i]);
        loaded->name = unique_name(models, loaded);
        escape_json(&loaded->name_json, loaded->name, strlen(loaded->name));
        loaded->first_tally = models->n_tally;
        models->n_tally += (size_t)loaded->info.n_labels + 1;
        models->handles[models->n++] = loaded->model;
    }
    return code;
}

void models_free(struct models *models)
{
    for (size_t i = 0; i < models->n; i++) {
        struct loaded *loaded = &models->items[i];
        if (loaded->slot == NULL)
            wn_model_unref(loaded->model);
        else
            wn_slot_release(loaded->slot, models->holder);
        wn_slot_free(loaded->slot);
        free(loaded->path);
        free(loaded->name);
        buffer_free(&loaded->name_json);
        free(loaded->label_json);
        free(loaded->label_ends);
    }
    wn_ctx_free(models->holder);
    buffer_free(&models->terms);
    free(models->items);
    free(models->handles);
    *models = (struct models){0};
}

/* ---- Watched models ----------------------------------------------------------------------------
 */

int models_look(struct models *models)
{
    const double pause = 0.5; /* seconds */
    struct timespec now;
    int some_new = 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double passed = (double)(now.tv_sec - models->looked_at.tv_sec) +
                    (double)(now.tv_nsec - models->looked_at.tv_nsec) / 1e9;
    if (!models->is_watched || passed < pause)
        return 0;
    models->looked_at = now;
    wn_reload_options how = {
        .size = sizeof how, .flags = WN_RELOAD_IF_CHANGED, .open = &models->options};
    for (size_t i = 0; i < models->n; i++) {
        struct loaded *loaded = &models->items[i];
        wn_error error;
        int is_new;
        if (wn_slot_reload(loaded->slot, loaded->path, &how, &is_new, &error) == WN_OK) {
            loaded->error = (wn_error){0};
        } else {
            /* What cannot be read now is tried again at each look: it is said once. */
            if (strcmp(error.message, loaded->error.message) != 0) {
                complain_of_model(loaded->path, &error);
                complain("%s: going on with the model before", loaded->path);
            }
            loaded->error = error;
        }
        loaded->is_new |= is_new;
        some_new |= loaded->is_new;
    }
    return some_new;
}

struct label {
    const char *name;
    size_t len;
    uint32_t index;
};

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    int order = memcmp(x->name, y->name, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The labels by name. */
static struct label *sort_labels(const wn_model *model, uint32_t n)
{
    struct label *labels = take_zeroed(n, sizeof *labels);
    for (uint32_t i = 0; i < n; i++) {
        labels[i].name = wn_model_label(model, i, &labels[i].len);
        labels[i].index = i;
    }
    qsort(labels, n, sizeof *labels, compare_labels);
    return labels;
}

/* Exchanges a model; returns where its labels went. */
static uint32_t *take_one(const struct models *models, struct loaded *loaded)
{
    uint32_t n = loaded->info.n_labels, *to = take_zeroed(n, sizeof *to);
    struct label *before = sort_labels(loaded->model, n);
    const wn_model *old = wn_model_ref(loaded->model); /* holds the names */
    wn_slot_release(loaded->slot, models->holder);
    if (wn_slot_acquire(loaded->slot, models->holder, &loaded->model) != WN_OK)
        stop_for_memory();
    struct label *after = sort_labels(loaded->model, n);
    for (uint32_t i = 0; i < n; i++)
        to[before[i].index] = after[i].index;
    free(before);
    free(after);
    wn_model_unref(old);
    describe(loaded);
    loaded->is_new = 0;
    return to;
}

void models_take(struct models *models, void (*moved)(void *user, size_t model, const uint32_t *to),
                 void *user)
{
    for (size_t i = 0; i < models->n; i++) {
        if (!models->items[i].is_new)
            continue;
        uint32_t *to = take_one(models, &models->items[i]);
        models->handles[i] = models->items[i].model;
        moved(user, i, to);
        free(to);
    }
}
