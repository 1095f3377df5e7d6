/* records_fasttext.c - fastText's training format: a line is a text and its labels.
 *
 * Words that begin with __label__ are the labels, wherever they stand; the other bytes of the line,
 * as they are, are the text.
 */
#include "input.h"

#include "gold.h"

#include <string.h>

static void extract_labelled(const struct input *input, const struct record *record,
                             const char *raw, struct buffer *scratch, struct fields *fields)
{
    input_lines.extract(input, record, raw, scratch, fields);
    wn_text line = fields->texts[0];
    size_t from = scratch->len, at = 0;
    fields->labels = line.data;
    fields->labels_len = line.len;
    fields->label_form = LABELS_FASTTEXT;
    while (at < line.len) {
        size_t begin, end;
        if (!gold_next_word(line.data, line.len, at, &begin, &end))
            begin = end = line.len;
        buffer_add(scratch, line.data + at, begin - at);
        if (!gold_is_label(line.data + begin, end - begin)) {
            buffer_add(scratch, line.data + begin, end - begin);
        } else if (end < line.len) {
            end++; /* the white space behind a label goes with it */
        }
        at = end;
    }
    fields->texts[0] = (wn_text){scratch->data + from, scratch->len - from};
}

static int next_line(struct reader *reader, struct batch *batch)
{
    return input_lines.next(reader, batch);
}

const struct input_kind input_fasttext = {
    .name = "fasttext",
    .next = next_line,
    .extract = extract_labelled,
};
