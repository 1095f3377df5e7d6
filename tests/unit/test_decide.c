/* test_decide.c - the chosen one of many labels. */
#include "decide.h"
#include "support.h"

#include <criterion/criterion.h>

enum { N_LABELS = 400 };

/* Few different numbers: most of the largest are there several times. */
static void fill(uint64_t *random, double *numbers, uint32_t n)
{
    static const double values[] = {-1e300, -7.5, -0.0, 0.0, 2.25, 2.5};
    uint32_t n_values = 1 + random_below(random, (uint32_t)WN__COUNT(values));
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = values[random_below(random, n_values)];
}

Test(decide, chooses_the_first_of_the_largest)
{
    static wn_model model = {.link = WN_LINK_SOFTMAX};
    static double logits[N_LABELS], probabilities[N_LABELS];
    static uint32_t ranking[N_LABELS];
    uint64_t random = 5;
    for (uint32_t n = 1; n <= N_LABELS; n++) {
        for (uint32_t times = 0; times < 20; times++) {
            const wn__wanted wanted = {.k = times % 2 == 0 ? 1 : WN_K_CHOSEN};
            uint32_t expected = 0;
            wn_score score;
            wn_prediction prediction;
            fill(&random, logits, n);
            if (times % 4 == 3)
                logits[random_below(&random, n)] = 3;
            for (uint32_t i = 1; i < n; i++)
                expected = logits[i] > logits[expected] ? i : expected;
            model.n_labels = n;
            probabilities[expected] = 0.75;
            wn__decide(&model, logits, probabilities, 1, &wanted, ranking, &score, &prediction);
            probabilities[expected] = 0;
            cr_assert_eq(prediction.n_scores, 1);
            cr_assert_eq(score.label, expected, "%u of %u labels, not %u", (unsigned)score.label,
                         (unsigned)n, (unsigned)expected);
            cr_assert_eq(score.probability, 0.75);
            cr_assert_eq(score.logit, logits[expected]);
        }
    }
}
