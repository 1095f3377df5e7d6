/* manifest_fields.h - the tables that say which keys a manifest has and where their values go. */
#ifndef WN_MANIFEST_FIELDS_H
#define WN_MANIFEST_FIELDS_H

#include "spec.h"

typedef enum wn__field_kind {
    WN__FIELD_STRING, /* const char *; "" is left out */
    WN__FIELD_BOOL,   /* bool; false is left out */
    WN__FIELD_INT,    /* int64_t */
    WN__FIELD_COUNT,  /* uint32_t */
    WN__FIELD_NUMBER, /* double; NaN is left out */
    WN__FIELD_PAIR,   /* int64_t[2]: [lo, hi], or n for [1, n] */
    WN__FIELD_ENUM,   /* an enum whose values index names */
    WN__FIELD_OPTION, /* the same; names[0] is the default and is left out */
    WN__FIELD_FLAG,   /* bool written as one of names[0], names[1] */
    WN__FIELD_STEPS,  /* unsigned: a list of names, in their order; bit i + 1 is names[i] */
    WN__FIELD_ARRAY,  /* wn__array_ref: the name of an array; -1 is left out */
    WN__FIELD_OBJECT, /* a nested object of the fields in table; its bool at `present` */
    WN__FIELD_LIST /* an array of at most `max` structs, then their number at `present`: a list of
                    * objects of the fields in table, or such an object for a list of one */
} wn__field_kind;

typedef struct wn__field {
    const char *key;
    wn__field_kind kind;
    size_t at;                /* offset of the value in the struct of the table */
    const char *const *names; /* ENUM, OPTION, FLAG, STEPS */
    uint32_t n_names;
    const struct wn__field_table *table; /* OBJECT */
    size_t present;      /* OBJECT: offset of its flag, from the outer struct; STEPS: the same, or 0
                          * where there is none; LIST: offset of the uint32_t that counts */
    size_t size;         /* LIST: of an item */
    uint32_t max;        /* LIST */
    const void *initial; /* LIST: an item before its fields are read */
    unsigned extractors; /* BLOCK: bit per extractor that has the field; 0: all */
} wn__field;

typedef struct wn__field_table {
    const wn__field *fields; /* [n] */
    uint32_t n;
} wn__field_table;

extern const wn__field_table wn__model_fields; /* of wn__spec */
extern const wn__field_table wn__block_fields; /* of wn__spec_block */

#endif /* WN_MANIFEST_FIELDS_H */
