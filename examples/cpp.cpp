// cpp.cpp - the C++ wrapper: two models on one document, a batch, a slot.
//
//     usage: cpp [TOPIC-MODEL [PROMO-MODEL]]
#include <winnow.hpp>

#include <cstdio>
#include <string_view>

namespace
{

// printf's %.*s wants an int.
int size_of(std::string_view text)
{
    return static_cast<int>(text.size());
}

bool fail(const char *what, const wn_error &error)
{
    std::fprintf(stderr, "%s: %s\n", what, error.message);
    return false;
}

// Every paragraph of a document, with the best label of each model.
bool show_document(winnow::Context &context, const winnow::Model &topic, const winnow::Model &promo)
{
    constexpr std::string_view document =
        "The minister resigned after the vote, and an early election is expected in May.\n"
        "\n"
        "Subscribe now and get 30% off – click here!\n";
    auto found = context.classify({topic, promo}, document);
    if (!found)
        return fail("classify", found.error());
    const winnow::Model *models[] = {&topic, &promo};
    for (const wn_paragraph &paragraph : found->paragraphs()) {
        std::size_t m = 0;
        for (const wn_prediction &prediction : found->predictions(paragraph)) {
            const winnow::Model &model = *models[m++];
            for (const wn_score &score : winnow::scores(prediction)) {
                std::string_view label = model.label(score);
                std::printf("%-18.*s %.2f  ", size_of(label), label.data(), score.probability);
            }
        }
        std::string_view text = winnow::slice(document, paragraph);
        std::printf("%.*s\n", size_of(text), text.data());
    }
    return found->paragraphs().size() == 2;
}

// A batch gives each text its own answer, in order.
bool show_batch(winnow::Context &context, const winnow::Model &model)
{
    const wn_text texts[] = {winnow::text("goals and penalties"), winnow::text("bonds and shares"),
                             winnow::text("")};
    winnow::Options options;
    options.k = 0; // all labels
    auto found = context.classify_batch(model, texts, options);
    if (!found)
        return fail("classify_batch", found.error());
    std::printf("%zu texts in a batch, %u labels each at most\n", found->paragraphs().size(),
                static_cast<unsigned>(model.info().n_labels));
    return found->paragraphs().size() == 3;
}

// A slot: the pinned model stays the same however often another one is published.
bool show_slot(winnow::Context &context, const winnow::Model &before, const winnow::Model &after)
{
    auto slot = winnow::Slot::create(before);
    if (!slot)
        return fail("slot", slot.error());
    {
        auto pinned = slot->acquire(context);
        if (!pinned)
            return fail("acquire", pinned.error());
        if (auto published = slot->publish(after); !published)
            return fail("publish", published.error());
        if (pinned->get() != before.get())
            return false;
        if (auto found = context.classify(*pinned, "still the old model"); !found)
            return fail("classify", found.error());
    } // lets go of the old model, which the slot then frees
    auto pinned = slot->acquire(context);
    return pinned && pinned->get() == after.get();
}

bool run(const char *path, const char *other)
{
    auto topic = winnow::Model::open(path);
    if (!topic)
        return fail(path, topic.error());
    auto promo = winnow::Model::open(other);
    if (!promo)
        return fail(other, promo.error());
    auto context = winnow::Context::create();
    if (!context)
        return fail("context", context.error());
    if (auto report = topic->verify(*context); !report)
        return fail(path, report.error());
    return show_document(*context, *topic, *promo) && show_batch(*context, *topic) &&
           show_slot(*context, *topic, *promo);
}

} // namespace

int main(int argc, char **argv)
{
    const char *topic = argc > 1 ? argv[1] : "models/topic.winnow";
    const char *promo = argc > 2 ? argv[2] : "models/promo.winnow";
    return run(topic, promo) ? 0 : 1;
}
