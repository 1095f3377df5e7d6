/* handmade.c - files that somebody made on purpose: what each is refused with, or that it opens.
 * Other files, JSON and .winnow; handmade_fasttext.c and handmade_limits.c have the rest.
 *
 * usage: handmade
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
#include "hash.h"
#include "hostile/expect.h"
#include "unit/manifests.h"

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
    return report();
}
