/* output.h - the kinds of output.
 *
 * A new kind is one file with these functions and one line in the table in output.c.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "buffer.h"
#include "input.h"
#include "models.h"

/* What is said about one record or paragraph. */
struct answer {
    const struct input *input;
    uint64_t record;    /* 0: the input has paragraphs alone */
    uint64_t paragraph; /* 0: the record is not cut into paragraphs */
    size_t begin, end;  /* the paragraph's bytes */
    const char *id;     /* [id_len]; NULL: none */
    size_t id_len;
    int id_is_json;
    const char *text; /* [text_len]; of several fields all of them, a line each */
    size_t text_len;
    const char *labels; /* [labels_len]; NULL: none, see gold.h */
    size_t labels_len;
    enum label_form label_form;
    const char *error;                /* NULL: predictions hold */
    const wn_prediction *predictions; /* [models->n] */
};

/* What stays the same for all answers. */
struct layout {
    const struct models *models;
    uint32_t k;  /* 0: all labels; WN_K_CHOSEN: one, of multi-label models those that are chosen */
    int with_id; /* there are ids */
    int with_text;    /* add the text */
    int with_stamp;   /* add version and checksum of the models */
    int with_context; /* add what the neighbours make of it; the table shows that instead */
    /* Table: */
    int has_colour;
    size_t columns;        /* of the terminal */
    size_t *label_columns; /* [models->n], see table_plan */
};

/* Table: how wide each model's labels are shown, so that the text gets its share of the columns.
 * The caller frees layout->label_columns. */
void table_plan(struct layout *layout);

/* What the table sums up at its end. */
struct totals {
    uint64_t n_inputs, n_answers, n_failed;
    const uint64_t *tally; /* [models->n_tally] how often each label came first */
};

struct output_kind {
    const char *name;
    int is_for_people;
    /* Each adds to out. NULL: nothing to add. */
    void (*begin)(const struct layout *layout, struct buffer *out);
    void (*begin_input)(const struct layout *layout, const struct input *input, struct buffer *out);
    void (*add)(const struct layout *layout, const struct answer *answer, struct buffer *out);
    void (*end)(const struct layout *layout, const struct totals *totals, struct buffer *out);
};

extern const struct output_kind output_table, output_jsonl, output_tsv, output_csv;

/* NULL where no kind has that name. */
const struct output_kind *output_kind_named(const char *name);

/* Whether the model shows the labels that it chooses, however many they are. */
int shows_chosen(const struct layout *layout, const struct loaded *loaded);

/* The index of the next score to show, from i on; n_scores when there is none. */
uint32_t next_shown(const struct layout *layout, const struct loaded *loaded,
                    const wn_prediction *prediction, uint32_t i);

/* What the decisions of models are called, by wn_decision. */
extern const char *const decision_names[3];

/* Why a model is unsure, by its name; NULL where it is not. */
const char *unsure_reason(const wn_prediction *prediction);

/* A model's answer for a paragraph by itself, or in_context: by what its neighbours make of it. */
const wn_prediction *prediction_of(const struct answer *answer, size_t model, int in_context);

/* A probability, or the score of a model that has none. */
double score_value(const wn_score *score);
int has_probabilities(const struct loaded *loaded);

#endif
