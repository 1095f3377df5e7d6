/* keep.c - the conditions of --keep. */
#include "keep.h"

#include "buffer.h"
#include "message.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int find_label(const struct loaded *loaded, const char *label, size_t len, uint32_t *index)
{
    for (uint32_t i = 0; i < loaded->info.n_labels; i++) {
        size_t label_len;
        const char *name = wn_model_label(loaded->model, i, &label_len);
        if (label_len == len && memcmp(name, label, len) == 0) {
            *index = i;
            return 1;
        }
    }
    return 0;
}

/* Looks for text [len] as a label, and as a label behind the name of a model. */
static size_t find_all(const struct models *models, const char *text, size_t len,
                       struct condition *condition)
{
    size_t n_found = 0;
    for (size_t i = 0; i < models->n; i++) {
        const struct loaded *loaded = &models->items[i];
        size_t name_len = strlen(loaded->name);
        int is_named =
            len > name_len && text[name_len] == ':' && memcmp(text, loaded->name, name_len) == 0;
        size_t from = is_named ? name_len + 1 : 0;
        if ((is_named && find_label(loaded, text + from, len - from, &condition->label)) ||
            find_label(loaded, text, len, &condition->label)) {
            condition->model = i;
            n_found++;
        }
    }
    return n_found;
}

static int complain_of_label(const struct models *models, const char *text, size_t len)
{
    struct buffer labels = {0};
    for (size_t i = 0; i < models->n && labels.len < 400; i++) {
        const struct loaded *loaded = &models->items[i];
        for (uint32_t j = 0; j < loaded->info.n_labels && labels.len < 400; j++)
            buffer_print(&labels, "%s%s", labels.len > 0 ? ", " : "",
                         wn_model_label(loaded->model, j, NULL));
    }
    int code =
        complain_of_usage("classify", "--keep %.200s: no model has the label '%.*s'; some: %.*s",
                          text, (int)(len < 100 ? len : 100), text, (int)labels.len,
                          labels.data != NULL ? labels.data : "");
    buffer_free(&labels);
    return code;
}

int keep_parse(const char *text, const struct models *models, struct condition *condition)
{
    /* The last sign counts: a label may hold one. */
    const char *sign = strrchr(text, '<');
    const char *equal = NULL;
    for (const char *at = strstr(text, ">="); at != NULL; at = strstr(at + 1, ">="))
        equal = at;
    condition->is_below = equal == NULL || (sign != NULL && sign > equal);
    if (!condition->is_below)
        sign = equal;
    if (sign == NULL || sign == text)
        return complain_of_usage("classify", "--keep %.200s: not of the form LABEL>=P or LABEL<P",
                                 text);
    const char *number = sign + (condition->is_below ? 1 : 2);
    char *end;
    condition->limit = strtod(number, &end);
    if (end == number || *end != '\0' || !isfinite(condition->limit))
        return complain_of_usage("classify", "--keep %.200s: '%.60s' is no number", text, number);
    size_t len = (size_t)(sign - text);
    size_t n_found = find_all(models, text, len, condition);
    if (n_found == 0)
        return complain_of_label(models, text, len);
    if (n_found > 1)
        return complain_of_usage("classify",
                                 "--keep %.200s: more than one model has this label; "
                                 "write MODEL:LABEL",
                                 text);
    return EXIT_FINE;
}

static int one_holds(const struct condition *condition, const wn_prediction *prediction)
{
    if (prediction->n_scores == 0)
        return 0; /* the model has no opinion */
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        const wn_score *score = &prediction->scores[i];
        if (score->label == condition->label) {
            double value = isnan(score->probability) ? score->logit : score->probability;
            return condition->is_below ? value < condition->limit : value >= condition->limit;
        }
    }
    return condition->is_below;
}

int keep_holds(const struct condition *conditions, size_t n, const wn_prediction *predictions)
{
    for (size_t i = 0; i < n; i++) {
        if (!one_holds(&conditions[i], &predictions[conditions[i].model]))
            return 0;
    }
    return 1;
}
