/* names.c - a set of names, each with a number from 0 in the order in which they came. */
#include "names.h"

#include "escape.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *name, size_t len)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

const char *names_get(const struct names *names, uint32_t number, size_t *len)
{
    size_t begin = number > 0 ? names->ends[number - 1] : 0;
    *len = names->ends[number] - begin;
    return names->text.data + begin;
}

const char *names_shown(const struct names *names, uint32_t number, size_t *len)
{
    *len = 1;
    return number == NO_NAME ? "-" : names_get(names, number, len);
}

void names_add_json(const struct names *names, uint32_t number, struct buffer *out)
{
    size_t len;
    if (number == NO_NAME) {
        buffer_add_string(out, "null");
        return;
    }
    const char *name = names_get(names, number, &len);
    escape_json(out, name, len);
}

void names_add_html(const struct names *names, uint32_t number, struct buffer *out)
{
    enum { MAX_SHOWN = 200 };
    size_t len;
    if (number == NO_NAME) {
        buffer_add_string(out, "(no answer)");
        return;
    }
    const char *name = names_get(names, number, &len);
    escape_html(out, name, len < MAX_SHOWN ? len : MAX_SHOWN);
}

size_t names_columns(const struct names *names, size_t most)
{
    size_t widest = 1;
    for (uint32_t i = 0; i < names->n && widest < most; i++) {
        size_t len;
        const char *name = names_get(names, i, &len);
        size_t width = escape_width(name, len);
        widest = width > widest ? width : widest;
    }
    return widest < most ? widest : most;
}

/* The slot that holds a name, or the free one where it belongs; there are always free ones. */
static size_t slot_of(const struct names *names, const char *name, size_t len)
{
    size_t at = hash_of(name, len) & (names->n_slots - 1);
    while (names->slots[at] != NO_NAME) {
        size_t other_len;
        const char *other = names_get(names, names->slots[at], &other_len);
        if (other_len == len && (len == 0 || memcmp(other, name, len) == 0))
            break;
        at = (at + 1) & (names->n_slots - 1);
    }
    return at;
}

static void grow(struct names *names)
{
    names->n_slots = names->n_slots > 0 ? names->n_slots * 2 : 64;
    names->ends = grow_memory(names->ends, names->n_slots / 2, sizeof *names->ends);
    names->slots = grow_memory(names->slots, names->n_slots, sizeof *names->slots);
    memset(names->slots, 0xFF, names->n_slots * sizeof *names->slots);
    for (uint32_t i = 0; i < names->n; i++) {
        size_t len;
        const char *name = names_get(names, i, &len);
        names->slots[slot_of(names, name, len)] = i;
    }
}

uint32_t names_find(const struct names *names, const char *name, size_t len)
{
    return names->n_slots > 0 ? names->slots[slot_of(names, name, len)] : NO_NAME;
}

uint32_t names_add(struct names *names, const char *name, size_t len)
{
    if (2 * ((size_t)names->n + 1) > names->n_slots)
        grow(names);
    size_t slot = slot_of(names, name, len);
    if (names->slots[slot] == NO_NAME) {
        buffer_reserve(&names->text, len + 1);
        buffer_add(&names->text, name, len);
        names->ends[names->n] = names->text.len;
        names->slots[slot] = names->n++;
    }
    return names->slots[slot];
}

void names_free(struct names *names)
{
    buffer_free(&names->text);
    free(names->ends);
    free(names->slots);
    *names = (struct names){0};
}
