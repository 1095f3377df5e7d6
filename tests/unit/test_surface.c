/* test_surface.c - the terms of feature_surface.c, worked out by hand from its definition. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* Opens a model whose vocabulary is terms (a line each), every row 1: a text's logit is the number
 * of the terms that it has. */
static const wn_model *model_of(const char *terms, uint32_t *n)
{
    char *json = NULL;
    size_t len;
    FILE *out = open_memstream(&json, &len);
    *n = 1;
    for (const char *c = terms; *c != '\0'; c++)
        *n += *c == '\n';
    fprintf(
        out,
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"normalize\":[\"lower\"],\"blocks\":[{"
        "\"extractor\":\"surface\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}}],"
        "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"t\":{\"dtype\":"
        "\"str\",\"shape\":[%u],\"values\":[\"",
        (unsigned)*n);
    for (const char *c = terms; *c != '\0'; c++) {
        if (*c == '\n')
            fputs("\",\"", out);
        else if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else
            fputc(*c, out);
    }
    fprintf(out, "\"]},\"r\":{\"dtype\":\"f64\",\"shape\":[%u,1],\"values\":[", (unsigned)*n);
    for (uint32_t i = 0; i < *n; i++)
        fprintf(out, "%s1", i > 0 ? "," : "");
    fputs("]}}}", out);
    return open_stream(out, &json);
}

static double count(const char *text, const char *terms, uint32_t *n)
{
    const wn_model *model = model_of(terms, n);
    wn_ctx *ctx;
    wn_text one = {text, strlen(text)};
    wn_result result;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, NULL, &result), WN_OK);
    double found = result.paragraphs[0].predictions[0].scores[0].logit;
    wn_ctx_free(ctx);
    wn_model_unref(model);
    return found;
}

static void has_all(const char *text, const char *terms)
{
    uint32_t n;
    double found = count(text, terms, &n);
    cr_expect_eq(found, n, "%s: %g of %u terms", text, found, (unsigned)n);
}

static void has_none(const char *text, const char *terms)
{
    uint32_t n;
    double found = count(text, terms, &n);
    cr_expect_eq(found, 0, "%s: %g of the terms that it has not", text, found);
}

Test(surface, terms_by_hand)
{
    static const char text[] = "\"WOW! Visit www.Shop.com NOW!!\" (50% off\xe2\x80\xa6) ok.";
    has_all(text, "len>=2\nlen>=3\nlen>=4\nlen>=5\nlen>=7\ncaps=3\nloud=2\ndigits=1\nstops=3\n"
                  "first=\"\nlast=.\nhas=!\nhas=\"\nhas=%\nhas=(\nhas=)\nhas=.\nhas=\xe2\x80\xa6\n"
                  "bang=2\nhas=url");
    has_none(text,
             "empty\nlen>=10\ncaps=2\ncaps=4\nloud=1\nloud=3\ndigits=0\nstops=2\nfirst=A\nlast=a\n"
             "has='\nhas=,\nhas=/\nhas=:\nhas=w");
    has_all("", "empty");
    has_all(" \t\xc2\xa0\n", "empty");
    has_none("", "caps=0\nloud=0\ndigits=0\nstops=0\nfirst=-\nlast=-");
    has_all("a", "caps=0\nloud=0\ndigits=0\nstops=0\nfirst=a\nlast=a");
    has_none("a", "empty\nlen>=2\nhas=url\nbang=2");
    has_all("A1 b", "len>=2\ncaps=4\nloud=0\ndigits=4\nfirst=A\nlast=a");
    has_all("7\xc3\xa9", "first=0\nlast=~\ncaps=0\ndigits=8");
    has_all("\xc3\x89t\xc3\xa9 {x}", "first=~\nlast=-\ncaps=0"); /* capitals are ASCII */
    has_all("ABC aBC X", "loud=2\ncaps=5");
    has_all("HTTP://x! y?", "has=url\nhas=:\nhas=/\nstops=2\nhas=!\nhas=?");
    has_none("HTTP://x! y?", "bang=2");
    has_none("http: //x ww.w", "has=url"); /* not in one piece */
    has_all("He said: \xe2\x80\x9cno.\xe2\x80\x9d)",
            "stops=1\nlast=)\nhas=\xe2\x80\x9c\nhas=\xe2\x80\x9d");
    has_all("\xe2\x80\x9cNo \xe2\x80\xa2"
            "B \xc3\xa9"
            "X {(Y",
            "caps=6"); /* a sign is a mark, a letter is none */
    has_all("!! ''", "stops=1\nbang=2\ncaps=0\nfirst=!\nlast='");
    has_all("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q "
            "r s t u v w "
            "x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n "
            "o p q r s t "
            "u v w x y z a b c d e f",
            "len>=2\nlen>=3\nlen>=4\nlen>=5\nlen>=7\nlen>=10\nlen>=14\nlen>=20\nlen>=30\nlen>="
            "45\nlen>=70\nlen>=110");
}
