// hello_cpp.cpp - hello.c in C++, through the C++ wrapper where it is installed.
#include <winnow.h>
#if __has_include(<winnow.hpp>)
#include <winnow.hpp>
#endif

#include <cstdio>
#include <cstring>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    wn_error error;
    const wn_model *model = nullptr;
    if (wn_model_open(argv[1], nullptr, &model, &error) != WN_OK) {
        std::fprintf(stderr, "%s: %s\n", argv[1], error.message);
        return 1;
    }
    wn_ctx *ctx = nullptr;
    wn_result result;
    if (wn_ctx_new(nullptr, &ctx) != WN_OK ||
        wn_classify(ctx, &model, 1, argv[2], std::strlen(argv[2]), nullptr, &result) != WN_OK)
        return 1;
    for (size_t i = 0; i < result.n_paragraphs; i++) {
        const wn_prediction &prediction = result.paragraphs[i].predictions[0];
        if (prediction.n_scores > 0)
            std::printf("%s %.6f\n", wn_model_label(model, prediction.scores[0].label, nullptr),
                        prediction.scores[0].probability);
    }
    wn_ctx_free(ctx);
    wn_model_unref(model);
    return std::strcmp(wn_version(), WN_VERSION_STRING) != 0;
}
