/* hello.c - a program outside the tree: opens a model, classifies a text, prints the label. */
#include <winnow.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: hello MODEL TEXT\n");
        return 2;
    }
    wn_error error;
    const wn_model *model;
    if (wn_model_open(argv[1], NULL, &model, &error) != WN_OK) {
        fprintf(stderr, "%s: %s\n", argv[1], error.message);
        return 1;
    }
    wn_ctx *ctx;
    wn_result result;
    if (wn_ctx_new(NULL, &ctx) != WN_OK ||
        wn_classify(ctx, &model, 1, argv[2], strlen(argv[2]), NULL, &result) != WN_OK) {
        fprintf(stderr, "cannot classify\n");
        return 1;
    }
    for (size_t i = 0; i < result.n_paragraphs; i++) {
        const wn_prediction *prediction = &result.paragraphs[i].predictions[0];
        if (prediction->n_scores > 0)
            printf("%s %.6f\n", wn_model_label(model, prediction->scores[0].label, NULL),
                   prediction->scores[0].probability);
    }
    wn_ctx_free(ctx);
    wn_model_unref(model);
    /* The library that was linked is the one whose header was compiled. */
    return strcmp(wn_version(), WN_VERSION_STRING) != 0;
}
