/* handmade_fasttext.c - fastText files that somebody made on purpose: each check with the last
 * value that it accepts and the first that it refuses. See handmade.c.
 */
#include "hostile/expect.h"

/* Numbers of the integers in a file of fasttext_file. */
enum field {
    MAGIC,
    VERSION,
    DIM,
    NGRAMS = 7,
    LOSS,
    MODEL,
    BUCKETS,
    MINN,
    MAXN,
    ENTRIES = 14,
    WORDS,
    LABELS,
    PRUNED_SIZE = 18,
    COUNTS,
    IN_ROWS = 27, /* of dense files */
    IN_COLUMNS,
    OUT_ROWS,
    OUT_COLUMNS,
    PAIRS = 27, /* of the pruned file */
    CODED_ROWS = 35,
    CODED_COLUMNS,
    CODES_SIZE,
    PART_DIM,
    N_PARTS,
    PART,
    LAST_PART,
    NORM_DIM
};

enum { FLAG = 1, FLOAT, TYPE }; /* what stands before or behind an integer */

static const struct change {
    const char *name;
    fasttext_kind kind;
    struct {
        int field;
        int64_t value;
        int beside; /* FLAG: the byte before it; FLOAT: the first 4 bytes behind; TYPE: 1 behind */
    } what[3];
    wn_status status;
    const char *message;
} changes[] = {
    {"version 10", FASTTEXT_SOFTMAX, {{VERSION, 10, 0}}, WN_ERROR_VERSION, "versions 11 and 12"},
    {"version 11", FASTTEXT_SOFTMAX, {{VERSION, 11, 0}}, WN_OK, ""},
    {"version 13", FASTTEXT_SOFTMAX, {{VERSION, 13, 0}}, WN_ERROR_VERSION, "versions 11 and 12"},
    {"magic of the other order",
     FASTTEXT_SOFTMAX,
     {{MAGIC, 0x2f4f16ba + 1, 0}},
     WN_ERROR_FORMAT,
     "not a model"},
    {"dim 0", FASTTEXT_SOFTMAX, {{DIM, 0, 0}}, WN_ERROR_CORRUPT, "dim is not positive"},
    {"dim -1", FASTTEXT_SOFTMAX, {{DIM, -1, 0}}, WN_ERROR_CORRUPT, "dim is not positive"},
    {"dim 4096", FASTTEXT_SOFTMAX, {{DIM, 4096, 0}}, WN_ERROR_CORRUPT, "rows and columns"},
    {"dim 4097", FASTTEXT_SOFTMAX, {{DIM, 4097, 0}}, WN_ERROR_LIMIT, "dim 4097"},
    {"wordNgrams 32", FASTTEXT_SOFTMAX, {{NGRAMS, 32, 0}}, WN_OK, ""},
    {"wordNgrams 33", FASTTEXT_SOFTMAX, {{NGRAMS, 33, 0}}, WN_ERROR_LIMIT, "wordNgrams 33"},
    {"wordNgrams 0", FASTTEXT_SOFTMAX, {{NGRAMS, 0, 0}}, WN_OK, ""},
    {"wordNgrams -1", FASTTEXT_SOFTMAX, {{NGRAMS, -1, 0}}, WN_ERROR_CORRUPT, "negative wordNgrams"},
    {"maxn 64", FASTTEXT_SOFTMAX, {{MAXN, 64, 0}}, WN_OK, ""},
    {"maxn 65", FASTTEXT_SOFTMAX, {{MAXN, 65, 0}}, WN_ERROR_LIMIT, "maxn 65"},
    {"minn 2^31 - 1", FASTTEXT_SOFTMAX, {{MINN, INT32_MAX, 0}}, WN_OK, ""},
    {"minn -1", FASTTEXT_SOFTMAX, {{MINN, -1, 0}}, WN_ERROR_CORRUPT, "minn or maxn"},
    {"loss 0", FASTTEXT_SOFTMAX, {{LOSS, 0, 0}}, WN_ERROR_CORRUPT, "unknown loss"},
    {"loss 1", FASTTEXT_SOFTMAX, {{LOSS, 1, 0}}, WN_OK, ""},
    {"loss 4", FASTTEXT_SOFTMAX, {{LOSS, 4, 0}}, WN_OK, ""},
    {"loss 5", FASTTEXT_SOFTMAX, {{LOSS, 5, 0}}, WN_ERROR_CORRUPT, "unknown loss"},
    {"model cbow", FASTTEXT_SOFTMAX, {{MODEL, 1, 0}}, WN_ERROR_UNSUPPORTED, "word vectors"},
    {"model 4", FASTTEXT_SOFTMAX, {{MODEL, 4, 0}}, WN_ERROR_UNSUPPORTED, "word vectors"},
    {"no buckets", FASTTEXT_SOFTMAX, {{BUCKETS, 0, 0}}, WN_ERROR_CORRUPT, "without buckets"},
    {"no buckets, bigrams alone",
     FASTTEXT_SOFTMAX,
     {{BUCKETS, 0, 0}, {MAXN, 0, 0}},
     WN_ERROR_CORRUPT,
     "without buckets"},
    {"no buckets, subwords alone",
     FASTTEXT_SOFTMAX,
     {{BUCKETS, 0, 0}, {NGRAMS, 1, 0}},
     WN_ERROR_CORRUPT,
     "without buckets"},
    {"one bucket more", FASTTEXT_SOFTMAX, {{BUCKETS, 13, 0}}, WN_ERROR_CORRUPT, "rows and columns"},
    {"buckets 2^31 - 1",
     FASTTEXT_SOFTMAX,
     {{BUCKETS, INT32_MAX, 0}},
     WN_ERROR_CORRUPT,
     "rows and columns"},
    {"pruned, buckets 2^31 - 1", FASTTEXT_PRUNED, {{BUCKETS, INT32_MAX, 0}}, WN_OK, ""},
    {"numbers that wrap to the sum",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, -2, 0}, {WORDS, INT32_MAX, 0}, {LABELS, INT32_MAX, 0}},
     WN_ERROR_CORRUPT,
     "do not add up"},
    {"-1 words",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, 8, 0}, {WORDS, -1, 0}, {LABELS, 9, 0}},
     WN_ERROR_CORRUPT,
     "do not add up"},
    {"no labels",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, 8, 0}, {WORDS, 8, 0}, {LABELS, 0, 0}},
     WN_ERROR_CORRUPT,
     "do not add up"},
    {"2^20 labels that are not there",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, (1 << 20) + 5, 0}, {LABELS, 1 << 20, 0}},
     WN_ERROR_CORRUPT,
     "more dictionary entries than bytes"},
    {"2^20 + 1 labels",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, (1 << 20) + 6, 0}, {LABELS, (1 << 20) + 1, 0}},
     WN_ERROR_LIMIT,
     "1048577 labels"},
    {"2^31 - 4 words that are not there",
     FASTTEXT_SOFTMAX,
     {{ENTRIES, INT32_MAX, 0}, {WORDS, INT32_MAX - 3, 0}},
     WN_ERROR_CORRUPT,
     "more dictionary entries than bytes"},
    {"pruned -2", FASTTEXT_SOFTMAX, {{PRUNED_SIZE, -2, 0}}, WN_ERROR_CORRUPT, "negative pruneidx"},
    {"pruned 2^61: 8 times that is 0",
     FASTTEXT_PRUNED,
     {{PRUNED_SIZE, 1ll << 61, 0}},
     WN_ERROR_CORRUPT,
     "more pruned buckets than bytes"},
    {"pruned 2^61 + 4: 8 times that is 32",
     FASTTEXT_PRUNED,
     {{PRUNED_SIZE, (1ll << 61) + 4, 0}},
     WN_ERROR_CORRUPT,
     "more pruned buckets than bytes"},
    {"pruned 2^63 - 1",
     FASTTEXT_PRUNED,
     {{PRUNED_SIZE, INT64_MAX, 0}},
     WN_ERROR_CORRUPT,
     "more pruned buckets than bytes"},
    {"pruned and dense", FASTTEXT_SOFTMAX, {{PRUNED_SIZE, 0, 0}}, WN_ERROR_CORRUPT, "issue 332"},
    {"the last bucket", FASTTEXT_PRUNED, {{PAIRS + 6, 11, 0}}, WN_OK, ""},
    {"a bucket behind it",
     FASTTEXT_PRUNED,
     {{PAIRS + 6, 12, 0}},
     WN_ERROR_CORRUPT,
     "a bucket or row that does not exist"},
    {"a bucket below 0",
     FASTTEXT_PRUNED,
     {{PAIRS, -1, 0}},
     WN_ERROR_CORRUPT,
     "a bucket or row that does not exist"},
    {"a row behind the last",
     FASTTEXT_PRUNED,
     {{PAIRS + 7, 4, 0}},
     WN_ERROR_CORRUPT,
     "a bucket or row that does not exist"},
    {"a bucket twice", FASTTEXT_PRUNED, {{PAIRS, 3, 0}}, WN_ERROR_CORRUPT, "a bucket twice"},
    {"a flag of 2", FASTTEXT_SOFTMAX, {{IN_ROWS, 2, FLAG}}, WN_ERROR_CORRUPT, "neither 0 nor 1"},
    {"a flag of 255", FASTTEXT_TREE, {{OUT_ROWS, 255, FLAG}}, WN_ERROR_CORRUPT, "neither 0 nor 1"},
    {"norms of 2", FASTTEXT_PRUNED, {{CODED_ROWS, 2, FLAG}}, WN_ERROR_CORRUPT, "neither 0 nor 1"},
    {"a type of 2", FASTTEXT_SOFTMAX, {{COUNTS, 2, TYPE}}, WN_ERROR_CORRUPT, "wrong type"},
    {"a label among words", FASTTEXT_SOFTMAX, {{COUNTS, 1, TYPE}}, WN_ERROR_CORRUPT, "wrong type"},
    {"a word among labels",
     FASTTEXT_SOFTMAX,
     {{COUNTS + 7, 0, TYPE}},
     WN_ERROR_CORRUPT,
     "wrong type"},
    {"a count of -1",
     FASTTEXT_TREE,
     {{COUNTS + 5, -1, 0}},
     WN_ERROR_CORRUPT,
     "label 0 is negative"},
    {"a sum of 10^15", FASTTEXT_TREE, {{COUNTS + 5, 999999999999979, 0}}, WN_OK, ""},
    {"a sum above",
     FASTTEXT_TREE,
     {{COUNTS + 5, 999999999999980, 0}},
     WN_ERROR_CORRUPT,
     "limit of 10^15"},
    {"rows 2^62: 4 times 4 times that is 0",
     FASTTEXT_SOFTMAX,
     {{IN_ROWS, 1ll << 62, 0}},
     WN_ERROR_CORRUPT,
     "rows and columns"},
    {"a row less", FASTTEXT_SOFTMAX, {{IN_ROWS, 16, 0}}, WN_ERROR_CORRUPT, "rows and columns"},
    {"a row more", FASTTEXT_SOFTMAX, {{IN_ROWS, 18, 0}}, WN_ERROR_CORRUPT, "rows and columns"},
    {"rows -1", FASTTEXT_SOFTMAX, {{OUT_ROWS, -1, 0}}, WN_ERROR_CORRUPT, "rows and columns"},
    {"columns 2^32 + 4",
     FASTTEXT_SOFTMAX,
     {{IN_COLUMNS, (1ll << 32) + 4, 0}},
     WN_ERROR_CORRUPT,
     "rows and columns"},
    {"not a number",
     FASTTEXT_SOFTMAX,
     {{IN_COLUMNS, 0x7fc00000, FLOAT}},
     WN_ERROR_CORRUPT,
     "number 0 is not finite"},
    {"infinity",
     FASTTEXT_SOFTMAX,
     {{OUT_COLUMNS, 0x7f800000, FLOAT}},
     WN_ERROR_CORRUPT,
     "number 0 is not finite"},
    {"a large number", FASTTEXT_SOFTMAX, {{OUT_COLUMNS, 0x7149f2ca, FLOAT}}, WN_OK, ""},
    {"the largest number",
     FASTTEXT_SOFTMAX,
     {{OUT_COLUMNS, 0x7f7fffff, FLOAT}},
     WN_ERROR_CORRUPT,
     "the weights are too large"},
    {"the smallest number", FASTTEXT_SOFTMAX, {{IN_COLUMNS, 1, FLOAT}}, WN_OK, ""},
    {"codes -1", FASTTEXT_PRUNED, {{CODES_SIZE, -1, 0}}, WN_ERROR_CORRUPT, "whole rows"},
    {"no codes", FASTTEXT_PRUNED, {{CODES_SIZE, 0, 0}}, WN_ERROR_CORRUPT, "wrong dimension"},
    {"codes 2^31 - 8",
     FASTTEXT_PRUNED,
     {{CODES_SIZE, INT32_MAX / 9 * 9, 0}},
     WN_ERROR_CORRUPT,
     "more codes a row than dimensions"},
    {"4096 codes a row",
     FASTTEXT_PRUNED,
     {{CODES_SIZE, 9 * 4096, 0}},
     WN_ERROR_CORRUPT,
     "ends in the middle"},
    {"4097 codes a row",
     FASTTEXT_PRUNED,
     {{CODES_SIZE, 9 * 4097, 0}},
     WN_ERROR_CORRUPT,
     "more codes a row than dimensions"},
    {"a code more", FASTTEXT_PRUNED, {{CODES_SIZE, 19, 0}}, WN_ERROR_CORRUPT, "whole rows"},
    {"parts of 0", FASTTEXT_PRUNED, {{PART, 0, 0}}, WN_ERROR_CORRUPT, "wrong dimension"},
    {"parts of 2^31 - 1",
     FASTTEXT_PRUNED,
     {{PART, INT32_MAX, 0}},
     WN_ERROR_CORRUPT,
     "do not add up"},
    {"a part less", FASTTEXT_PRUNED, {{N_PARTS, 1, 0}}, WN_ERROR_CORRUPT, "do not add up"},
    {"a last part of 0", FASTTEXT_PRUNED, {{LAST_PART, 0, 0}}, WN_ERROR_CORRUPT, "do not add up"},
    {"parts of another dim",
     FASTTEXT_PRUNED,
     {{PART_DIM, 8, 0}},
     WN_ERROR_CORRUPT,
     "wrong dimension"},
    {"norms of two numbers",
     FASTTEXT_PRUNED,
     {{NORM_DIM, 2, 0}},
     WN_ERROR_CORRUPT,
     "wrong dimension"},
};

static void expect_fasttext(void)
{
    for (size_t i = 0; i < WN__COUNT(changes); i++) {
        const struct change *c = &changes[i];
        uint32_t fields[64];
        size_t n_fields;
        image m;
        m.bytes = fasttext_file(c->kind, 5, &m.len, fields, &n_fields);
        for (size_t j = 0; j < 3; j++) {
            int64_t value = c->what[j].value;
            size_t at = fields[c->what[j].field] & 0x7fffffffu;
            size_t size = fields[c->what[j].field] >> 31 != 0 ? 8 : 4;
            if (j > 0 && c->what[j].field == MAGIC)
                continue; /* not used */
            if (c->what[j].beside == FLAG)
                at -= 1;
            else if (c->what[j].beside != 0)
                at += size;
            if (c->what[j].beside != 0)
                size = c->what[j].beside == FLOAT ? 4 : 1;
            memcpy(m.bytes + at, &value, size);
        }
        expect(c->name, m, c->status, c->message);
    }
    for (size_t more = 0; more < 2; more++) {
        uint32_t fields[64];
        size_t n_fields;
        image m;
        m.bytes = fasttext_file(FASTTEXT_SOFTMAX, 5, &m.len, fields, &n_fields);
        m.bytes[m.len] = 0; /* there is room */
        m.len += more;
        expect("a byte behind the end", m, more == 0 ? WN_OK : WN_ERROR_CORRUPT,
               more == 0 ? "" : "bytes after the output matrix");
    }
}

/* Cut where just as many entries or pairs as the header says could follow, and a byte before. */
static void expect_cut(void)
{
    static const struct {
        fasttext_kind kind;
        int field; /* where the first of them begins, the entries at 92 */
        size_t at, room;
        const char *message;
    } rows[] = {
        {FASTTEXT_SOFTMAX, -1, 92, 80, "more dictionary entries than bytes"},
        {FASTTEXT_PRUNED, PAIRS, 0, 32, "more pruned buckets than bytes"},
    };
    for (size_t i = 0; i < 2 * WN__COUNT(rows); i++) {
        uint32_t fields[64];
        size_t n_fields, row = i / 2;
        image m;
        m.bytes = fasttext_file(rows[row].kind, 5, &m.len, fields, &n_fields);
        size_t begin = rows[row].field < 0 ? rows[row].at : fields[rows[row].field] & 0x7fffffffu;
        m.len = begin + rows[row].room - i % 2;
        expect("a file that is cut", m, WN_ERROR_CORRUPT,
               i % 2 == 0 ? "it ends in the middle" : rows[row].message);
    }
}

int main(void)
{
    expect_fasttext();
    expect_cut();
    return report();
}
