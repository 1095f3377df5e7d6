/* test_paragraph.c - where paragraphs end: each rule of paragraph.h, then properties of all texts.
 */
#include "paragraph.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Expectations ------------------------------------------------------------------------ */

/* The paragraphs of text must be exactly these strings, in order, each where it first stands
 * behind the one before. */
static void expect_spans(wn_split_mode mode, const char *text, size_t len,
                         const char *const *expected, size_t n_expected, const char *what)
{
    wn__splitter splitter;
    wn_span span;
    size_t at = 0;
    size_t n = 0;
    wn__splitter_init(&splitter, text, len, mode);
    while (wn__splitter_next(&splitter, &span)) {
        int size = (int)(span.end - span.begin);
        cr_assert_lt(n, n_expected, "%s: one too many: '%.*s'", what, size, text + span.begin);
        size_t expected_len = strlen(expected[n]);
        cr_assert(expected_len == span.end - span.begin &&
                      memcmp(text + span.begin, expected[n], expected_len) == 0,
                  "%s: '%.*s' instead of '%s'", what, size, text + span.begin, expected[n]);
        while (memcmp(text + at, expected[n], expected_len) != 0)
            at++;
        cr_assert_eq(span.begin, at, "%s: '%s' begins at %zu, not %zu", what, expected[n], at,
                     span.begin);
        at = span.end;
        n++;
    }
    cr_assert_eq(n, n_expected, "%s: %zu paragraphs, not %zu", what, n, n_expected);
    cr_assert_not(wn__splitter_next(&splitter, &span), "%s: goes on behind the end", what);
}

enum { MOST = 64 };

/* The paragraphs follow, then NULL. */
static void expect(wn_split_mode mode, const char *text, ...)
{
    const char *expected[MOST];
    size_t n = 0;
    va_list list;
    va_start(list, text);
    while ((expected[n] = va_arg(list, const char *)) != NULL)
        n++;
    va_end(list);
    expect_spans(mode, text, strlen(text), expected, n, text);
}

#define NONE ((const char *)NULL)

/* ---- The plain modes --------------------------------------------------------------------- */

Test(paragraph, line_mode_takes_every_line)
{
    expect(WN_SPLIT_LINE, "one\ntwo\r\nthree\rfour", "one", "two", "three", "four", NONE);
    expect(WN_SPLIT_LINE, "\n\n  a b \t\n\n \n c\n", "a b", "c", NONE);
    expect(WN_SPLIT_LINE, "last line without newline", "last line without newline", NONE);
    expect(WN_SPLIT_LINE, "a\r\r\nb\n\rc", "a", "b", "c", NONE);
    expect(WN_SPLIT_LINE, "> x\n>\n> y", "> x", ">", "> y", NONE);
}

Test(paragraph, blank_mode_takes_runs_of_lines)
{
    expect(WN_SPLIT_BLANK, "a\nb\n\nc\n", "a\nb", "c", NONE);
    expect(WN_SPLIT_BLANK, "a\r\nb\r\n\r\nc", "a\r\nb", "c", NONE);
    expect(WN_SPLIT_BLANK, "a\rb\r\rc", "a\rb", "c", NONE);
    expect(WN_SPLIT_BLANK, "a\r\nb\n\rc\r\n", "a\r\nb", "c", NONE);
    expect(WN_SPLIT_BLANK, "  a  \n b \n \t \n\n\n  c  ", "a  \n b", "c", NONE);
    expect(WN_SPLIT_BLANK, "page one\n\f\npage two", "page one", "page two", NONE);
}

Test(paragraph, none_mode_takes_the_whole_text)
{
    expect(WN_SPLIT_NONE, " \n a\n\nb \r\n c\n\n", "a\n\nb \r\n c", NONE);
    expect(WN_SPLIT_NONE, "x", "x", NONE);
}

static const wn_split_mode modes[] = {WN_SPLIT_AUTO, WN_SPLIT_LINE, WN_SPLIT_BLANK, WN_SPLIT_NONE};
enum { N_MODES = sizeof modes / sizeof modes[0] };

Test(paragraph, all_modes_trim_all_white_space)
{
    /* Every one of the 29 code points, on both sides; the last byte of some is shared with
     * letters such as U+00E0 (C3 A0), which must stay. */
    static const char word[] = "\xC3\xA0 x\xE2\x80\xA6y \xC3\xA0";
    for (uint32_t c = 0; c < 0x10000; c++) {
        if (!wn__utf8_is_space(c))
            continue;
        char text[64];
        char space[5] = {0};
        wn__utf8_encode(c, (uint8_t *)space);
        snprintf(text, sizeof text, "%s%s%s%s%s", space, space, word, space, space);
        for (size_t m = 0; m < N_MODES; m++)
            expect(modes[m], text, word, NONE);
    }
}

Test(paragraph, other_separators_do_not_end_a_line)
{
    static const char text[] = "a\x0B"
                               "b\x0C"
                               "c\xC2\x85"
                               "d\xE2\x80\xA8"
                               "e\xE2\x80\xA9"
                               "f\x1C"
                               "g";
    for (size_t m = 0; m < N_MODES; m++)
        expect(modes[m], text, text, NONE);
}

Test(paragraph, a_text_of_blanks_has_no_paragraphs)
{
    for (size_t m = 0; m < N_MODES; m++) {
        expect_spans(modes[m], NULL, 0, NULL, 0, "empty");
        expect(modes[m], "", NONE);
        expect(modes[m], " \t\r\n\n\r\v\f \xC2\xA0\xE3\x80\x80\xE2\x80\xA8", NONE);
        expect(modes[m], "\xEF\xBB\xBF", NONE);
        expect(modes[m], "\xEF\xBB\xBF \r\n", NONE);
    }
}

Test(paragraph, a_byte_order_mark_belongs_to_no_paragraph)
{
    for (size_t m = 0; m < N_MODES; m++) {
        expect(modes[m], "\xEF\xBB\xBFText", "Text", NONE);
        expect(modes[m], "\xEF\xBB", "\xEF\xBB", NONE);
        /* Only at the start of the text. */
        expect(modes[m], " \xEF\xBB\xBFText", "\xEF\xBB\xBFText", NONE);
    }
}

Test(paragraph, nul_is_no_white_space)
{
    for (size_t m = 0; m < N_MODES; m++) {
        wn__splitter splitter;
        wn_span span;
        wn__splitter_init(&splitter, " \0 \0 ", 5, modes[m]);
        cr_assert(wn__splitter_next(&splitter, &span));
        cr_assert(span.begin == 1 && span.end == 4);
        cr_assert_not(wn__splitter_next(&splitter, &span));
    }
}

/* ---- AUTO: single rules ------------------------------------------------------------------ */

Test(paragraph, auto_joins_hard_wrapped_lines)
{
    expect(WN_SPLIT_AUTO,
           "The harbour was closed for most of the night while divers\n"
           "searched the piers. It opened again in the morning, but the\n"
           "first ferry left two hours late.\n"
           "\n"
           "Nobody was hurt.\n",
           "The harbour was closed for most of the night while divers\n"
           "searched the piers. It opened again in the morning, but the\n"
           "first ferry left two hours late.",
           "Nobody was hurt.", NONE);
}

Test(paragraph, auto_separates_short_lines)
{
    expect(WN_SPLIT_AUTO, "Share this\nPrint this page", "Share this", "Print this page", NONE);
    expect(WN_SPLIT_AUTO, "Home\nNews\nSport\nabout us", "Home", "News", "Sport", "about us", NONE);
    /* One wide entry makes no wrapped text of a menu. */
    expect(WN_SPLIT_AUTO,
           "Home\nNews\nReports from our correspondents all over the north\nSport\nContact", "Home",
           "News", "Reports from our correspondents all over the north", "Sport", "Contact", NONE);
    /* Nor do two, of which one happens to be followed by a small letter. */
    expect(
        WN_SPLIT_AUTO,
        "Home\nNews\nReports from our correspondents all over the north\ne-paper\nSport\nContact",
        "Home", "News", "Reports from our correspondents all over the north", "e-paper", "Sport",
        "Contact", NONE);
}

Test(paragraph, auto_separates_unwrapped_lines)
{
    static const char *const lines[] = {
        "Harbour reopens after search",
        "The harbour of the capital was opened again on Monday after divers had searched all of "
        "its "
        "piers for explosives, the port authority said in a short statement.",
        ("divers found nothing but old tyres, bicycles and an anchor, and the police said that the "
         "call of the night before had come from a telephone box at the railway station."),
        "No arrests were made.",
    };
    char text[1024];
    snprintf(text, sizeof text, "%s\n%s\n%s\n%s", lines[0], lines[1], lines[2], lines[3]);
    expect_spans(WN_SPLIT_AUTO, text, strlen(text), lines, 4, "unwrapped");
    /* A long last line says the same of all lines before it. */
    snprintf(text, sizeof text, "%s\n%s\n%s", lines[0], lines[3], lines[1]);
    const char *const others[] = {lines[0], lines[3], lines[1]};
    expect_spans(WN_SPLIT_AUTO, text, strlen(text), others, 3, "long last line");
}

Test(paragraph, auto_knows_the_widest_wrapped_line)
{
    /* Lines of exactly 120 columns are wrapped text, of 121 they are not. The letters beyond ASCII
     * are columns, not bytes. */
    for (int wide = 0; wide < 2; wide++) {
        char line[300] = "\xC3\x84";
        for (int i = 1; i < 120 + wide; i++)
            strcat(line, i % 9 == 0 ? " " : "\xC3\xA9");
        char text[1000];
        snprintf(text, sizeof text, "%s\n%s\nend", line, line + 2);
        if (wide) {
            expect(WN_SPLIT_AUTO, text, line, line + 2, "end", NONE);
        } else {
            expect(WN_SPLIT_AUTO, text, text, NONE);
        }
    }
}

Test(paragraph, auto_separates_a_heading_from_wrapped_text)
{
    expect(WN_SPLIT_AUTO,
           "Search of the harbour ends\n"
           "Divers have ended the search of the harbour, where a caller\n"
           "had announced an explosion, without finding anything at all\n"
           "that could have gone off.",
           "Search of the harbour ends",
           "Divers have ended the search of the harbour, where a caller\n"
           "had announced an explosion, without finding anything at all\n"
           "that could have gone off.",
           NONE);
}

Test(paragraph, auto_ends_a_paragraph_behind_a_short_last_line)
{
    expect(WN_SPLIT_AUTO,
           "Divers have ended the search of the harbour, where a caller\n"
           "had announced an explosion.\n"
           "The police are looking for the caller and have asked anyone\n"
           "who was near the station to come forward.\n"
           "Trains ran as usual.",
           "Divers have ended the search of the harbour, where a caller\n"
           "had announced an explosion.",
           "The police are looking for the caller and have asked anyone\n"
           "who was near the station to come forward.",
           "Trains ran as usual.", NONE);
}

Test(paragraph, auto_keeps_a_headline_from_a_short_paragraph)
{
    expect(
        WN_SPLIT_AUTO,
        "Search of the harbour ends without any result\nPolice said that the caller was unknown.",
        "Search of the harbour ends without any result", "Police said that the caller was unknown.",
        NONE);
    /* The other way round, where the first line is the longest one. */
    expect(WN_SPLIT_AUTO,
           "Join all of our friends on the network today!\nMade with the Page Machine",
           "Join all of our friends on the network today!", "Made with the Page Machine", NONE);
}

Test(paragraph, auto_judges_two_lines_by_the_rest_of_the_text)
{
    static const char two[] = "The search was led by the commander of the navy, Admiral\n"
                              "Brandt, who is 52.";
    static const char wrapped[] = "Divers have ended the search of the harbour, where a caller\n"
                                  "had announced an explosion.";
    char text[512];
    /* By itself: in doubt they are two. */
    expect(WN_SPLIT_AUTO, two, "The search was led by the commander of the navy, Admiral",
           "Brandt, who is 52.", NONE);
    snprintf(text, sizeof text, "%s\n\n%s", wrapped, two);
    expect(WN_SPLIT_AUTO, text, wrapped, two, NONE);
    snprintf(text, sizeof text, "%s\n\nNavy\n\n%s", two, wrapped);
    expect(WN_SPLIT_AUTO, text, two, "Navy", wrapped, NONE);
    /* Much narrower than the rest of the text: a word would have fitted. */
    snprintf(text, sizeof text, "%s\n\nThe commander of the navy was there, too\nAdmiral Brandt",
             wrapped);
    expect(WN_SPLIT_AUTO, text, wrapped, "The commander of the navy was there, too",
           "Admiral Brandt", NONE);
}

Test(paragraph, auto_separates_verse)
{
    expect(WN_SPLIT_AUTO,
           "The gulls that cry above the empty quay\n"
           "Have seen the ferries go, have seen them stay,\n"
           "And when the lamps are lit along the bay\n"
           "They sleep",
           "The gulls that cry above the empty quay",
           "Have seen the ferries go, have seen them stay,",
           "And when the lamps are lit along the bay", "They sleep", NONE);
}

Test(paragraph, auto_separates_list_items)
{
    expect(WN_SPLIT_AUTO,
           "The report names three reasons for the delay in the night:\n"
           "- the divers came late, and one of them had no light with\n"
           "  him when he arrived\n"
           "- the tide was high, and nobody had looked it up beforehand\n"
           "- fog",
           "The report names three reasons for the delay in the night:",
           "- the divers came late, and one of them had no light with\n"
           "  him when he arrived",
           "- the tide was high, and nobody had looked it up beforehand", "- fog", NONE);
    static const char *const marks[] = {
        "* ", "+ ", "1. ", "12) ", "(3) ", "a) ", "\xE2\x80\x93 ", "\xE2\x80\xA2 ", "\xE2\x80\xA2"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char items[2][128], text[256];
        snprintf(items[0], sizeof items[0],
                 "%sdivers who came late, and of whom one had no light\nwith him", marks[i]);
        snprintf(items[1], sizeof items[1],
                 "%stides that were high, and which nobody had thought\nof before", marks[i]);
        snprintf(text, sizeof text, "%s\n%s", items[0], items[1]);
        expect(WN_SPLIT_AUTO, text, items[0], items[1], NONE);
    }
}

Test(paragraph, auto_knows_marks_that_begin_no_list)
{
    expect(WN_SPLIT_AUTO,
           "The divers came late, and one of them had no light with him\n"
           "- he said - until the fire brigade lent him one, on the day\n"
           "30. The others had brought their own lights from the harbour\n"
           "office.",
           "The divers came late, and one of them had no light with him\n"
           "- he said - until the fire brigade lent him one, on the day\n"
           "30. The others had brought their own lights from the harbour\n"
           "office.",
           NONE);
}

Test(paragraph, auto_knows_indentation)
{
    /* The first line of each paragraph is indented, and the lines before are full. */
    expect(WN_SPLIT_AUTO,
           "    Divers have ended the search of the harbour where a man\n"
           "had announced an explosion, and they found nothing at all.\n"
           "\tThe police are looking for the man and have asked anyone\n"
           "who was near the station at midnight to come forward soon.\n"
           "    Trains ran.",
           "Divers have ended the search of the harbour where a man\n"
           "had announced an explosion, and they found nothing at all.",
           "The police are looking for the man and have asked anyone\n"
           "who was near the station at midnight to come forward soon.",
           "Trains ran.", NONE);
}

Test(paragraph, auto_knows_addresses_that_are_too_long_for_a_line)
{
    expect(
        WN_SPLIT_AUTO,
        "The whole report of the divers, with maps and figures, is at\n"
        "https://www.example.org/harbour/reports/2031/november/the-search-of-the-northern-piers-by-"
        "divers-of-the-navy-and-the-police.html\n"
        "and can be read by anyone who has asked for a password.",
        "The whole report of the divers, with maps and figures, is at\n"
        "https://www.example.org/harbour/reports/2031/november/the-search-of-the-northern-piers-by-"
        "divers-of-the-navy-and-the-police.html\n"
        "and can be read by anyone who has asked for a password.",
        NONE);
}

Test(paragraph, auto_knows_quoted_mail)
{
    expect(WN_SPLIT_AUTO,
           "Anna wrote on Monday:\n"
           "> > Was anything found by the divers who were sent to search\n"
           "> > the harbour?\n"
           "> Nothing was found, as far as I have heard from the office\n"
           "> of the port.\n"
           ">\n"
           "> The report comes later.\n"
           "I have read the report, and it does not say a word about the\n"
           "tide or the fog.\n",
           "Anna wrote on Monday:",
           "> > Was anything found by the divers who were sent to search\n"
           "> > the harbour?",
           "> Nothing was found, as far as I have heard from the office\n"
           "> of the port.\n"
           ">",
           "> The report comes later.",
           "I have read the report, and it does not say a word about the\n"
           "tide or the fog.",
           NONE);
    /* Marks alone: at the start of a block, and without any text. */
    expect(WN_SPLIT_AUTO, ">\n>\n> Nothing.\n>>\n\n>\n> \n", ">\n>\n> Nothing.\n>>", ">\n>", NONE);
}

Test(paragraph, auto_ends_a_paragraph_where_the_quotation_does)
{
    /* Even in the middle of a sentence. */
    expect(WN_SPLIT_AUTO,
           "> The divers came late to the harbour, and one of them was\n"
           "> without a light until the fire brigade had lent him one,\n"
           "which is what I said on the telephone to you and your sister\n"
           "last week.",
           "> The divers came late to the harbour, and one of them was\n"
           "> without a light until the fire brigade had lent him one,",
           "which is what I said on the telephone to you and your sister\n"
           "last week.",
           NONE);
}

Test(paragraph, auto_takes_a_bullet_at_its_word)
{
    expect(WN_SPLIT_AUTO,
           "The report on the search of the harbour was written by the\n"
           "divers themselves, and what it says about the port office\n"
           "\xE2\x80\xA2 is short",
           "The report on the search of the harbour was written by the\n"
           "divers themselves, and what it says about the port office",
           "\xE2\x80\xA2 is short", NONE);
}

Test(paragraph, auto_joins_ragged_lines)
{
    /* A word more would have fitted on most lines; the names begin with capitals all the same. */
    expect(WN_SPLIT_AUTO,
           "The search of the harbour was led by the\n"
           "commander of the navy, who had asked Admiral\n"
           "Brandt and Captain\n"
           "\n"
           "The divers who searched the northern harbour for\n"
           "an hour and the southern one for two more were\n"
           "led by the commander of the navy, Admiral\n"
           "Brandt, and the harbour master of the capital\n"
           "with his own ships.",
           "The search of the harbour was led by the\n"
           "commander of the navy, who had asked Admiral\n"
           "Brandt and Captain",
           "The divers who searched the northern harbour for\n"
           "an hour and the southern one for two more were\n"
           "led by the commander of the navy, Admiral\n"
           "Brandt, and the harbour master of the capital\n"
           "with his own ships.",
           NONE);
    expect(WN_SPLIT_AUTO,
           "The divers who searched the northern harbour for\n"
           "an hour and the southern one were led by\n"
           "the commander of the navy, Rear Admiral\n"
           "Brandt, and by the master of the port.",
           "The divers who searched the northern harbour for\n"
           "an hour and the southern one were led by\n"
           "the commander of the navy, Rear Admiral\n"
           "Brandt, and by the master of the port.",
           NONE);
}

Test(paragraph, auto_knows_scripts_without_spaces_or_case)
{
    /* Invented sentences: "The ferry leaves the harbour in the morning ..." */
    expect(WN_SPLIT_AUTO,
           "渡轮早上离开港口，晚上回来。今天海上有雾，所以第一班渡轮晚了两\n"
           "个小时才离开。港口的人说，明天天气会好，渡轮会按时离开，请大家早\n"
           "点来。\n"
           "\n"
           "首页\n"
           "新闻\n",
           "渡轮早上离开港口，晚上回来。今天海上有雾，所以第一班渡轮晚了两\n"
           "个小时才离开。港口的人说，明天天气会好，渡轮会按时离开，请大家早\n"
           "点来。",
           "首页", "新闻", NONE);
    expect(WN_SPLIT_AUTO,
           "غادرت العبارة الميناء في الصباح وعادت في المساء بعد أن\n"
           "انتظر الركاب ساعتين بسبب الضباب فوق البحر في ذلك اليوم\n"
           "وقالوا إن الطقس سيكون أفضل غدا.\n"
           "وصلت العبارة.",
           "غادرت العبارة الميناء في الصباح وعادت في المساء بعد أن\n"
           "انتظر الركاب ساعتين بسبب الضباب فوق البحر في ذلك اليوم\n"
           "وقالوا إن الطقس سيكون أفضل غدا.",
           "وصلت العبارة.", NONE);
    expect(WN_SPLIT_AUTO,
           "Паром вышел из порта утром и вернулся вечером, потому что\n"
           "над морем стоял туман.",
           "Паром вышел из порта утром и вернулся вечером, потому что\n"
           "над морем стоял туман.",
           NONE);
}

Test(paragraph, auto_gets_a_saved_web_page_right)
{
    /* Menu line, headline, subheading right above its paragraph, body, blank runs, promotional
     * lines, no newline at the end. */
    static const char *const parts[] = {
        "Sections",
        "Harbour searched\xE2\x80\xA6"
        "and searched again",
        "Divers find nothing in the northern harbour \xE2\x80\x93 navy",
        "The navy said on Tuesday that its divers had found nothing in the northern harbour, where "
        "an unknown caller [or perhaps two] had announced an explosion.",
        "\xE2\x80\x9CWe have looked under every pier,\xE2\x80\x9D Admiral Brandt said. \xE2\x80\x9C"
        "It\xE2\x80\x99s over\xE2\x80\xA6"
        "for today.\xE2\x80\x9D The ferries sail again in the "
        "morning.",
        "See our ten nicest lighthouses...BRING A COAT! \xC2\xBB",
        "More than 3,000 sailors read us every day\xE2\x80\xA6"
        "Be one of them and it\xE2\x80\x99s "
        "free!",
        "Made with the Page Machine",
    };
    static const char *const gaps[] = {"\n\n",   "\n\n",   "\n",   "\n\n",
                                       "\n\n\n", "\n\n\n", "\n\n", ""};
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    enum { N = sizeof parts / sizeof parts[0] };
    for (size_t e = 0; e < 3; e++) {
        char text[2048] = "";
        for (size_t i = 0; i < N; i++) {
            strcat(text, parts[i]);
            for (size_t k = 0; k < strlen(gaps[i]); k++)
                strcat(text, ends[e]);
        }
        expect_spans(WN_SPLIT_AUTO, text, strlen(text), parts, N, "web page");
    }
}

/* ---- AUTO undoes a greedy wrapper -------------------------------------------------------- */

static const char *const story[] = {
    ("The northern harbour was closed for most of the night while divers of the navy searched its "
     "piers for explosives. An unknown caller had told the port authority that "
     "\xE2\x80\x9Csomething "
     "big\xE2\x80\x9D would happen before sunrise\xE2\x80\xA6"
     "but nothing did."),
    ("Admiral Brandt, who led the search, thanked the crews of the ferries. \xE2\x80\x9CThey kept "
     "calm, they kept their passengers calm, and they made coffee for all of us,\xE2\x80\x9D he "
     "said "
     "at the pier on Tuesday morning. Two of the ferries had been waiting outside for six hours, "
     "and "
     "a third one had turned back to the islands with 240 people on board."),
    ("The police are looking for the caller, whose voice was recorded. He is believed to have used "
     "the telephone box in front of the railway station shortly after midnight; a camera at the "
     "other end of the square shows a man in a light coat walking towards it with a newspaper "
     "under "
     "his arm. Anyone who was near the station at that time is asked to come forward."),
    ("It was the second false alarm since the summer. In August the airport was closed for an hour "
     "because of a forgotten suitcase, which turned out to hold nothing but cheese."),
};
enum { N_STORY = sizeof story / sizeof story[0] };

static size_t columns_of(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += (text[i] & 0xC0) != 0x80;
    return n;
}

/* Wraps at `width` columns like Python's textwrap without hyphens: words go to the next line when
 * they do not fit. Every line starts with prefix, the first one with first. */
static void wrap(const char *text, size_t width, const char *first, const char *prefix,
                 const char *line_end, char *out)
{
    size_t column = columns_of(first, strlen(first));
    bool at_start = true;
    out += sprintf(out, "%s", first);
    for (const char *word = text; *word != '\0';) {
        size_t size = strcspn(word, " ");
        size_t columns = columns_of(word, size);
        if (!at_start && column + 1 + columns > width) {
            out += sprintf(out, "%s%s", line_end, prefix);
            column = columns_of(prefix, strlen(prefix));
            at_start = true;
        }
        out += sprintf(out, "%s%.*s", at_start ? "" : " ", (int)size, word);
        column += columns + (at_start ? 0 : 1);
        at_start = false;
        word += size + (word[size] == ' ');
    }
}

/* Ways in which wrapped paragraphs are set. */
static const struct {
    const char *first, *prefix, *line_end, *gap, *what;
} settings[] = {
    {"", "", "\n", "\n\n", "blank lines"},
    {"", "", "\r\n", "\r\n\r\n", "blank lines, CRLF"},
    {"", "", "\r", "\r\r", "blank lines, CR"},
    {"", "", "\n", "\n \t\n\n", "lines of blanks"},
    {"    ", "", "\n", "\n", "indented first lines"},
    {"   ", "   ", "\n", "\n\n", "indented text"},
    {"- ", "  ", "\n", "\n", "hanging list"},
    {"\xE2\x80\xA2 ", "", "\n", "\n", "list"},
    {"1. ", "   ", "\n", "\n", "numbered list"},
    {"> ", "> ", "\n", "\n\n", "quotation"},
    {">> ", ">> ", "\n", "\n\n", "quotation in a quotation"},
};

Test(paragraph, auto_gives_wrapped_paragraphs_back)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        for (size_t width = 40; width <= 100; width++) {
            char wrapped[N_STORY][1024];
            const char *expected[N_STORY];
            char text[4096] = "";
            for (size_t k = 0; k < N_STORY; k++) {
                wrap(story[k], width, settings[i].first, settings[i].prefix, settings[i].line_end,
                     wrapped[k]);
                expected[k] = wrapped[k] + strspn(wrapped[k], " ");
                strcat(text, wrapped[k]);
                strcat(text, k + 1 < N_STORY ? settings[i].gap : "");
            }
            char what[96];
            snprintf(what, sizeof what, "%s, width %zu", settings[i].what, width);
            expect_spans(WN_SPLIT_AUTO, text, strlen(text), expected, N_STORY, what);
        }
    }
}

Test(paragraph, auto_finds_headings_right_above_wrapped_text)
{
    static const char *const headings[] = {"False alarm", "Coffee at the pier",
                                           "The man in the coat", "Cheese"};
    for (size_t width = 60; width <= 100; width++) {
        char wrapped[N_STORY][1024];
        const char *expected[2 * N_STORY];
        char text[4096] = "";
        for (size_t k = 0; k < N_STORY; k++) {
            wrap(story[k], width, "", "", "\n", wrapped[k]);
            expected[2 * k] = headings[k];
            expected[2 * k + 1] = wrapped[k];
            sprintf(text + strlen(text), "%s\n%s\n\n", headings[k], wrapped[k]);
        }
        expect_spans(WN_SPLIT_AUTO, text, strlen(text), expected, 2 * N_STORY, "headings");
    }
}
