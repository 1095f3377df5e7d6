// check_wrapper.cpp - the C++ wrapper at run time: who owns what, errors, and the numbers of the C
// functions. Built and run by check_readme.py, without exceptions and run-time types.
#include <winnow.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace
{

int n_failed = 0;

void expect(bool condition, const char *what, int line)
{
    if (condition)
        return;
    std::printf("line %d: %s\n", line, what);
    n_failed++;
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

// An allocator that counts: what is not given back is seen at the end.
struct Tally {
    long n_live = 0, n_ever = 0;
    wn_allocator allocator()
    {
        return {allocate, release, this};
    }
    static void *allocate(void *user, std::size_t size)
    {
        auto *tally = static_cast<Tally *>(user);
        tally->n_live++;
        tally->n_ever++;
        return std::malloc(size);
    }
    static void release(void *user, void *memory)
    {
        static_cast<Tally *>(user)->n_live--;
        std::free(memory);
    }
};

// Two labels, two words; counts times weights, softmax.
constexpr std::string_view model_file = R"({"winnow": 1, "name": "tiny", "labels": "labels",
  "link": "softmax",
  "blocks": [{"extractor": "words", "terms": "terms", "rows": {"values": "rows"}}],
  "probes": [{"text": "ham", "scores": [0.0, 1.0]}],
  "arrays": {"labels": {"dtype": "str", "shape": [2], "values": ["bad", "good"]},
    "terms": {"dtype": "str", "shape": [2], "values": ["spam", "ham"]},
    "rows": {"dtype": "f64", "shape": [2, 2], "values": [1.5, -1.0, -0.5, 2.0]}}})";
constexpr std::string_view document = "spam spam ham\n\nham\n";

static_assert(std::is_copy_constructible_v<winnow::Model>);
static_assert(!std::is_copy_constructible_v<winnow::Context>);
static_assert(!std::is_copy_constructible_v<winnow::Slot>);
static_assert(!std::is_copy_constructible_v<winnow::Pinned>);
static_assert(std::is_nothrow_move_constructible_v<winnow::Pinned>);
static_assert(std::is_nothrow_move_assignable_v<winnow::Model>);

winnow::Model open(Tally &tally)
{
    wn_allocator allocator = tally.allocator();
    winnow::OpenOptions options;
    options.allocator = &allocator;
    auto model = winnow::Model::open_memory(model_file, options);
    EXPECT(model && model.status() == WN_OK);
    if (!model) {
        std::printf("%s\n", model.error().message);
        std::exit(1);
    }
    return std::move(*model);
}

void check_models(Tally &tally)
{
    winnow::Model model = open(tally);
    EXPECT(std::string_view(model.info().name) == "tiny" && model.info().n_labels == 2);
    EXPECT(model.label(1) == "good" && model.label(2).empty());
    winnow::Model copy = model;
    EXPECT(copy.get() == model.get());
    winnow::Model moved = std::move(copy);
    EXPECT(moved.get() == model.get() && copy.get() == nullptr);
    copy = moved;
    const winnow::Model &itself = copy;
    copy = itself;
    const long n_live = tally.n_live;
    model = winnow::Model();
    moved = winnow::Model();
    EXPECT(tally.n_live == n_live && copy.label(0) == "bad"); // the last reference still holds it
    copy = winnow::Model();
    EXPECT(tally.n_live < n_live);
    EXPECT(winnow::Model().info().n_labels == 0 && winnow::Model().label(0).empty());

    auto missing = winnow::Model::open("/no/such/file");
    EXPECT(!missing && missing.status() == WN_ERROR_IO && missing.error().message[0] != '\0');
    EXPECT(missing->get() == nullptr);
    winnow::OpenOptions small;
    small.max_file_size = 10;
    EXPECT(winnow::Model::open_memory(model_file, small).status() == WN_ERROR_LIMIT);
    EXPECT(winnow::Model::open_memory("junk").status() == WN_ERROR_FORMAT);
}

void check_classify(Tally &tally)
{
    wn_allocator allocator = tally.allocator();
    winnow::Model model = open(tally);
    auto made = winnow::Context::create(&allocator);
    EXPECT(bool(made));
    winnow::Context context = std::move(*made);
    EXPECT(context.memory() > 0 && context.get() != nullptr && made->get() == nullptr);

    wn_ctx *ctx = nullptr;
    wn_result result;
    const wn_model *raw = model;
    EXPECT(wn_ctx_new(nullptr, &ctx) == WN_OK);
    EXPECT(wn_classify(ctx, &raw, 1, document.data(), document.size(), nullptr, &result) == WN_OK);
    auto found = context.classify(model, document);
    EXPECT(found && found->paragraphs().size() == 2 && result.n_paragraphs == 2);
    std::size_t i = 0;
    for (const wn_paragraph &paragraph : found->paragraphs()) {
        const wn_prediction &expected = result.paragraphs[i++].predictions[0];
        EXPECT(found->predictions(paragraph).size() == 1);
        auto scores = winnow::scores(found->predictions(paragraph)[0]);
        EXPECT(scores.size() == 1 && expected.n_scores == 1);
        EXPECT(scores[0].label == expected.scores[0].label);
        EXPECT(std::memcmp(&scores[0].probability, &expected.scores[0].probability,
                           sizeof(double)) == 0);
    }
    wn_ctx_free(ctx);
    EXPECT(winnow::slice(document, found->paragraphs()[1]) == "ham");
    EXPECT(model.label(winnow::scores(found->predictions(found->paragraphs()[1])[0])[0]) == "good");

    winnow::Options all;
    all.k = 0;
    auto both = context.classify({model, model}, "ham", all);
    EXPECT(both && both->predictions(both->paragraphs()[0]).size() == 2);
    EXPECT(both && winnow::scores(both->predictions(both->paragraphs()[0])[1]).size() == 2);
    const wn_model *array[] = {model, model, model};
    auto three = context.classify(array, "ham");
    EXPECT(three && three->predictions(three->paragraphs()[0]).size() == 3);
    const wn_text texts[] = {winnow::text("spam"), winnow::text({}), winnow::text("ham")};
    EXPECT(context.classify_batch(model, texts)->paragraphs().size() == 3);
    EXPECT(context.classify_batch({model, model}, texts)->paragraphs().size() == 3);
    EXPECT(context.classify(model, {})->paragraphs().empty());
    const char *const names[] = {"title", "body"};
    auto fields = context.classify_fields(model, names, {texts, 2});
    EXPECT(fields && fields->paragraphs().size() == 1);
    const wn_entry entry = {1, 1.0};
    const wn_vector vectors[] = {{&entry, 1}, {nullptr, 0}};
    auto vector = context.classify_vectors(model, vectors);
    EXPECT(vector && vector->paragraphs().size() == 2);
    auto explained = context.explain(model, "spam ham", 1);
    EXPECT(explained && explained->n == 2 && explained->contributions[1].begin == 5);
    EXPECT(context.explain(model, "ham", 2).status() == WN_ERROR_ARGUMENT);
    EXPECT(model.field(0).empty() && model.threshold(0) < 0);
    winnow::Options in_context;
    in_context.context = true;
    auto mixed = context.classify(model, document, in_context);
    EXPECT(mixed && mixed->predictions(mixed->paragraphs()[0])[0].context != nullptr);

    auto spans = context.split(document);
    EXPECT(spans && spans->size() == 2 && winnow::slice(document, (*spans)[0]) == "spam spam ham");
    EXPECT(context.fasttext_predict(model, "ham\n").status() == WN_ERROR_UNSUPPORTED);
    EXPECT(context.classify(winnow::Model(), "ham").status() == WN_ERROR_ARGUMENT);
    EXPECT(winnow::Context().classify(model, "ham").status() == WN_ERROR_ARGUMENT);
    auto report = model.verify(context);
    EXPECT(report.status() == WN_ERROR_CORRUPT && report->n_probes == 1 && report->n_failed == 1);
    EXPECT(std::strstr(report.error().message, "1 of 1 probes") != nullptr);
}

void check_slot(Tally &tally)
{
    wn_allocator allocator = tally.allocator();
    winnow::Model first = open(tally), second = open(tally), kept;
    EXPECT(first.get() != second.get());
    auto context = winnow::Context::create(&allocator);
    auto slot = winnow::Slot::create(first, &allocator);
    EXPECT(context && slot);
    const wn_model *address = first;
    first = winnow::Model(); // the slot's own reference holds it from here on
    {
        auto pinned = slot->acquire(*context);
        EXPECT(pinned && pinned->get() == address);
        auto twice = slot->acquire(*context);
        EXPECT(twice.status() == WN_ERROR_ARGUMENT && twice->get() == nullptr);
        EXPECT(bool(slot->publish(second)));
        winnow::Pinned moved = std::move(*pinned);
        EXPECT(moved.get() == address && pinned->get() == nullptr);
        EXPECT(moved.label(0) == "bad" && bool(context->classify(moved, "ham")));
        kept = winnow::Model::share(moved);
    }
    {
        auto pinned = slot->acquire(*context);
        EXPECT(pinned && pinned->get() == second.get());
        *pinned = winnow::Pinned(); // lets go early
        auto again = slot->acquire(*context);
        EXPECT(bool(again));
    }
    EXPECT(slot->publish(winnow::Model()).status() == WN_ERROR_ARGUMENT);
    EXPECT(winnow::Slot().acquire(*context).status() == WN_ERROR_ARGUMENT);
    EXPECT(slot->rollback().status() == WN_ERROR_ARGUMENT);
    auto missing = slot->reload("/nowhere/model.winnow");
    EXPECT(missing.status() == WN_ERROR_IO && missing.error().message[0] != '\0');
    EXPECT(bool(slot->acquire(*context)));
    auto empty = winnow::Slot::create(winnow::Model(), &allocator);
    EXPECT(empty && empty->acquire(*context).status() == WN_ERROR_ARGUMENT);
    EXPECT(bool(empty->publish(second)) && bool(empty->acquire(*context)));
    *slot = winnow::Slot();
    EXPECT(kept.label(1) == "good");
}

} // namespace

int main()
{
    Tally tally;
    check_models(tally);
    check_classify(tally);
    check_slot(tally);
    EXPECT(tally.n_ever > 0 && tally.n_live == 0);
    return n_failed == 0 ? 0 : 1;
}
