/* winnow.h - classify paragraphs of text with linear and fastText models.
 *
 * This header is the public API and its manual: what is not declared here is not API.
 *
 *     model file -> wn_model_open -> const wn_model *   (immutable, shared by all threads)
 *     text       -> wn_classify   -> wn_result          (paragraphs, each with ranked labels)
 *
 * Three kinds of object:
 *
 *   wn_model  A loaded model. Immutable and reference counted: always `const wn_model *`, used by
 *             any number of threads at once.
 *   wn_ctx    The scratch memory of one thread. It is not bound to a model. Re-using a context is
 *             a speed optimisation and never changes a result; a warm context allocates nothing.
 *   wn_slot   A cell that holds the current model while a program runs: readers acquire it without
 *             a lock, a writer publishes a retrained model under traffic.
 *
 * Text is always (pointer, length): any bytes, NUL included, valid UTF-8 or not. A pointer may be
 * NULL where its length is 0.
 *
 * The library starts no threads, prints nothing, never exits, reads no environment variable,
 * changes no locale or signal and has no mutable globals. Memory comes from the allocator that the
 * caller passes (NULL: malloc), with two exceptions that have allocators of their own: cJSON while
 * a manifest is being parsed, OpenBLAS while a matrix product runs.
 *
 * Caveats, the things that can surprise:
 *   - The same text has the same score bits in any batch, position, thread and order, on one
 *     machine, build and model file, on every kernel. Another CPU may differ in the last bits where
 *     OpenBLAS multiplies (dense stages of linear models) or the C library's exp and log come in
 *     (sigmoids, hierarchical softmax).
 *   - A child of fork() can score with the models of its parent, whatever other threads did at that
 *     moment, with two exceptions. A linear model with a large dense stage can hang the child
 * inside OpenBLAS if another thread scored one; fastText models and linear ones without such a
 * stage never call it. And the lock of a slot's writers may be held for ever: a context that
 * acquired from the slot before the fork goes on, any other and publishing can hang.
 *   - OpenBLAS takes 128 MiB of address space at its first product and tries for ever where it
 *     cannot have them. Models whose dense parts are small never call it.
 *   - A result belongs to its context and lives until the next call on that context.
 *   - A model is built for little-endian machines with IEEE 754 floats.
 */
#ifndef WINNOW_H
#define WINNOW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WN_VERSION_MAJOR 0
#define WN_VERSION_MINOR 1
#define WN_VERSION_PATCH 0
#define WN_VERSION_STRING "0.1.0"

#if defined(__GNUC__)
#define WN_API __attribute__((visibility("default")))
#define WN_MUST_USE __attribute__((warn_unused_result))
#else
#define WN_API
#define WN_MUST_USE
#endif

/* ---- Status and errors ------------------------------------------------------------------- */

/* The values are frozen: they never change their meaning, new ones are added at the end. */
typedef enum wn_status {
    WN_OK = 0,
    WN_ERROR_ARGUMENT = 1, /* the caller broke a rule of this header */
    WN_ERROR_MEMORY = 2,   /* the allocator returned NULL */
    WN_ERROR_IO = 3,       /* the operating system refused to open, read or write a file */
    WN_ERROR_FORMAT = 4,   /* no model format that winnow knows */
    WN_ERROR_VERSION = 5,  /* a known format, in a version that this build cannot read */
    WN_ERROR_CORRUPT =
        6, /* a known format, damaged: a length, index, number or checksum is wrong */
    WN_ERROR_UNSUPPORTED = 7, /* a sound model that asks for something this build does not do */
    WN_ERROR_LIMIT = 8        /* a documented limit is exceeded */
} wn_status;

/* Detail of the last failure, for people. The functions that take one accept NULL. */
typedef struct wn_error {
    wn_status status;
    uint64_t offset;   /* byte offset in the model file, or UINT64_MAX where none applies */
    char message[160]; /* what, where and what to do; always NUL-terminated */
} wn_error;

/* The name of a status, such as "corrupt"; "unknown" for a value that is none. Any thread. */
WN_API const char *wn_status_name(wn_status status);

/* The version of the library that runs, such as "0.1.0"; compare with WN_VERSION_STRING. */
WN_API const char *wn_version(void);

/* One line on how the library was built: version, compiler, kernels, BLAS. Any thread. */
WN_API const char *wn_build_info(void);

/* ---- Memory ------------------------------------------------------------------------------ */

/* Where the library takes its memory. Both functions may be called from any thread that uses the
 * object. allocate returns size bytes aligned for any type, or NULL; size is never 0. release
 * accepts every pointer that allocate returned, never NULL. The struct is copied; user must
 * outlive every object made with it. */
typedef struct wn_allocator {
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory);
    void *user;
} wn_allocator;

/* ---- Models ------------------------------------------------------------------------------ */

typedef struct wn_model wn_model;

typedef struct wn_text {
    const char *data; /* [len] any bytes */
    size_t len;
} wn_text;

/* Which rows a model scores with. Fast rows have the output layer folded in: within 1e-5 of the
 * exact probability and an order of magnitude faster. Exact rows follow the reference
 * implementation operation by operation; fastText-compatible prediction needs them. */
typedef enum wn_scoring {
    WN_SCORING_FAST = 0, /* fast rows where the model can be folded, exact rows otherwise */
    WN_SCORING_EXACT = 1 /* exact rows; WN_ERROR_UNSUPPORTED where the file keeps none */
} wn_scoring;

/* How to open a model. Set size to sizeof(wn_open_options) and the rest to zero, then change what
 * you need; a zero field means its default. A NULL options pointer means all defaults. */
typedef struct wn_open_options {
    size_t size;
    const wn_allocator *allocator; /* NULL: malloc and free */
    wn_scoring scoring;
    uint64_t max_file_size; /* bytes; larger files are WN_ERROR_LIMIT; 0: 16 GiB */
    wn_text vocabulary;     /* LIBLINEAR models alone: the terms of feature 1, 2, ..., a line each;
                             * copied. Their counts are the features, as scikit-learn's
                             * CountVectorizer has them by default: lower case, words of two
                             * characters or more, n-grams of as many words as the longest term.
                             * Empty: the model scores vectors, not text */
    unsigned flags;         /* WN_OPEN_... */
} wn_open_options;

/* Maps a .winnow file instead of reading it: a file of gigabytes opens in milliseconds, and all
 * processes that map it share its memory. Header, manifest and strings are checked as always; the
 * checksum is not, and the weights are not looked at. Whatever they are, scoring stays inside the
 * file and gives finite numbers. Only for files that nobody changes in place: one that is cut while
 * it is mapped ends the process with SIGBUS. Replace such files by rename, as wn_convert does. */
#define WN_OPEN_MAP 1u

/* Opens a model file: winnow binary (.winnow) or JSON (.json), fastText .bin or .ftz, LIBLINEAR.
 * The format is told from the content, not from the name. The file is read, verified whole
 * (checksum, every length, index and number) and closed; it may be replaced or deleted
 * afterwards. A model keeps a .winnow file's bytes and uses them in place; of a large .bin no more
 * than a part is in memory at a time while its rows are folded. Only regular files are opened.
 * *model receives one reference, to be given back with wn_model_unref; NULL on failure. Errors: all
 * of them. Any thread. */
WN_API WN_MUST_USE wn_status wn_model_open(const char *path, const wn_open_options *options,
                                           const wn_model **model, wn_error *error);

/* The same from a file image in memory, which is copied as far as it is needed. */
WN_API WN_MUST_USE wn_status wn_model_open_memory(const void *bytes, size_t len,
                                                  const wn_open_options *options,
                                                  const wn_model **model, wn_error *error);

/* Takes another reference and returns the model. NULL gives NULL. Any thread. */
WN_API const wn_model *wn_model_ref(const wn_model *model);

/* Gives one reference back; the last one frees the model. NULL is allowed. Any thread. */
WN_API void wn_model_unref(const wn_model *model);

/* What the scores of a model mean. */
typedef enum wn_link {
    WN_LINK_SOFTMAX = 0,              /* labels exclude each other; probabilities sum to 1 */
    WN_LINK_SIGMOID = 1,              /* each label on its own (multi-label, one-vs-all) */
    WN_LINK_ONE_VS_REST = 2,          /* sigmoids divided by their sum */
    WN_LINK_HIERARCHICAL_SOFTMAX = 3, /* a Huffman tree of binary decisions; sums to 1 */
    WN_LINK_RAW = 4                   /* no probabilities: only decision values (logits) */
} wn_link;

/* What wn_model_get_info tells. Set size to sizeof(wn_model_info) before the call. Strings belong
 * to the model and are UTF-8; "" where the file says nothing. */
typedef struct wn_model_info {
    size_t size;
    const char *name;        /* such as "topic"; a file without a name has "" */
    const char *version;     /* the model's own version, free text */
    const char *description; /* one line */
    const char *license;     /* of the weights, free text */
    const char *trainer;     /* what made it, free text */
    const char *format;      /* the file format it was opened from: "winnow", "json", "fasttext",
                              * "liblinear" */
    uint64_t checksum;       /* XXH3-64: names the bytes of the file and no others. In a .winnow
                              * file the one that it carries, else of the whole file */
    uint64_t memory;         /* bytes of memory that the model holds */
    uint64_t n_rows;         /* feature rows, all blocks together */
    uint32_t dim;            /* length of a row as the file has it */
    uint32_t n_labels;
    uint32_t n_blocks; /* feature blocks */
    uint32_t n_probes; /* stored texts with expected scores, see wn_model_verify */
    wn_link link;
    int is_fasttext;    /* has fastText features: wn_fasttext_predict may work */
    int is_quantized;   /* the file holds product-quantised or 8-bit weights */
    int has_exact;      /* exact rows are loaded */
    int has_fast;       /* fast rows are loaded */
    int is_multi_label; /* a text may have several labels, or none: each is chosen on its own */
    int is_calibrated;  /* probabilities come from calibrators, or from several members' mean */
    int has_thresholds; /* a label is chosen only above a threshold of its own */
    int has_context;    /* says how much the neighbours of a paragraph count, see context below */
    uint32_t n_fields;  /* text fields that it reads; 0: none, it scores vectors alone */
    uint32_t n_columns; /* features of its first block: what wn_classify_vectors may number */
} wn_model_info;

/* Fills *info. Errors: ARGUMENT. Any thread. */
WN_API wn_status wn_model_get_info(const wn_model *model, wn_model_info *info);

/* The name of label `label` (0 <= label < n_labels) as the file has it, NUL-terminated, its length
 * in *len unless len is NULL (fastText labels are any bytes). NULL when label is out of range. */
WN_API const char *wn_model_label(const wn_model *model, uint32_t label, size_t *len);

/* The name of text field `field` (0 <= field < n_fields): "" for the one that needs no name. NULL
 * when field is out of range. Belongs to the model. */
WN_API const char *wn_model_field(const wn_model *model, uint32_t field);

/* The number that a score of the label has to exceed to be chosen: a probability, or a logit for
 * models without probabilities; -INFINITY where there is none, NaN when label is out of range. */
WN_API double wn_model_threshold(const wn_model *model, uint32_t label);

/* ---- Contexts ---------------------------------------------------------------------------- */

typedef struct wn_ctx wn_ctx;

/* Makes a context. allocator NULL: malloc. Errors: ARGUMENT, MEMORY. */
WN_API WN_MUST_USE wn_status wn_ctx_new(const wn_allocator *allocator, wn_ctx **ctx);

/* Frees a context and what its results point to. NULL is allowed. Release its slots first. */
WN_API void wn_ctx_free(wn_ctx *ctx);

/* Bytes that the context holds now. */
WN_API size_t wn_ctx_memory(const wn_ctx *ctx);

/* Detail of the last failed call on this context; never NULL. */
WN_API const wn_error *wn_ctx_error(const wn_ctx *ctx);

/* ---- Splitting and classifying ----------------------------------------------------------- */

/* Where paragraphs end. White space around a paragraph does not belong to it; paragraphs of white
 * space alone are left out. Lines end with LF, CRLF or CR. */
typedef enum wn_split_mode {
    WN_SPLIT_AUTO = 0,  /* blank lines, and line ends that are no hard wraps */
    WN_SPLIT_LINE = 1,  /* every line */
    WN_SPLIT_BLANK = 2, /* blank lines only */
    WN_SPLIT_NONE = 3   /* the whole text is one paragraph */
} wn_split_mode;

typedef struct wn_span {
    size_t begin, end; /* byte offsets into the caller's text, half open */
} wn_span;

/* Cuts a text into paragraphs. *spans [*n_spans] belongs to the context.
 * Errors: ARGUMENT, MEMORY. */
WN_API WN_MUST_USE wn_status wn_split(wn_ctx *ctx, const char *text, size_t len, wn_split_mode mode,
                                      const wn_span **spans, size_t *n_spans);

/* How to classify. Set size to sizeof(wn_classify_options). A NULL pointer means k = 1,
 * threshold 0, WN_SPLIT_AUTO, no context. */
typedef struct wn_classify_options {
    size_t size;
    uint32_t k;          /* report at most k labels per model; 0: all of them; WN_K_CHOSEN: those
                          * that the model chooses, which can be none */
    double threshold;    /* leave out labels with a probability below this. Models without
                          * probabilities: with a logit below this, and 0 leaves nothing out */
    wn_split_mode split; /* for wn_classify */
    int context;         /* for wn_classify: 1 adds to each prediction what the neighbouring
                          * paragraphs make of it (wn_prediction.context) */
} wn_classify_options;

#define WN_K_CHOSEN UINT32_MAX

typedef struct wn_score {
    uint32_t label;     /* index for wn_model_label */
    double probability; /* in [0, 1]; NaN for models without probabilities (WN_LINK_RAW) */
    double logit;       /* the score before the link; for hierarchical softmax ln(probability); of
                         * several members the mean */
    int is_chosen;      /* the label is (one of) the model's answer, see wn_decision */
} wn_score;

/* What a model makes of its scores. A label is chosen when its score (the probability; the logit of
 * models without any) is above the label's threshold (wn_model_threshold): in a multi-label model
 * every such label, else the best ranked of them. Texts of which the model knows nothing get no
 * label, whatever its bias says. */
typedef enum wn_decision {
    WN_DECIDED = 0,       /* at least one label is chosen */
    WN_UNSURE = 1,        /* no label is above its threshold */
    WN_UNSURE_UNKNOWN = 2 /* no feature of the text is known to the model */
} wn_decision;

/* One model's answer for one paragraph. */
typedef struct wn_prediction {
    const wn_score *scores; /* [n_scores] best first: by logit, of calibrated models by probability
                             * unless the file says otherwise; equal ones by ascending label. In
                             * front of all the label that is chosen, unless the model is
                             * multi-label: thresholds can let a lower ranked one win */
    uint32_t n_scores;      /* 0 when no label reaches the threshold, or a fastText model knows
                             * nothing of the text (the reference gives no answer either) */
    uint32_t n_features;    /* features of the text that the model knows, end-of-line not counted;
                             * 0: the answer, if any, rests on the model's bias alone. Saturates. */
    uint32_t n_chosen;      /* labels that the model chooses, reported here or not */
    wn_decision decision;
    const struct wn_prediction
        *context; /* the same with the neighbours, or NULL. Its probabilities
                   * are (p + sum_d w_d (p before + p after)) / (1 + sum of the weights that
                   * met a neighbour), d paragraphs away and with the weights w_1, w_2, ...
                   * of the model file (without any: 0.5, 0.25); its logits likewise.
                   * Neighbours of which the model knows nothing do not count. */
} wn_prediction;

typedef struct wn_paragraph {
    size_t begin, end;                /* the paragraph's bytes in the text given to wn_classify; for
                                       * wn_classify_batch 0 and the text's length */
    const wn_prediction *predictions; /* [n_models] in the order of the models */
} wn_paragraph;

typedef struct wn_result {
    const wn_paragraph *paragraphs; /* [n_paragraphs] */
    size_t n_paragraphs;
    size_t n_models;
} wn_result;

/* Splits one document and classifies each paragraph with each model. A newline inside a paragraph
 * is a space; a fastText model gets its end-of-line token once, after the paragraph.
 * *result points into the context until the next call on it.
 * Errors: ARGUMENT, MEMORY. Several threads: each its own context. */
WN_API WN_MUST_USE wn_status wn_classify(wn_ctx *ctx, const wn_model *const *models,
                                         size_t n_models, const char *text, size_t len,
                                         const wn_classify_options *options, wn_result *result);

/* Classifies n_texts texts, each as one paragraph: result->paragraphs[i] belongs to texts[i],
 * always n_texts of them. The scores are the same bits as one by one. Errors as wn_classify. */
WN_API WN_MUST_USE wn_status wn_classify_batch(wn_ctx *ctx, const wn_model *const *models,
                                               size_t n_models, const wn_text *texts,
                                               size_t n_texts, const wn_classify_options *options,
                                               wn_result *result);

/* The same for texts of several named fields, such as a title and a body: texts[i * n_fields + f]
 * is field names[f] of text i. A model whose field is not among the names is WN_ERROR_ARGUMENT; a
 * field that needs no name is "" among them, else the first. result->paragraphs[i].end is 0. */
WN_API WN_MUST_USE wn_status wn_classify_fields(wn_ctx *ctx, const wn_model *const *models,
                                                size_t n_models, const char *const *names,
                                                size_t n_fields, const wn_text *texts,
                                                size_t n_texts, const wn_classify_options *options,
                                                wn_result *result);

/* A number of a text that is a vector already: of column `column`, from 0, of the model's rows. */
typedef struct wn_entry {
    uint32_t column;
    double value;
} wn_entry;

typedef struct wn_vector {
    const wn_entry *entries; /* [n] columns ascend; the model ignores those that it has not */
    size_t n;
} wn_vector;

/* Classifies vectors with a linear model of one block. Nothing is counted, weighted or normalised:
 * the values are what the rows are multiplied with. Errors: ARGUMENT (a NULL, columns that do not
 * ascend, a value that is not finite, a model of several blocks or of fastText features), MEMORY.
 */
WN_API WN_MUST_USE wn_status wn_classify_vectors(wn_ctx *ctx, const wn_model *model,
                                                 const wn_vector *vectors, size_t n_vectors,
                                                 const wn_classify_options *options,
                                                 wn_result *result);

/* ---- Explaining -------------------------------------------------------------------------- */

/* What one occurrence of one feature adds to a label's logit. */
typedef struct wn_contribution {
    size_t begin, end; /* bytes of the text, half open */
    uint32_t block;    /* the feature block that found it */
    double value;
} wn_contribution;

typedef struct wn_explanation {
    const wn_contribution *contributions; /* [n] by begin, then end */
    size_t n;
    double bias;  /* what the label gets without any text */
    double logit; /* as wn_classify reports it: the bias and all contributions, up to rounding */
} wn_explanation;

/* Tells how the logit of one label comes about. A feature that occurs several times is divided
 * equally among its places; norms and other factors are those of the whole text. *explanation
 * points into the context. Errors: ARGUMENT (label out of range, a model of several fields or of
 * none), MEMORY, UNSUPPORTED (hierarchical softmax: its logits are no sums). */
WN_API WN_MUST_USE wn_status wn_explain(wn_ctx *ctx, const wn_model *model, const char *text,
                                        size_t len, uint32_t label, wn_explanation *explanation);

/* ---- Verifying --------------------------------------------------------------------------- */

typedef struct wn_verify_report {
    size_t size;           /* set to sizeof(wn_verify_report) before the call */
    uint32_t n_probes;     /* probes replayed; 0: the file carries none */
    uint32_t n_failed;     /* probes with a difference above the tolerance */
    uint32_t first_failed; /* index of the first of them, UINT32_MAX: none */
    double max_difference; /* largest |score - expected score| */
    double tolerance;      /* what was allowed: as the model file says, at least 1e-5 for fast
                            * rows */
} wn_verify_report;

/* Replays the model's probes: texts stored with the scores that its trainer computed.
 * WN_OK: all within the tolerance (or there are none); WN_ERROR_CORRUPT: some are not. */
WN_API WN_MUST_USE wn_status wn_model_verify(const wn_model *model, wn_ctx *ctx,
                                             wn_verify_report *report);

/* ---- Converting -------------------------------------------------------------------------- */

typedef enum wn_format {
    WN_FORMAT_WINNOW = 0, /* binary, checksummed */
    WN_FORMAT_JSON = 1    /* the same content as readable JSON */
} wn_format;

typedef enum wn_keep {
    WN_KEEP_SOURCE = 0, /* what the input holds */
    WN_KEEP_EXACT = 1,  /* exact rows only: reproduces the reference, folds when it is opened */
    WN_KEEP_FAST = 2,   /* folded rows only: smallest and fastest, cannot score exactly */
    WN_KEEP_BOTH = 3
} wn_keep;

typedef struct wn_convert_options {
    size_t size;
    const wn_allocator *allocator;
    wn_format format;
    wn_keep keep;
    const char *name; /* replaces the model's name; NULL: keep it */
    const wn_text
        *probes;        /* [n_probes] texts to store as probes, with scores computed now by the */
    size_t n_probes;    /* exact rows; none: keep the input's probes */
    wn_text vocabulary; /* as in wn_open_options */
} wn_convert_options;

/* Reads the model file `in` in any format and writes `out`, bit-lossless for what it keeps. The
 * new file is complete before it gets its name (temporary file, fsync, rename): a failure leaves
 * an old `out` as it was, and `out` may be `in`. Errors: all of them. */
WN_API WN_MUST_USE wn_status wn_convert(const char *in, const char *out,
                                        const wn_convert_options *options, wn_error *error);

/* ---- Hot swap ---------------------------------------------------------------------------- */

typedef struct wn_slot wn_slot;

/* Makes a slot that holds model, of which it takes a reference of its own; NULL: an empty one,
 * which gets its first model by wn_slot_publish or wn_slot_reload. Errors: ARGUMENT, MEMORY. */
WN_API WN_MUST_USE wn_status wn_slot_new(const wn_model *model, const wn_allocator *allocator,
                                         wn_slot **slot);

/* Frees the slot. Nobody may call acquire or publish on it any more; contexts that have used it
 * may still live, and release what they hold. NULL is allowed. */
WN_API void wn_slot_free(wn_slot *slot);

/* Pins the current model for this context until wn_slot_release: it stays alive however often the
 * slot is published to. Takes no lock and waits for nobody; it looks again only when a publish came
 * between. The first call of a context on a slot registers it: that takes the writers' lock and
 * allocates, and the context remembers the slot until it is freed. A context holds at most one
 * model of a slot, and of any number of slots. Errors: ARGUMENT (already held, or the slot is
 * empty), MEMORY. */
WN_API WN_MUST_USE wn_status wn_slot_acquire(wn_slot *slot, wn_ctx *ctx, const wn_model **model);

/* Lets go of what wn_slot_acquire pinned. The model must not be used afterwards. If it is no longer
 * the current one, it is freed by the next publish, or with the slot. */
WN_API void wn_slot_release(wn_slot *slot, wn_ctx *ctx);

/* Makes model the current one (the slot takes its own reference) and frees every earlier model
 * that no context holds. Readers never wait; writers wait for each other. Errors: ARGUMENT, MEMORY
 * (the slot then keeps the old model). */
WN_API WN_MUST_USE wn_status wn_slot_publish(wn_slot *slot, const wn_model *model);

/* Does nothing when the file is the one that the slot looked at last (device, inode, size, times):
 * a program that calls this now and then follows the file. One that could not be read, or not for
 * lack of memory, is tried again. */
#define WN_RELOAD_IF_CHANGED 1u
/* The new model may have other labels or text fields, be multi-label or not, have probabilities or
 * not. Without this flag all of that is as it was (the labels in any order: an index belongs to one
 * model, read names from the model that was acquired). */
#define WN_RELOAD_ANY_KIND 2u
/* The slot keeps the model that is replaced for wn_slot_rollback: memory for two. */
#define WN_RELOAD_KEEP_PREVIOUS 4u

/* Set size to sizeof(wn_reload_options). A NULL pointer: all zero. */
typedef struct wn_reload_options {
    size_t size;
    unsigned flags;              /* WN_RELOAD_* */
    const wn_open_options *open; /* how to open the file; NULL: as wn_model_open does */
} wn_reload_options;

/* Opens a model file, compares it with the current model, replays its probes and publishes it;
 * *is_new (unless NULL) is 1 when it was published. Any failure keeps the current model and says
 * why in *error: IO (also a file that changes while it is read), FORMAT, CORRUPT (also probes that
 * differ), UNSUPPORTED (also a model of another kind), LIMIT, MEMORY, ARGUMENT. Readers never wait
 * for it. Any thread; replace files by rename, so that no half of one is ever seen. Formats without
 * a checksum (JSON, fastText, LIBLINEAR) show a file that was cut short, but not one that was
 * overwritten in the middle. */
WN_API WN_MUST_USE wn_status wn_slot_reload(wn_slot *slot, const char *path,
                                            const wn_reload_options *options, int *is_new,
                                            wn_error *error);

/* Makes the model before the last reload with WN_RELOAD_KEEP_PREVIOUS current again. One step:
 * another publish, reload or rollback forgets it. Errors: ARGUMENT (there is none; the slot stays
 * as it is), MEMORY. */
WN_API WN_MUST_USE wn_status wn_slot_rollback(wn_slot *slot);

/* ---- fastText compatibility -------------------------------------------------------------- */

/* One line as the fastText 0.9.2 command line reads and scores it. */
typedef struct wn_fasttext_line {
    size_t consumed;        /* bytes of the text that belong to this line, its newline included; a
                             * literal token </s> ends a line too */
    size_t n_features;      /* features of the line; 0: fastText makes no prediction, prints an
                             * empty line and leaves the line out of its test figures */
    uint32_t n_scores;      /* 0 also when no label reaches the threshold */
    const wn_score *scores; /* [n_scores] in fastText's order. probability is the number that
                             * fastText prints: a float, up to 1.00001. logit is its logarithm. */
    uint32_t n_gold;
    const uint32_t *gold; /* [n_gold] labels named in the line itself, in order */
} wn_fasttext_line;

/* Predicts the first line of text, bit for bit as Debian's fasttext 0.9.2 does, ties and the 1e-5
 * that it adds to every probability included. k: -1 for all labels, else at least 1. The text is
 * taken to end where len ends: pass whole lines. *line points into the context.
 * Errors: ARGUMENT (text of length 0; k, where the line has features, as in fastText), MEMORY,
 * UNSUPPORTED (not a fastText model, or opened without exact rows), CORRUPT (an output is not a
 * number, where fastText aborts). Weights so large that a sum overflows can give the NaN that
 * fastText prints.
 * Source: fastText 0.9.2, dictionary.cc, fasttext.cc, loss.cc; Joulin et al. 2017,
 * "Bag of Tricks for Efficient Text Classification". */
WN_API WN_MUST_USE wn_status wn_fasttext_predict(wn_ctx *ctx, const wn_model *model,
                                                 const char *text, size_t len, int32_t k,
                                                 float threshold, wn_fasttext_line *line);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_H */
