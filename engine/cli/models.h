/* models.h - the models of a run: found, opened, named. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "buffer.h"
#include "winnow.h"

#include <stddef.h>
#include <time.h>

/* A list of paths that owns its strings. */
struct paths {
    char **items; /* [n] */
    size_t n;
};

void paths_add(struct paths *paths, const char *path);
void paths_free(struct paths *paths);

struct loaded {
    const wn_model *model;
    wn_model_info info;
    char *path;
    char *name;              /* the model's own, else the file's stem; no two the same */
    struct buffer name_json; /* as a JSON string */
    char *label_json;        /* all labels as JSON strings, one after the other */
    size_t *label_ends;      /* [n_labels] where they end */
    size_t first_tally;      /* index of its first label in a tally of all models' labels */
    wn_slot *slot;           /* watched: holds the newest model */
    int is_new;              /* watched: the slot's model is not this one */
    wn_error error;          /* watched: the last look's; WN_OK: none */
};

struct models {
    struct loaded *items;     /* [n] */
    const wn_model **handles; /* [n] the same models, as the library wants them */
    size_t n;
    size_t
        n_tally; /* labels of all models together, and behind each model's one for unsure answers */
    wn_open_options options;
    struct buffer terms; /* what options.vocabulary points to */

    int is_watched;            /* set before they are opened: see models_look */
    wn_ctx *holder;            /* watched: pins the models */
    struct timespec looked_at; /* watched */
};

/* Adds the shipped models to paths: $WINNOW_MODELS (files and directories, a colon between two),
 * else the first that has some of models/ beside the executable, ../models, ../../models (a build
 * directory inside another), ../share/winnow/models and the directory that was set when the tool
 * was built. Returns an exit code; complains. */
int models_find_shipped(struct paths *paths);

/* The path of a model that was named on the command line: a file, or the name of a shipped one.
 * Adds it to paths. */
void models_find(struct paths *paths, const char *argument);

/* Opens all of them. flags: of wn_open_options. vocabulary: a file with the terms of LIBLINEAR
 * models, or NULL. Returns an exit code; complains of those that fail. */
int models_open(struct models *models, const struct paths *paths, wn_scoring scoring,
                unsigned flags, const char *vocabulary);
void models_free(struct models *models);

/* Watched models: opens files that have changed, at most twice a second. What cannot take the place
 * of a model is complained of, and the model stays. Returns whether models_take has something to
 * do. */
int models_look(struct models *models);

/* Puts the new models in place; nobody may be using the old ones. Labels are the same, maybe in
 * another order: moved is told to[old index] = new index of each model. */
void models_take(struct models *models, void (*moved)(void *user, size_t model, const uint32_t *to),
                 void *user);

/* The label as a JSON string, *len bytes. */
const char *models_label_json(const struct loaded *loaded, uint32_t label, size_t *len);

/* Reads a file of terms for wn_open_options and wn_convert_options; NULL: none. Returns an exit
 * code; complains. */
int models_read_vocabulary(const char *path, struct buffer *terms);

#endif
