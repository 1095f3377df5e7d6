/* handmade.c - files that somebody made on purpose: what each is refused with, or that it opens.
 *
 * usage: handmade, from the root of the tree
 *
 * Each check stands here with the last value that it accepts and the first that it refuses. What
 * other tests have already is not repeated:
 *
 *   .winnow: every bit, every length, sections that overlap, holes, order     unit/test_file.c
 *   JSON: every field of every other type, duplicate keys everywhere,         unit/test_manifest.c
 *     labels and terms twice, empty names, enumerations, NaN and infinity,
 *     indices beyond (columns, selected, ends), ranges of numbers
 *   JSON: grammar, what follows, 1 GiB, 8 million values, 16 blocks, 128      unit/test_json.c
 *     arrays, 4096 probes (for its sides of 8 million: without a parse)
 *   what a schema allows and what it cannot see                               golden/schema.py
 *   fastText: each field of each kind of file, edges and beyond               golden/corrupt.py
 *   LIBLINEAR: each line, with the offset that the message names              unit/test_liblinear.c
 *   tables of a small file, blocks that share rows, hashes that collide unit/test_regressions.c
 *   directories, devices, pipes, files too large                              unit/test_file.c
 *
 * A tree that refers to itself cannot be written down: fastText's trees are built of counts.
 */
#include "unit/files.c"
#include "unit/judge.c"
#include "unit/samples.c"
#include "unit/support.c"

#include "hash.h"
#include "unit/manifests.h"

void support_stop(const char *what)
{
    fprintf(stderr, "handmade: %s\n", what);
    abort();
}

typedef struct image {
    uint8_t *bytes;
    size_t len;
} image;

static unsigned n_cases, n_opened, n_failed;

/* Judges an image and frees it. */
static void expect(const char *name, image i, wn_status status, const char *message)
{
    const wn_model *model;
    wn_error error = {0};
    verdict v = judge_model(i.bytes, i.len, WN_SCORING_FAST, (wn_text){NULL, 0});
    wn_status again = wn_model_open_memory(i.bytes, i.len, NULL, &model, &error);
    wn_model_unref(model);
    free(i.bytes);
    n_cases++;
    n_opened += v.opened;
    if (v.fault == NULL && v.status == status && again == status &&
        strstr(error.message, message) != NULL)
        return;
    n_failed++;
    fprintf(stderr, "handmade: %s: %s, %s\n    and not %s, %s\n", name, wn_status_name(v.status),
            v.fault != NULL ? v.fault : error.message, wn_status_name(status), message);
}

/* ---- Other files ---- */

#define BYTES(text) (text), sizeof(text) - 1

static const struct foreign {
    const char *name, *bytes;
    size_t len;
    wn_status status;
    const char *message;
} foreign[] = {
    {"nothing", BYTES(""), WN_ERROR_FORMAT, "the file is empty"},
    {"a zero", BYTES("\0"), WN_ERROR_FORMAT, "not a model"},
    {"HTML", BYTES("<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n"), WN_ERROR_FORMAT,
     "not a model"},
    {"a pickle", BYTES("\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93."),
     WN_ERROR_FORMAT, "not a model"},
    {"an old pickle", BYTES("cposix\nsystem\n(S'true'\ntR."), WN_ERROR_FORMAT, "not a model"},
    {"a ZIP", BYTES("PK\3\4\x14\0\0\0\0\0"), WN_ERROR_FORMAT, "not a model"},
    {"gzip", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"), WN_ERROR_FORMAT, "not a model"},
    {"safetensors", BYTES("\x10\0\0\0\0\0\0\0{\"a\":[]}        "), WN_ERROR_FORMAT, "not a model"},
    {"GGUF", BYTES("GGUF\3\0\0\0"), WN_ERROR_FORMAT, "not a model"},
    {"LIBSVM", BYTES("svm_type c_svc\nkernel_type linear\n"), WN_ERROR_FORMAT, "not a model"},
    {"a name of a file", BYTES("/etc/passwd"), WN_ERROR_FORMAT, "not a model"},
    {"a link", BYTES("[InternetShortcut]\nURL=file:///etc/passwd\n"), WN_ERROR_FORMAT,
     "not a model"},
    {"a pointer of Git LFS", BYTES("version https://git-lfs.github.com/spec/v1\n"), WN_ERROR_FORMAT,
     "not a model"},
    {"JSON of others", BYTES("{\"architectures\":[\"Bert\"]}"), WN_ERROR_FORMAT,
     "the key \"winnow\" is missing"},
    {"JSON Lines", BYTES("{\"winnow\":1}\n{\"winnow\":1}\n"), WN_ERROR_CORRUPT,
     "something follows"},
    {"JSON behind a BOM", BYTES("\xEF\xBB\xBF{\"winnow\":1}"), WN_ERROR_FORMAT, "not a model"},
    {"the magic alone", BYTES("\x93WINNOW\n"), WN_ERROR_CORRUPT, "shorter than its header"},
    {"magic with a CR", BYTES("\x93WINNOW\r\n"), WN_ERROR_FORMAT, "not a model"},
    {"fastText's magic alone", BYTES("\xba\x16\x4f\x2f"), WN_ERROR_CORRUPT, "ends in the middle"},
    {"word vectors as text", BYTES("2 3\nthe 1 2 3\nof 4 5 6\n"), WN_ERROR_FORMAT, "not a model"},
};

/* ---- JSON ---- */

/* What finds the rows of columns may not be as large as all columns. */
static const char columns[] =
    "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"blocks\":[{\"extractor\":\"columns\","
    "\"n_features\":16,\"selected\":\"selected\",\"rows\":{\"values\":\"row\"}}],\"arrays\":{"
    "\"labels\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]},\"row\":{\"dtype\":"
    "\"f64\",\"shape\":[1,2],\"values\":[1,2]},\"selected\":{\"dtype\":\"u32\",\"shape\":[1],"
    "\"values\":[1]}}}";

static const struct edit {
    const char *name, *base, *from, *to;
    wn_status status;
    const char *message;
} edits[] = {
    {"another file, by a key", linear, "\"name\"", "\"file\":\"/etc/passwd\",\"name\"",
     WN_ERROR_CORRUPT, "unknown or duplicate keys"},
    {"another file, by a reference", linear, "\"name\"", "\"$ref\":\"other.json\",\"name\"",
     WN_ERROR_CORRUPT, "unknown or duplicate keys"},
    {"another file, of numbers", linear, "\"data\":\"/wEC/n+A\"", "\"file\":\"rows.bin\"",
     WN_ERROR_CORRUPT, "either values or data"},
    {"another file, of labels", linear, "\"labels\":\"labels\"", "\"labels\":\"/etc/passwd\"",
     WN_ERROR_CORRUPT, "the name of an array"},
    {"an address as an array", linear, "\"data\":\"/wEC/n+A\"", "\"offset\":0,\"size\":6",
     WN_ERROR_CORRUPT, "dtype, shape and either"},
    {"a name twice", linear, "\"name\":\"n\"", "\"name\":\"n\",\"name\":\"n\"", WN_ERROR_CORRUPT,
     "duplicate keys"},
    {"a name in another case", linear, "\"name\":\"n\"", "\"Name\":\"n\"", WN_ERROR_CORRUPT,
     "unknown or duplicate keys"},
    {"an array twice", linear, "\"stop\":{", "\"idf\":{", WN_ERROR_CORRUPT,
     "\"idf\" must be given once"},
    {"a label twice", linear, "[\"a\",\"b\"]", "[\"a\",\"a\"]", WN_ERROR_CORRUPT, "labels"},
    {"an empty label", linear, "[\"a\",\"b\"]", "[\"a\",\"\"]", WN_ERROR_CORRUPT,
     "a label is empty"},
    {"no label", linear, "\"shape\":[2],\"values\":[\"a\",\"b\"]", "\"shape\":[0],\"values\":[]",
     WN_ERROR_CORRUPT, "at least one string"},
    {"a shape of zero", linear, "\"shape\":[3,2]", "\"shape\":[0,2]", WN_ERROR_CORRUPT,
     "what the array's bytes can hold"},
    {"rows of no numbers", linear, "\"shape\":[2,2],\"values\":[1,2,3,4]",
     "\"shape\":[2,0],\"values\":[]", WN_ERROR_CORRUPT, "a block without rows"},
    {"a product that wraps to 0", linear, "\"shape\":[3,2]", "\"shape\":[9007199254740992,2048]",
     WN_ERROR_CORRUPT, "what the array's bytes can hold"},
    {"a product that wraps to 6", linear, "\"shape\":[3,2]", "\"shape\":[6148914691236517,3000]",
     WN_ERROR_CORRUPT, "what the array's bytes can hold"},
    {"values that wrap to 4", linear, "\"shape\":[2,2],\"values\":[1,2,3,4]",
     "\"shape\":[4503599627370497,4096],\"values\":[1,2,3,4]", WN_ERROR_CORRUPT,
     "as many as the shape says"},
    {"a size that no double holds", linear, "\"shape\":[3,2]", "\"shape\":[18446744073709551615,2]",
     WN_ERROR_CORRUPT, "whole numbers from 0"},
    {"2^53 of something", linear, "\"shape\":[3,2]", "\"shape\":[9007199254740992]",
     WN_ERROR_CORRUPT, "what the array's bytes can hold"},
    {"2^53 + 2 of something", linear, "\"shape\":[3,2]", "\"shape\":[9007199254740994]",
     WN_ERROR_CORRUPT, "whole numbers from 0"},
    {"256 members", staged, "\"members\":1", "\"members\":256", WN_ERROR_CORRUPT,
     "2 outputs for 256 members"},
    {"257 members", staged, "\"members\":1", "\"members\":257", WN_ERROR_LIMIT,
     "more than 256 members"},
    {"a weight of 1000", staged, "[0.25,1]", "[0.25,1000]", WN_OK, ""},
    {"a weight above", staged, "[0.25,1]", "[0.25,1000.0000000000001]", WN_ERROR_CORRUPT,
     "weights from 0 to 1000"},
    {"a column that is the last", staged, "\"values\":[1]}", "\"values\":[1]}", WN_OK, ""},
    {"a column behind it", staged, "\"values\":[1]}", "\"values\":[2]}", WN_ERROR_CORRUPT,
     "name columns of the block"},
    {"2^30 columns for a row", columns, "16", "1073741824", WN_OK, ""},
    {"a column more", columns, "16", "1073741825", WN_ERROR_CORRUPT, "from 1 to 2^30"},
    {"a sum of counts of 10^15", fasttext, "[5,3]", "[999999999999997,3]", WN_OK, ""},
    {"a sum above", fasttext, "[5,3]", "[999999999999998,3]", WN_ERROR_CORRUPT, "10^15"},
    {"a bucket that is the last", fasttext, "[7,0,0,1]", "[7,0,6,1]", WN_OK, ""},
    {"a bucket behind it", fasttext, "[7,0,0,1]", "[7,0,8,1]", WN_ERROR_CORRUPT,
     "a bucket or row that does not exist"},
    {"a row that is the last", fasttext, "[7,0,0,1]", "[7,1,0,1]", WN_OK, ""},
    {"a row behind it", fasttext, "[7,0,0,1]", "[7,2,0,1]", WN_ERROR_CORRUPT,
     "a bucket or row that does not exist"},
    {"a bucket twice", fasttext, "[7,0,0,1]", "[7,0,7,1]", WN_ERROR_CORRUPT, "a bucket twice"},
    {"a pattern that has no end", patterned, "\"pattern\":\"x\"", "\"pattern\":\"[x\"",
     WN_ERROR_UNSUPPORTED, "pattern"},
};

static void expect_edits(void)
{
    for (size_t i = 0; i < WN__COUNT(edits); i++) {
        const struct edit *e = &edits[i];
        char *text = edited(e->base, e->from, e->to);
        expect(e->name, (image){(uint8_t *)text, strlen(text)}, e->status, e->message);
    }
}

/* ---- .winnow: sections and sizes, with a checksum that is right ---- */

static void seal(image *i)
{
    uint64_t len = i->len, checksum;
    memcpy(i->bytes + 16, &len, sizeof len);
    checksum = wn__xxh3_with_hole(i->bytes, i->len, 32);
    memcpy(i->bytes + 32, &checksum, sizeof checksum);
}

static image winnow_of(sample kind)
{
    image i;
    i.bytes = sample_binary(kind, 3, &i.len);
    return i;
}

/* Another manifest before the same sections. */
static image with_manifest(image from, const char *text, size_t len)
{
    uint64_t old, size = len;
    memcpy(&old, from.bytes + 24, sizeof old);
    size_t begin = (64 + (size_t)old + 63) & ~(size_t)63, at = (64 + len + 63) & ~(size_t)63;
    image to = {calloc(1, at + from.len - begin), at + from.len - begin};
    memcpy(to.bytes, from.bytes, 64);
    memcpy(to.bytes + 24, &size, sizeof size);
    memcpy(to.bytes + 64, text, len);
    memcpy(to.bytes + at, from.bytes + begin, from.len - begin);
    seal(&to);
    free(from.bytes);
    return to;
}

static const struct layout {
    const char *name, *from, *to; /* of the second of four arrays, the words */
    wn_status status;
    const char *message;
} layouts[] = {
    {"as it is", "{", "{", WN_OK, ""},
    {"alignment 0: behind the other", "\"offset\": 64", "\"offset\":35", WN_ERROR_CORRUPT,
     "the multiple of 64"},
    {"alignment 1", "\"offset\": 64", "\"offset\":65", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"alignment 3", "\"offset\": 64", "\"offset\":67", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"alignment 32", "\"offset\": 64", "\"offset\":32", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"over each other", "\"offset\": 64", "\"offset\":0", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"a hole", "\"offset\": 64", "\"offset\":128", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"backwards", "\"offset\": 0", "\"offset\": 64", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"before the file", "\"offset\": 64", "\"offset\":-64", WN_ERROR_CORRUPT, "the multiple of 64"},
    {"2^64 - 64", "\"offset\": 64", "\"offset\":18446744073709551552", WN_ERROR_CORRUPT,
     "the multiple of 64"},
    {"2^53", "\"offset\": 64", "\"offset\":9007199254740992", WN_ERROR_CORRUPT,
     "the multiple of 64"},
    {"size 2^64 - 1", "\"size\": 136", "\"size\":18446744073709551615", WN_ERROR_CORRUPT,
     "within the file"},
    {"size 2^53", "\"size\": 136", "\"size\":9007199254740992", WN_ERROR_CORRUPT,
     "within the file"},
    {"size -1", "\"size\": 136", "\"size\":-1", WN_ERROR_CORRUPT, "within the file"},
    {"size 0", "\"size\": 136", "\"size\":0", WN_ERROR_CORRUPT, "what the array's bytes can hold"},
    {"a byte less", "\"size\": 136", "\"size\":135", WN_ERROR_CORRUPT, "not zero"},
    {"a byte more", "\"size\": 136", "\"size\":137", WN_ERROR_CORRUPT, "its strings have"},
    {"inline and not", "\"size\": 136", "\"size\":136,\"data\":\"AAAA\"", WN_ERROR_CORRUPT,
     "dtype, shape, offset and size"},
    {"another file", "\"size\": 136", "\"file\":\"rows\"", WN_ERROR_CORRUPT, "within the file"},
};

static const struct number {
    const char *name;
    size_t at, size;
    uint64_t value;
    bool is_sealed;
    wn_status status;
    const char *message;
} numbers[] = {
    {"oldest 2", 12, 4, 2, true, WN_ERROR_CORRUPT, "impossible header"},
    {"oldest 3", 12, 4, 3, true, WN_ERROR_VERSION, "needs a reader of format 3"},
    {"oldest 0", 12, 4, 0, true, WN_ERROR_CORRUPT, "impossible header"},
    {"version 2^32 - 1", 8, 4, UINT32_MAX, true, WN_OK, ""},
    {"length 2^64 - 1", 16, 8, UINT64_MAX, false, WN_ERROR_CORRUPT, "cut or extended"},
    {"length 0", 16, 8, 0, false, WN_ERROR_CORRUPT, "cut or extended"},
    {"checksum 0", 32, 8, 0, false, WN_ERROR_CORRUPT, "does not match"},
    {"manifest of 0 bytes", 24, 8, 0, true, WN_ERROR_FORMAT, "not a JSON object"},
    {"manifest of 2^64 - 1", 24, 8, UINT64_MAX, true, WN_ERROR_CORRUPT,
     "the manifest ends outside"},
    {"manifest whose padding wraps", 24, 8, UINT64_MAX - 64, true, WN_ERROR_CORRUPT,
     "the manifest ends outside"},
    {"manifest whose end wraps", 24, 8, UINT64_MAX - 63, true, WN_ERROR_CORRUPT,
     "the manifest ends outside"},
};

static void expect_winnow(void)
{
    for (size_t i = 0; i < WN__COUNT(layouts); i++) {
        const struct layout *l = &layouts[i];
        image from = winnow_of(SAMPLE_SCALED);
        uint64_t size;
        memcpy(&size, from.bytes + 24, sizeof size);
        char *text = strndup((char *)from.bytes + 64, (size_t)size);
        char *changed = edited(text, l->from, l->to);
        free(text);
        expect(l->name, with_manifest(from, changed, strlen(changed)), l->status, l->message);
        free(changed);
    }
    for (size_t i = 0; i < WN__COUNT(numbers); i++) {
        const struct number *n = &numbers[i];
        image from = winnow_of(SAMPLE_SCALED);
        memcpy(from.bytes + n->at, &n->value, n->size);
        if (n->is_sealed)
            seal(&from);
        expect(n->name, from, n->status, n->message);
    }
    /* The manifest may fill the file, and is then no JSON; one byte more is outside. */
    for (uint64_t more = 0; more < 2; more++) {
        image from = winnow_of(SAMPLE_SCALED);
        uint64_t size = from.len - 64 + more;
        memcpy(from.bytes + 24, &size, sizeof size);
        seal(&from);
        expect("a manifest as long as the file", from, WN_ERROR_CORRUPT,
               more == 0 ? "manifest: " : "the manifest ends outside");
    }
}

/* An index of words whose slots have ids one too high, at the last word's and at an empty slot. */
static void expect_index(void)
{
    for (int kind = 0; kind < 4; kind++) {
        static wn__spec spec;
        wn_error error;
        image i = winnow_of(SAMPLE_FOLDED);
        wn__spec_init(&spec, NULL);
        if (wn__format_read(&spec, i.bytes, i.len, &error) != WN_OK)
            support_stop(error.message);
        if (spec.blocks[0].words_index < 0)
            support_stop("the sample has no index of words");
        const wn__array *index = &spec.arrays[spec.blocks[0].words_index];
        uint32_t n_words = (uint32_t)spec.arrays[spec.blocks[0].words].shape[0];
        size_t wanted = 0;
        for (size_t slot = 0; slot < index->shape[0]; slot++) {
            uint32_t id;
            memcpy(&id, index->data + slot * 32 + 16, sizeof id);
            if (kind < 3 ? id == n_words - 1 : id == UINT32_MAX)
                wanted = (size_t)index->offset + slot * 32 + 16;
        }
        const uint32_t ids[] = {n_words - 1, n_words, UINT32_MAX - 1, 0};
        memcpy(i.bytes + wanted, &ids[kind], sizeof ids[kind]);
        seal(&i);
        wn__spec_free(&spec);
        expect("an id in an index of words", i, kind == 0 ? WN_OK : WN_ERROR_CORRUPT,
               kind == 0 ? "" : "does not find the words");
    }
}

/* ---- fastText ---- */

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

/* ---- Sizes at their limits, with all that belongs to them ---- */

/* Base64 of zeros, bytes a multiple of three. */
static void put_zeros(FILE *out, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes / 3; i++)
        fputs("AAAA", out);
    fputs(n_bytes % 3 == 0 ? "" : n_bytes % 3 == 1 ? "AA==" : "AAA=", out);
}

typedef struct plan {
    uint64_t n_labels, n_outputs; /* of the rows */
    uint64_t n_members;
    uint64_t n_weights, n_passes, n_stages; /* of the context, of a block, before the head */
    bool has_head;
} plan;

static image linear_of(const plan *p)
{
    image i;
    char *text = NULL;
    FILE *out = open_memstream(&text, &i.len);
    fprintf(out, "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"members\":%llu,",
            (unsigned long long)p->n_members);
    if (p->n_weights > 0)
        fputs("\"context\":\"context\",", out);
    fputs("\"stages\":[", out);
    for (uint64_t j = 0; j < p->n_stages; j++)
        fprintf(out, "%s{\"norm\":\"l2\"}", j > 0 ? "," : "");
    fprintf(out, "],%s\"blocks\":[{\"extractor\":\"words\",\"terms\":\"term\",\"weighting\":[",
            p->has_head ? "\"head\":{\"values\":\"head\"}," : "");
    for (uint64_t j = 0; j < p->n_passes; j++)
        fprintf(out, "%s{\"norm\":\"l2\"}", j > 0 ? "," : "");
    fprintf(out,
            "],\"rows\":{\"values\":\"rows\"}}],\"arrays\":{\"term\":{\"dtype\":\"str\",\"shape\":"
            "[1],\"values\":[\"police\"]},\"rows\":{\"dtype\":\"f32\",\"shape\":[1,%llu],"
            "\"data\":\"",
            (unsigned long long)p->n_outputs);
    put_zeros(out, p->n_outputs * 4);
    fprintf(out, "\"},\"head\":{\"dtype\":\"f32\",\"shape\":[2,%llu],\"data\":\"",
            (unsigned long long)(p->has_head ? p->n_outputs : 0));
    put_zeros(out, p->has_head ? p->n_outputs * 8 : 0);
    fprintf(out, "\"},\"context\":{\"dtype\":\"f32\",\"shape\":[%llu],\"data\":\"",
            (unsigned long long)p->n_weights);
    put_zeros(out, p->n_weights * 4);
    fprintf(out, "\"},\"labels\":{\"dtype\":\"str\",\"shape\":[%llu],\"values\":[",
            (unsigned long long)p->n_labels);
    for (uint64_t j = 0; j < p->n_labels; j++)
        fprintf(out, "%s\"%llx\"", j > 0 ? "," : "", (unsigned long long)j);
    fputs("]}}}", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

static image liblinear_of(uint64_t n_labels)
{
    image i;
    char *text = NULL;
    FILE *out = open_memstream(&text, &i.len);
    fprintf(out, "solver_type MCSVM_CS\nnr_class %llu\nlabel", (unsigned long long)n_labels);
    for (uint64_t j = 0; j < n_labels; j++)
        fprintf(out, " %llu", (unsigned long long)j);
    fputs("\nnr_feature 1\nbias -1\nw\n", out);
    for (uint64_t j = 0; j < n_labels; j++)
        fputs("0 ", out);
    fputs("\n", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

/* A dense model of two words and two labels. */
static image fasttext_of(int32_t dim)
{
    static const char *const entries[] = {"police", "goal", "__label__a", "__label__b"};
    uint32_t fields[64];
    const int32_t head[] = {793712314, 12, dim, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100};
    maker m = {malloc(1000 + (size_t)dim * 16), 0, 7, fields, 0};
    for (size_t i = 0; i < WN__COUNT(head); i++)
        put_i32(&m, head[i]);
    put_i64(&m, 0);
    put_i32(&m, 4);
    put_i32(&m, 2);
    put_i32(&m, 2);
    put_i64(&m, 9);
    put_i64(&m, -1);
    for (size_t i = 0; i < 4; i++) {
        put(&m, entries[i], strlen(entries[i]) + 1);
        put_i64(&m, 1);
        put_byte(&m, i >= 2);
    }
    put_byte(&m, 0);
    put_dense(&m, 2, dim);
    put_byte(&m, 0);
    put_dense(&m, 2, dim);
    return (image){m.bytes, m.len};
}

/* So deep, and then what no parser would take: the scan comes first. */
static image nested(unsigned depth)
{
    char *text = NULL;
    image i;
    FILE *out = open_memstream(&text, &i.len);
    fputs("{\"a\":", out);
    for (unsigned d = 1; d < depth; d++)
        fputc('[', out);
    fputs(depth > WN__MAX_JSON_DEPTH ? "!" : "1", out);
    for (unsigned d = 1; d < depth; d++)
        fputc(']', out);
    fputs("}", out);
    fclose(out);
    i.bytes = (uint8_t *)text;
    return i;
}

static image listed(size_t n_values)
{
    image i = {malloc(2 * n_values + 8), 0};
    memcpy(i.bytes, "{\"a\":[", 6);
    for (i.len = 6; i.len < 6 + 2 * n_values; i.len += 2)
        memcpy(i.bytes + i.len, "1,", 2);
    i.bytes[i.len++] = '!';
    return i;
}

static void expect_limits(void)
{
    static const struct {
        const char *name;
        plan p;
        wn_status status;
        const char *message;
    } rows[] = {
        {"16 weights", {2, 2, 1, 16, 1, 0, false}, WN_OK, ""},
        {"17 weights", {2, 2, 1, 17, 1, 0, false}, WN_ERROR_CORRUPT, "1 to 16 weights"},
        {"8 passes", {2, 2, 1, 1, 8, 0, false}, WN_OK, ""},
        {"9 passes", {2, 2, 1, 1, 9, 0, false}, WN_ERROR_CORRUPT, "at most 8 objects"},
        {"8 stages", {2, 2, 1, 1, 1, 8, false}, WN_OK, ""},
        {"9 stages", {2, 2, 1, 1, 1, 9, false}, WN_ERROR_CORRUPT, "at most 8 objects"},
        {"256 members of two", {2, 512, 256, 1, 1, 0, false}, WN_OK, ""},
        {"257 members of two", {2, 514, 257, 1, 1, 0, false}, WN_ERROR_LIMIT, "256 members"},
        {"a head of 4096", {2, 4096, 1, 1, 1, 0, true}, WN_OK, ""},
        {"a head of 4097", {2, 4097, 1, 1, 1, 0, true}, WN_ERROR_LIMIT, "rows of 4097"},
        {"2^22 outputs", {1 << 14, 1 << 22, 256, 0, 1, 0, false}, WN_OK, ""},
        {"2^22 + 1 outputs",
         {1 << 14, (1 << 22) + 1, 256, 0, 1, 0, false},
         WN_ERROR_LIMIT,
         "2^22 else"},
        {"2^20 labels", {1 << 20, 1 << 20, 1, 0, 1, 0, false}, WN_OK, ""},
        {"2^20 + 1 labels",
         {(1 << 20) + 1, (1 << 20) + 1, 1, 0, 1, 0, false},
         WN_ERROR_LIMIT,
         "more than 1048576 labels"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++)
        expect(rows[i].name, linear_of(&rows[i].p), rows[i].status, rows[i].message);
    expect("LIBLINEAR, 2^20 labels", liblinear_of(1 << 20), WN_OK, "");
    expect("LIBLINEAR, 2^20 + 1 labels", liblinear_of((1 << 20) + 1), WN_ERROR_LIMIT,
           "more than 1048576 labels");
    expect("fastText, dim 4096", fasttext_of(4096), WN_OK, "");
    expect("fastText, dim 4097", fasttext_of(4097), WN_ERROR_LIMIT, "dim 4097");
    expect("64 deep", nested(64), WN_ERROR_FORMAT, "the key \"winnow\" is missing");
    expect("65 deep, before it is parsed", nested(65), WN_ERROR_LIMIT, "more than 64 deep");
    expect("8 million values, before they are parsed", listed(WN__MAX_JSON_NODES), WN_ERROR_LIMIT,
           "more than 8 million values");
}

int main(void)
{
    for (size_t i = 0; i < WN__COUNT(foreign); i++) {
        const struct foreign *f = &foreign[i];
        image m = {malloc(f->len > 0 ? f->len : 1), f->len};
        memcpy(m.bytes, f->bytes, f->len);
        expect(f->name, m, f->status, f->message);
    }
    expect_edits();
    expect_winnow();
    expect_index();
    expect_fasttext();
    expect_limits();
    printf("handmade: %u files, %u of them open, %u not as expected\n", n_cases, n_opened,
           n_failed);
    return n_failed == 0 ? 0 : 1;
}
