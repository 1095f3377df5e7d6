// winnow.hpp - the C++17 face of winnow.h: RAII, string_view, no exceptions.
//
//     winnow::Model    a loaded model; a copy is one more reference to the same weights
//     winnow::Context  the scratch memory of one thread; move-only
//     winnow::Slot     the cell that holds the current model; move-only
//     winnow::Pinned   what Slot::acquire gives: the current model until the guard goes; move-only
//     winnow::Result   a value or an error; nothing here throws, and it builds without exceptions
//
// The wrapper adds nothing to the library and hides nothing of it: every object converts to its C
// pointer, the C structs are used as they are, and winnow.h says what they mean. What is said there
// about threads holds here: models are for all threads, a context is for one at a time.
//
// Lifetimes, the two that matter:
//   - What classify, classify_batch, split and fasttext_predict return points into the context and
//     lives until the next call on that context, or its end.
//   - A Pinned model must go before its context goes.
#ifndef WINNOW_HPP
#define WINNOW_HPP

#include "winnow.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace winnow
{

// ---- Small types --------------------------------------------------------------------------------

// A run of elements that somebody else owns.
template <class T> class Span
{
  public:
    constexpr Span() noexcept = default;
    constexpr Span(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N> constexpr Span(const T (&array)[N]) noexcept : data_(array), size_(N)
    {
    }

    constexpr const T *data() const noexcept
    {
        return data_;
    }
    constexpr std::size_t size() const noexcept
    {
        return size_;
    }
    constexpr bool empty() const noexcept
    {
        return size_ == 0;
    }
    constexpr const T *begin() const noexcept
    {
        return data_;
    }
    constexpr const T *end() const noexcept
    {
        return size_ == 0 ? data_ : data_ + size_;
    }
    // i must be below size(); it is not checked.
    constexpr const T &operator[](std::size_t i) const noexcept
    {
        return data_[i];
    }

  private:
    const T *data_ = nullptr;
    std::size_t size_ = 0;
};

// An error that names its status and nothing more.
inline wn_error make_error(wn_status status) noexcept
{
    wn_error error = {};
    error.status = status;
    error.offset = UINT64_MAX;
    if (status != WN_OK)
        std::strncpy(error.message, wn_status_name(status), sizeof error.message - 1);
    return error;
}

// A value, or why there is none. Test it before the value is used: a failed result holds an empty
// object. error().status is WN_OK in a good one.
template <class T> class [[nodiscard]] Result
{
  public:
    Result(T value) noexcept : value_(std::move(value)) {}
    Result(const wn_error &error) noexcept : error_(error) {}
    Result(T value, const wn_error &error) noexcept : value_(std::move(value)), error_(error) {}

    explicit operator bool() const noexcept
    {
        return error_.status == WN_OK;
    }
    wn_status status() const noexcept
    {
        return error_.status;
    }
    const wn_error &error() const noexcept
    {
        return error_;
    }

    T &operator*() &noexcept
    {
        return value_;
    }
    const T &operator*() const &noexcept
    {
        return value_;
    }
    T &&operator*() &&noexcept
    {
        return std::move(value_);
    }
    T *operator->() noexcept
    {
        return &value_;
    }
    const T *operator->() const noexcept
    {
        return &value_;
    }

  private:
    T value_{};
    wn_error error_ = make_error(WN_OK);
};

// The same where there is nothing to return.
template <> class [[nodiscard]] Result<void>
{
  public:
    Result(const wn_error &error) noexcept : error_(error) {}

    explicit operator bool() const noexcept
    {
        return error_.status == WN_OK;
    }
    wn_status status() const noexcept
    {
        return error_.status;
    }
    const wn_error &error() const noexcept
    {
        return error_;
    }

  private:
    wn_error error_;
};

// How to open a model; see wn_open_options.
struct OpenOptions {
    wn_scoring scoring = WN_SCORING_FAST;
    const wn_allocator *allocator = nullptr;
    std::uint64_t max_file_size = 0;
    unsigned flags = 0;               // WN_OPEN_...
    std::string_view vocabulary = {}; // LIBLINEAR models: terms, a line each
};

// How to classify; see wn_classify_options.
struct Options {
    std::uint32_t k = 1;
    double threshold = 0;
    wn_split_mode split = WN_SPLIT_AUTO;
    bool context = false;
};

// A text for Context::classify_batch; refers to the same bytes.
inline wn_text text(std::string_view bytes) noexcept
{
    return {bytes.data(), bytes.size()};
}

// The bytes of a paragraph of `document`. Not for the paragraphs of a batch, whose offsets are
// those of their own texts.
inline std::string_view slice(std::string_view document, const wn_paragraph &paragraph) noexcept
{
    return document.substr(paragraph.begin, paragraph.end - paragraph.begin);
}

inline std::string_view slice(std::string_view document, const wn_span &span) noexcept
{
    return document.substr(span.begin, span.end - span.begin);
}

// ---- Results of classifying ---------------------------------------------------------------------

// The labels of a prediction, the answer first, then by score; scores(*prediction.context) with the
// neighbours.
inline Span<wn_score> scores(const wn_prediction &prediction) noexcept
{
    return {prediction.scores, prediction.n_scores};
}

// What classify found. Refers to the context: see the lifetimes above.
class Document
{
  public:
    Document() noexcept = default;
    explicit Document(const wn_result &result) noexcept : result_(result) {}

    Span<wn_paragraph> paragraphs() const noexcept
    {
        return {result_.paragraphs, result_.n_paragraphs};
    }
    // One prediction for each model, in the order of the models.
    Span<wn_prediction> predictions(const wn_paragraph &paragraph) const noexcept
    {
        return {paragraph.predictions, result_.n_models};
    }

  private:
    wn_result result_ = {};
};

// ---- Models -------------------------------------------------------------------------------------

class Context;

// What can be asked of any model; owns nothing. Converts to the pointer that the C functions take.
class ModelView
{
  public:
    ModelView() noexcept = default;
    ModelView(const wn_model *model) noexcept : model_(model) {}

    const wn_model *get() const noexcept
    {
        return model_;
    }
    operator const wn_model *() const noexcept
    {
        return model_;
    }

    // The fields of wn_model_info; its strings belong to the model. All zero for an empty view.
    wn_model_info info() const noexcept
    {
        wn_model_info info = {};
        info.size = sizeof info;
        if (wn_model_get_info(model_, &info) != WN_OK)
            info = {};
        return info;
    }

    // The name of a label; empty when there is no such label. Belongs to the model.
    std::string_view label(std::uint32_t index) const noexcept
    {
        std::size_t len = 0;
        const char *name = wn_model_label(model_, index, &len);
        return name == nullptr ? std::string_view() : std::string_view(name, len);
    }
    std::string_view label(const wn_score &score) const noexcept
    {
        return label(score.label);
    }

    // The name of a text field; empty for the one that needs none, and when there is no such field.
    std::string_view field(std::uint32_t index) const noexcept
    {
        const char *name = wn_model_field(model_, index);
        return name == nullptr ? std::string_view() : std::string_view(name);
    }

    // What a label's score has to exceed to be chosen; see wn_model_threshold.
    double threshold(std::uint32_t label) const noexcept
    {
        return wn_model_threshold(model_, label);
    }

    // Replays the model's probes. The report is filled in, and WN_ERROR_CORRUPT the status, when
    // probes fail; see wn_model_verify.
    inline Result<wn_verify_report> verify(Context &context) const noexcept;

  protected:
    const wn_model *model_ = nullptr;
};

// A reference to a model. Copies share the weights; the last one frees them. Any thread may copy,
// use and destroy its own copy at any time.
class Model : public ModelView
{
  public:
    // A model that is not there: get() is nullptr.
    Model() noexcept = default;
    Model(const Model &other) noexcept : ModelView(wn_model_ref(other.model_)) {}
    Model(Model &&other) noexcept : ModelView(std::exchange(other.model_, nullptr)) {}
    Model &operator=(Model other) noexcept
    {
        std::swap(model_, other.model_);
        return *this;
    }
    ~Model()
    {
        wn_model_unref(model_);
    }

    // Opens a file in any format that winnow reads. Errors: as wn_model_open.
    static Result<Model> open(const char *path, const OpenOptions &options = {}) noexcept
    {
        wn_open_options c = c_options(options);
        const wn_model *model = nullptr;
        wn_error error = {};
        return wn_model_open(path, &c, &model, &error) == WN_OK ? Result<Model>(adopt(model))
                                                                : Result<Model>(error);
    }

    // The same from a file image, which may go away afterwards.
    static Result<Model> open_memory(std::string_view bytes,
                                     const OpenOptions &options = {}) noexcept
    {
        wn_open_options c = c_options(options);
        const wn_model *model = nullptr;
        wn_error error = {};
        wn_status status = wn_model_open_memory(bytes.data(), bytes.size(), &c, &model, &error);
        return status == WN_OK ? Result<Model>(adopt(model)) : Result<Model>(error);
    }

    // Takes over a reference that the caller has.
    static Model adopt(const wn_model *model) noexcept
    {
        Model m;
        m.model_ = model;
        return m;
    }

    // Takes a reference of its own, such as of a pinned model that is to outlive its guard.
    static Model share(const wn_model *model) noexcept
    {
        return adopt(wn_model_ref(model));
    }

  private:
    static wn_open_options c_options(const OpenOptions &options) noexcept
    {
        wn_open_options c = {};
        c.size = sizeof c;
        c.allocator = options.allocator;
        c.scoring = options.scoring;
        c.max_file_size = options.max_file_size;
        c.flags = options.flags;
        c.vocabulary = text(options.vocabulary);
        return c;
    }
};

// ---- Contexts -----------------------------------------------------------------------------------

// Scratch memory. One thread at a time; keep one per thread and re-use it.
class Context
{
  public:
    // A context that is not there; use create.
    Context() noexcept = default;
    Context(Context &&other) noexcept : ctx_(std::exchange(other.ctx_, nullptr)) {}
    Context &operator=(Context &&other) noexcept
    {
        std::swap(ctx_, other.ctx_);
        return *this;
    }
    ~Context()
    {
        wn_ctx_free(ctx_);
    }

    // Errors: ARGUMENT, MEMORY. The allocator is copied; NULL means malloc.
    static Result<Context> create(const wn_allocator *allocator = nullptr) noexcept
    {
        Context context;
        wn_status status = wn_ctx_new(allocator, &context.ctx_);
        return {std::move(context), make_error(status)};
    }

    wn_ctx *get() const noexcept
    {
        return ctx_;
    }
    std::size_t memory() const noexcept
    {
        return wn_ctx_memory(ctx_);
    }

    // Splits a document and classifies each paragraph. models: one, several in braces, or a span;
    // each Model, Pinned and `const wn_model *` will do. Errors: ARGUMENT, MEMORY.
    Result<Document> classify(Span<const wn_model *> models, std::string_view document,
                              const Options &options = {}) noexcept
    {
        wn_classify_options c = c_options(options);
        wn_result result = {};
        return finish(wn_classify(ctx_, models.data(), models.size(), document.data(),
                                  document.size(), &c, &result),
                      result);
    }
    Result<Document> classify(std::initializer_list<const wn_model *> models,
                              std::string_view document, const Options &options = {}) noexcept
    {
        return classify(Span<const wn_model *>(models.begin(), models.size()), document, options);
    }
    Result<Document> classify(ModelView model, std::string_view document,
                              const Options &options = {}) noexcept
    {
        return classify({model.get()}, document, options);
    }

    // Classifies each text as one paragraph: paragraphs()[i] belongs to texts[i].
    Result<Document> classify_batch(Span<const wn_model *> models, Span<wn_text> texts,
                                    const Options &options = {}) noexcept
    {
        wn_classify_options c = c_options(options);
        wn_result result = {};
        return finish(wn_classify_batch(ctx_, models.data(), models.size(), texts.data(),
                                        texts.size(), &c, &result),
                      result);
    }
    Result<Document> classify_batch(std::initializer_list<const wn_model *> models,
                                    Span<wn_text> texts, const Options &options = {}) noexcept
    {
        return classify_batch(Span<const wn_model *>(models.begin(), models.size()), texts,
                              options);
    }
    Result<Document> classify_batch(ModelView model, Span<wn_text> texts,
                                    const Options &options = {}) noexcept
    {
        return classify_batch({model.get()}, texts, options);
    }

    // Classifies texts of several named fields: texts[i * names.size() + f] is field names[f] of
    // text i. See wn_classify_fields.
    Result<Document> classify_fields(Span<const wn_model *> models, Span<const char *> names,
                                     Span<wn_text> texts, const Options &options = {}) noexcept
    {
        wn_classify_options c = c_options(options);
        wn_result result = {};
        std::size_t n = names.empty() ? 0 : texts.size() / names.size();
        return finish(wn_classify_fields(ctx_, models.data(), models.size(), names.data(),
                                         names.size(), texts.data(), n, &c, &result),
                      result);
    }
    Result<Document> classify_fields(ModelView model, Span<const char *> names, Span<wn_text> texts,
                                     const Options &options = {}) noexcept
    {
        const wn_model *one = model.get();
        return classify_fields(Span<const wn_model *>(&one, 1), names, texts, options);
    }

    // Classifies vectors with a linear model of one block; see wn_classify_vectors.
    Result<Document> classify_vectors(ModelView model, Span<wn_vector> vectors,
                                      const Options &options = {}) noexcept
    {
        wn_classify_options c = c_options(options);
        wn_result result = {};
        return finish(wn_classify_vectors(ctx_, model, vectors.data(), vectors.size(), &c, &result),
                      result);
    }

    // What each place of a text adds to a label's logit; see wn_explain.
    Result<wn_explanation> explain(ModelView model, std::string_view bytes,
                                   std::uint32_t label) noexcept
    {
        wn_explanation explanation = {};
        if (wn_explain(ctx_, model, bytes.data(), bytes.size(), label, &explanation) != WN_OK)
            return last_error();
        return explanation;
    }

    // Paragraphs alone, as byte ranges of the document.
    Result<Span<wn_span>> split(std::string_view document,
                                wn_split_mode mode = WN_SPLIT_AUTO) noexcept
    {
        const wn_span *spans = nullptr;
        std::size_t n = 0;
        if (wn_split(ctx_, document.data(), document.size(), mode, &spans, &n) != WN_OK)
            return last_error();
        return Span<wn_span>(spans, n);
    }

    // The first line of a text as the fastText command line scores it; see wn_fasttext_predict.
    Result<wn_fasttext_line> fasttext_predict(ModelView model, std::string_view lines,
                                              std::int32_t k = 1, float threshold = 0) noexcept
    {
        wn_fasttext_line line = {};
        if (wn_fasttext_predict(ctx_, model, lines.data(), lines.size(), k, threshold, &line) !=
            WN_OK)
            return last_error();
        return line;
    }

    // Detail of the last failed call; of a context that is not there, ARGUMENT.
    wn_error last_error() const noexcept
    {
        return ctx_ == nullptr ? make_error(WN_ERROR_ARGUMENT) : *wn_ctx_error(ctx_);
    }

  private:
    static wn_classify_options c_options(const Options &options) noexcept
    {
        wn_classify_options c = {};
        c.size = sizeof c;
        c.k = options.k;
        c.threshold = options.threshold;
        c.split = options.split;
        c.context = options.context ? 1 : 0;
        return c;
    }

    Result<Document> finish(wn_status status, const wn_result &result) const noexcept
    {
        return status == WN_OK ? Result<Document>(Document(result))
                               : Result<Document>(last_error());
    }

    wn_ctx *ctx_ = nullptr;
};

inline Result<wn_verify_report> ModelView::verify(Context &context) const noexcept
{
    wn_verify_report report = {};
    report.size = sizeof report;
    wn_status status = wn_model_verify(model_, context.get(), &report);
    return {report, status == WN_OK ? make_error(WN_OK) : context.last_error()};
}

// ---- Hot swap -----------------------------------------------------------------------------------

// The current model of a slot, held for one context until the guard goes. Use it on the context's
// thread. Copy it into a Model (Model::share) to keep it longer.
class Pinned : public ModelView
{
  public:
    Pinned() noexcept = default;
    Pinned(Pinned &&other) noexcept
    {
        swap(other);
    }
    Pinned &operator=(Pinned &&other) noexcept
    {
        Pinned taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~Pinned()
    {
        if (model_ != nullptr)
            wn_slot_release(slot_, ctx_);
    }

  private:
    friend class Slot;
    Pinned(wn_slot *slot, wn_ctx *ctx, const wn_model *model) noexcept
        : ModelView(model), slot_(slot), ctx_(ctx)
    {
    }
    void swap(Pinned &other) noexcept
    {
        std::swap(model_, other.model_);
        std::swap(slot_, other.slot_);
        std::swap(ctx_, other.ctx_);
    }

    wn_slot *slot_ = nullptr;
    wn_ctx *ctx_ = nullptr;
};

// A cell that holds the current model. acquire and publish: any thread, at any time.
class Slot
{
  public:
    // A slot that is not there; use create.
    Slot() noexcept = default;
    Slot(Slot &&other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    Slot &operator=(Slot &&other) noexcept
    {
        std::swap(slot_, other.slot_);
        return *this;
    }
    ~Slot()
    {
        wn_slot_free(slot_);
    }

    // A slot that holds model, with a reference of its own; Model() makes an empty one, which
    // publish or reload fill. Errors: MEMORY.
    static Result<Slot> create(ModelView model, const wn_allocator *allocator = nullptr) noexcept
    {
        Slot slot;
        wn_status status = wn_slot_new(model, allocator, &slot.slot_);
        return {std::move(slot), make_error(status)};
    }

    wn_slot *get() const noexcept
    {
        return slot_;
    }

    // Pins the current model. Errors: ARGUMENT (this context holds it already), MEMORY.
    Result<Pinned> acquire(Context &context) noexcept
    {
        const wn_model *model = nullptr;
        if (slot_ == nullptr)
            return make_error(WN_ERROR_ARGUMENT);
        if (wn_slot_acquire(slot_, context.get(), &model) != WN_OK)
            return context.last_error();
        return Pinned(slot_, context.get(), model);
    }

    // Makes model the current one; who has pinned an older one keeps it until its guard goes.
    Result<void> publish(ModelView model) noexcept
    {
        return make_error(wn_slot_publish(slot_, model));
    }

    // Opens, checks and publishes a model file; the value says whether there was a new one.
    // Whatever fails, the current model stays. Errors: see wn_slot_reload.
    Result<bool> reload(const char *path, const wn_reload_options *options = nullptr) noexcept
    {
        wn_error error = {};
        int is_new = 0;
        if (wn_slot_reload(slot_, path, options, &is_new, &error) != WN_OK)
            return error;
        return is_new != 0;
    }

    // Back to the model before the last reload that kept it. Errors: ARGUMENT (there is none),
    // MEMORY.
    Result<void> rollback() noexcept
    {
        return make_error(wn_slot_rollback(slot_));
    }

  private:
    wn_slot *slot_ = nullptr;
};

} // namespace winnow

#endif // WINNOW_HPP
