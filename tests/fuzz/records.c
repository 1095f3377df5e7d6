/* records.c - any bytes as an input of the tool, of each kind.
 *
 * The first byte names the kind, or lets the content tell; the rest is the file, which may be
 * compressed.
 */
#include "fuzz.h"

#include "cli/gold.h"
#include "cli/input.h"

#include <stdlib.h>

static const char *names[] = {"text", "title"};

static const struct input_kind *const kinds[] = {
    &input_jsonl, &input_csv,  &input_tsv,      &input_wet,
    &input_lines, &input_text, &input_fasttext, NULL,
};

static bool is_inside(wn_text part, const char *begin, size_t len)
{
    return part.len == 0 ||
           (begin != NULL && part.data >= begin && part.data - begin <= (long)len &&
            part.len <= len - (size_t)(part.data - begin));
}

/* What a worker takes out of a record lies in the record or in the scratch memory. */
static void check_record(const struct input *input, const struct record *record,
                         const struct buffer *bytes, struct buffer *scratch, struct gold *gold)
{
    const char *raw = bytes->data + record->raw;
    wn_text texts[2] = {{0}};
    struct fields fields = {.texts = texts};
    scratch->len = 0;
    buffer_reserve(scratch, record->raw_len + 1);
    const char *before = scratch->data;
    input->kind->extract(input, record, raw, scratch, &fields);
    must(scratch->data == before && scratch->len <= scratch->cap);
    must(memchr(fields.error, 0, sizeof fields.error) != NULL);
    wn_text parts[] = {texts[0],
                       texts[1],
                       {fields.id, fields.id != NULL ? fields.id_len : 0},
                       {fields.labels, fields.labels != NULL ? fields.labels_len : 0}};
    for (size_t i = 0; i < WN__COUNT(parts); i++)
        must(is_inside(parts[i], raw, record->raw_len) ||
             is_inside(parts[i], scratch->data, scratch->len));
    struct answer answer = {
        .labels = fields.labels, .labels_len = fields.labels_len, .label_form = fields.label_form};
    if (gold_read(gold, &answer) != NULL)
        return;
    for (size_t i = 0; i < gold->n; i++) {
        size_t len;
        const char *label = gold_label(gold, i, &len);
        must(is_inside((wn_text){label, len}, gold->text.data, gold->text.len));
    }
}

/* Records of a batch: numbers ascend, their ranges are all of its bytes, one behind the other. */
static void check_batch(const struct input *input, const struct batch *batch, uint64_t *number,
                        struct buffer *scratch, struct gold *gold)
{
    size_t end = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct record *record = &batch->records[i];
        must(record->number == ++*number);
        must(record->raw == end && record->raw_len <= batch->bytes.len - end);
        end = record->raw + record->raw_len;
        if (input->kind == &input_wet)
            must(record->begin <= record->end && record->end <= record->raw_len);
        if (record->error == NULL)
            check_record(input, record, &batch->bytes, scratch, gold);
    }
    must(end == batch->bytes.len);
}

bool fuzz_records(const uint8_t *data, size_t size)
{
    if (size < 1)
        return false;
    unsigned choice = data[0];
    size_t columns[2];
    struct input_settings settings = {.names = names,
                                      .n_names = 1 + (choice >> 3 & 1),
                                      .id = choice & 16 ? "id" : NULL,
                                      .label_names = {"label", "labels"},
                                      .n_label_names = choice & 32 ? 2 : 0,
                                      .split = (wn_split_mode)(choice >> 6),
                                      .is_whole = choice >> 6 == 3};
    struct input input = {.path = fuzz_file(0, data + 1, size - 1),
                          .kind = kinds[choice & 7],
                          .settings = &settings,
                          .text_columns = columns};
    struct reader reader;
    struct batch batch = {0};
    struct buffer scratch = {0};
    struct gold gold = {0};
    uint64_t n = 0;
    size_t n_bytes = 0;
    bool opens = reader_open(&reader, &input) != 0, goes_on = opens;
    must(opens || memchr(reader.error, 0, sizeof reader.error) != NULL);
    while (goes_on) {
        batch_clear(&batch);
        goes_on = reader_fill(&reader, &batch) != 0;
        check_batch(&input, &batch, &n, &scratch, &gold);
        n_bytes += batch.bytes.len;
    }
    /* What is a line each gives every byte back; compressed files do not begin like text. */
    bool is_packed = size > 1 && (data[1] == 0x1F || data[1] == 0x28);
    if (opens && !is_packed &&
        (input.kind == &input_lines || input.kind == &input_jsonl || input.kind == &input_fasttext))
        must(n_bytes == size - 1);
    reader_close(&reader);
    batch_free(&batch);
    buffer_free(&scratch);
    gold_free(&gold);
    return n > 0;
}
