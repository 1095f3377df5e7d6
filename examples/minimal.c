/* minimal.c - opens a model, classifies a text, prints the best label of each paragraph. */
#include <winnow.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "models/topic.winnow";
    const char *text = "The striker scored twice in the second half of the final.\n"
                       "Shares fell after the central bank raised its interest rate.\n";
    const wn_model *model = NULL;
    wn_ctx *ctx = NULL;
    wn_result result;
    wn_error error;
    if (wn_model_open(path, NULL, &model, &error) != WN_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        return 1;
    }
    if (wn_ctx_new(NULL, &ctx) != WN_OK ||
        wn_classify(ctx, &model, 1, text, strlen(text), NULL, &result) != WN_OK) {
        fprintf(stderr, "cannot classify: %s\n", wn_ctx_error(ctx)->message);
        wn_ctx_free(ctx);
        wn_model_unref(model);
        return 1;
    }
    for (size_t i = 0; i < result.n_paragraphs; i++) {
        const wn_paragraph *p = &result.paragraphs[i];
        const wn_prediction *best = &p->predictions[0]; /* of the first and only model */
        if (best->n_scores > 0)
            printf("%-18s %.2f  %.*s\n", wn_model_label(model, best->scores[0].label, NULL),
                   best->scores[0].probability, (int)(p->end - p->begin), text + p->begin);
    }
    wn_ctx_free(ctx); /* the result goes with it */
    wn_model_unref(model);
}
