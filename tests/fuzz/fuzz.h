/* fuzz.h - what the fuzz targets share.
 *
 *     bytes -> target -> the engine or a reader of the tool -> must(...)
 *
 * A target takes any bytes. What it must not do is die, hang, take memory out of proportion, or
 * break one of the promises that it asks for with must(). libfuzzer.c runs the targets on bytes
 * that libFuzzer makes up, replay.c on the files of tests/fuzz/corpus.
 */
#ifndef WN_TEST_FUZZ_H
#define WN_TEST_FUZZ_H

#include "unit/support.h"

/* True: the bytes got through, a model opened or a record was read. A corpus of which nothing gets
 * through tests nothing. */
typedef bool fuzz_function(const uint8_t *data, size_t size);

typedef struct fuzz_target {
    const char *name; /* of the folder of its corpus too */
    fuzz_function *run;
} fuzz_target;

extern const fuzz_target fuzz_targets[];
extern const size_t n_fuzz_targets;

/* NULL: there is none of that name. */
const fuzz_target *fuzz_find(const char *name);

fuzz_function fuzz_load_winnow, fuzz_load_json, fuzz_load_fasttext, fuzz_load_liblinear, fuzz_text,
    fuzz_model_text, fuzz_paragraphs, fuzz_records, fuzz_convert, fuzz_round_trip;

/* Stops with a message that names the broken promise. */
#define must(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* ---- Memory ---- */

/* An allocator that counts, for what may take `most` bytes at a time. */
typedef struct fuzz_budget {
    wn_allocator allocator;
    size_t held, most;
} fuzz_budget;

void fuzz_budget_start(fuzz_budget *budget, size_t most);

/* Nothing is held any more. */
void fuzz_budget_end(const fuzz_budget *budget);

/* What opening a file of `size` bytes may take. */
size_t fuzz_most_memory(size_t size);

/* ---- Inputs ---- */

/* The name of a file for this process with these bytes in it; n tells several apart, below 4. The
 * files are removed at exit. */
const char *fuzz_file(size_t n, const void *bytes, size_t size);

/* The same name, whatever is there. */
const char *fuzz_path(size_t n);

/* What a marker divides: the bytes before it, and those behind it. False: it is not there. */
bool fuzz_divide(const uint8_t *data, size_t size, const char *marker, size_t *before,
                 wn_text *behind);

/* The bytes of a model file, to be freed. Most changes of a .winnow file break its length or its
 * checksum, and the reader looks no further: so both are made right. A manifest, a NUL and the
 * arrays become a .winnow file too, so that a manifest can change its length. Other bytes are
 * copied as they are. */
uint8_t *fuzz_model_file(const uint8_t *data, size_t size, size_t *len);

/* ---- What holds for whatever opens ---- */

/* Asks a model all that can be asked, and scores text with it. */
void fuzz_use(const wn_model *model, wn_text text);

/* Both models give the same bits for text, or are of another kind than texts. */
void fuzz_same_scores(const wn_model *a, const wn_model *b, wn_text text);

/* What the header promises of a prediction; is_all: of all labels, none held back. */
void fuzz_check_prediction(const wn_model_info *info, const wn_prediction *prediction, bool is_all);

/* Text for models that come without one. */
extern const wn_text fuzz_usual_text;

#endif
