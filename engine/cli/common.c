/* common.c - the options that several verbs share, and what follows from them. */
#include "common.h"

#include "lockdown.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 24 }; /* records_jsonl.c looks for 32 at once, ids and labels among them */

const char *const split_names[] = {"auto", "line", "blank", "none", NULL};
const char *const input_names[] = {"auto", "text", "lines",    "jsonl", "csv",
                                   "tsv",  "wet",  "fasttext", NULL};

int common_check(const char *verb, const struct common *common)
{
    const char *name = input_names[common->input];
    const struct input_kind *kind = input_kind_named(name);
    if (kind != NULL && common->split > 0 && !kind->has_paragraphs &&
        common->split != WN_SPLIT_NONE)
        return complain_of_usage(verb, "--split: records of %s are not split", name);
    if (kind != NULL && common->field != NULL && !kind->has_fields)
        return complain_of_usage(verb, "--field: %s input has no fields", name);
    if (kind != NULL && common->id != NULL && !kind->has_id)
        return complain_of_usage(verb, "--id: %s input has no ids", name);
    if (kind != NULL && common->labels != NULL && !kind->has_fields)
        return complain_of_usage(verb, "--labels: %s input has no fields", name);
    return EXIT_FINE;
}

static void lock_down(const struct common *common, const struct words *files,
                      const struct paths *paths, int is_watched)
{
    for (size_t i = 0; i < paths->n; i++) {
        if (is_watched)
            lockdown_read_again(paths->items[i]);
        else
            lockdown_read(paths->items[i]);
    }
    for (size_t i = 0; i < files->n; i++)
        lockdown_read(files->items[i]);
    lockdown_read(common->vocabulary);
    lockdown_begin();
}

int common_open_models(const struct common *common, const struct words *files,
                       struct models *models)
{
    struct paths paths = {0};
    int code = EXIT_FINE;
    for (size_t i = 0; i < common->models.n; i++)
        models_find(&paths, common->models.items[i]);
    if (paths.n == 0)
        code = models_find_shipped(&paths);
    if (code == EXIT_FINE) {
        lock_down(common, files, &paths, models->is_watched);
        code = models_open(models, &paths, common->is_exact ? WN_SCORING_EXACT : WN_SCORING_FAST,
                           common->is_mapped ? WN_OPEN_MAP : 0, common->vocabulary);
    }
    paths_free(&paths);
    return code;
}

static void add_name(struct input_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n_names; i++) {
        if (strcmp(settings->names[i], name) == 0)
            return;
    }
    settings->names = grow_memory(settings->names, settings->n_names + 1, sizeof *settings->names);
    settings->names[settings->n_names++] = name;
}

/* The one field of most models is whatever text there is. Beside models that read several, which
 * are told their names, it goes by its own name, if it has one. */
static int reads_any_text(const struct loaded *loaded, const struct loaded *named)
{
    return loaded->info.n_fields == 1 &&
           (named == NULL || wn_model_field(loaded->model, 0)[0] == '\0');
}

/* The fields to read: that of --field first, where a model reads any text, then those that models
 * name. */
static int choose_fields(const char *verb, const struct common *common, const struct models *models,
                         struct plan *plan)
{
    struct input_settings *settings = &plan->settings;
    int needs_text = 0;
    for (size_t i = 0; i < models->n; i++) {
        const struct loaded *loaded = &models->items[i];
        if (loaded->info.n_fields == 0) {
            complain("%s: scores vectors, not text: name its terms with --vocabulary, or see "
                     "'winnow liblinear-predict --help'",
                     loaded->path);
            return EXIT_BAD_USAGE;
        }
        plan->fields_of = loaded->info.n_fields > 1 ? loaded : plan->fields_of;
    }
    for (size_t i = 0; i < models->n; i++)
        needs_text |= reads_any_text(&models->items[i], plan->fields_of);
    if (needs_text)
        add_name(settings, common->field != NULL ? common->field : "text");
    for (size_t i = 0; i < models->n; i++) {
        const struct loaded *loaded = &models->items[i];
        int is_named = !reads_any_text(loaded, plan->fields_of);
        for (uint32_t j = 0; j < loaded->info.n_fields && is_named; j++)
            add_name(settings, wn_model_field(loaded->model, j));
    }
    if (settings->n_names > MAX_FIELDS) {
        complain("the models read more than %d fields together", MAX_FIELDS);
        return EXIT_BAD_USAGE;
    }
    if (common->field != NULL && !needs_text)
        return complain_of_usage(verb, "--field: %s says itself which fields it reads",
                                 plan->fields_of->path);
    return EXIT_FINE;
}

int common_make_plan(const char *verb, const struct common *common, const struct models *models,
                     struct plan *plan)
{
    struct input_settings *settings = &plan->settings;
    settings->kind = input_kind_named(input_names[common->input]);
    settings->id = common->id;
    settings->split = common->split > 0 ? (wn_split_mode)common->split : WN_SPLIT_AUTO;
    if (common->labels != NULL) {
        settings->label_names[0] = common->labels;
        settings->n_label_names = 1;
    }
    plan->models = models;
    plan->options.size = sizeof plan->options;
    plan->options.split = settings->split;
    return choose_fields(verb, common, models, plan);
}

void common_free(struct common *common)
{
    words_free(&common->models);
}
