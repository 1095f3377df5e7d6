/* gold.c - the labels that a record itself names. */
#include "gold.h"

#include "jsonscan.h"

#include <stdlib.h>
#include <string.h>

static const char prefix[] = "__label__";
enum { PREFIX_LEN = sizeof prefix - 1, MAX_GOLD = 1000 };

static const char too_many[] = "more than 1000 labels";

int gold_is_label(const char *word, size_t len)
{
    return len > PREFIX_LEN && memcmp(word, prefix, PREFIX_LEN) == 0;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

int gold_next_word(const char *line, size_t len, size_t at, size_t *begin, size_t *end)
{
    while (at < len && is_space(line[at]))
        at++;
    *begin = at;
    while (at < len && !is_space(line[at]))
        at++;
    *end = at;
    return *end > *begin;
}

const char *gold_bare(const char *label, size_t *len)
{
    if (!gold_is_label(label, *len))
        return label;
    *len -= PREFIX_LEN;
    return label + PREFIX_LEN;
}

const char *gold_label(const struct gold *gold, size_t index, size_t *len)
{
    size_t begin = index > 0 ? gold->ends[index - 1] : 0;
    *len = gold->ends[index] - begin;
    return gold->text.data + begin;
}

/* What stands in text from `from` on becomes a label, unless it is there already. */
static void end_label(struct gold *gold, size_t from)
{
    size_t len = gold->text.len - from;
    const char *added = gold->text.data + from;
    const char *bare = gold_bare(added, &len);
    if (bare != added) {
        memmove(gold->text.data + from, bare, len);
        gold->text.len = from + len;
    }
    for (size_t i = 0; i < gold->n; i++) {
        size_t other_len;
        const char *other = gold_label(gold, i, &other_len);
        if (other_len == len && memcmp(other, gold->text.data + from, len) == 0) {
            gold->text.len = from;
            return;
        }
    }
    if (gold->n == gold->cap) {
        gold->cap = gold->cap > 0 ? gold->cap * 2 : 8;
        gold->ends = grow_memory(gold->ends, gold->cap, sizeof *gold->ends);
    }
    gold->ends[gold->n++] = gold->text.len;
}

static void add_plain(struct gold *gold, const char *label, size_t len)
{
    size_t from = gold->text.len;
    buffer_reserve(&gold->text, len + 1);
    buffer_add(&gold->text, label, len);
    end_label(gold, from);
}

static size_t skip_space(const char *json, size_t len, size_t at)
{
    while (at < len &&
           (json[at] == ' ' || json[at] == '\t' || json[at] == '\r' || json[at] == '\n'))
        at++;
    return at;
}

/* The end of the string or plain word that begins at `at`; the JSON is known to be well-formed. */
static size_t scalar_end(const char *json, size_t len, size_t at)
{
    if (json[at] != '"') {
        while (at < len && memchr(",] \t\r\n", json[at], 6) == NULL)
            at++;
        return at;
    }
    for (at++; at < len && json[at] != '"'; at++)
        at += json[at] == '\\' ? 1 : 0;
    return at < len ? at + 1 : len;
}

/* A number or a truth value is a label too, as it is spelled. 0: no label. */
static int add_scalar(struct gold *gold, const char *json, size_t len)
{
    if (len == 0 || json[0] == '{' || json[0] == '[' || json[0] == 'n')
        return 0;
    if (json[0] != '"') {
        add_plain(gold, json, len);
        return 1;
    }
    size_t from = gold->text.len;
    buffer_reserve(&gold->text, len);
    json_unescape(json, len, &gold->text);
    end_label(gold, from);
    return 1;
}

static const char *read_json(struct gold *gold, const char *json, size_t len)
{
    static const char wrong[] = "the labels are neither a string nor a list of strings";
    if (len > 0 && json[0] == 'n')
        return "no label";
    if (json[0] != '[')
        return add_scalar(gold, json, len) ? NULL : wrong;
    size_t at = skip_space(json, len, 1);
    while (at < len && json[at] != ']') {
        if (gold->n == MAX_GOLD)
            return too_many;
        size_t end = scalar_end(json, len, at);
        if (!add_scalar(gold, json + at, end - at))
            return wrong;
        at = skip_space(json, len, end);
        at = at < len && json[at] == ',' ? skip_space(json, len, at + 1) : at;
    }
    return NULL;
}

const char *gold_read(struct gold *gold, const struct answer *answer)
{
    gold->n = 0;
    gold->text.len = 0;
    if (answer->labels == NULL)
        return "no label";
    if (answer->label_form == LABELS_JSON)
        return read_json(gold, answer->labels, answer->labels_len);
    if (answer->label_form == LABELS_PLAIN) {
        if (answer->labels_len == 0)
            return "no label";
        add_plain(gold, answer->labels, answer->labels_len);
        return NULL;
    }
    size_t at = 0, begin;
    while (gold_next_word(answer->labels, answer->labels_len, at, &begin, &at)) {
        if (gold->n == MAX_GOLD)
            return too_many;
        if (gold_is_label(answer->labels + begin, at - begin))
            add_plain(gold, answer->labels + begin, at - begin);
    }
    return NULL;
}

void gold_free(struct gold *gold)
{
    buffer_free(&gold->text);
    free(gold->ends);
    *gold = (struct gold){0};
}
