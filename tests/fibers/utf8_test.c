// SPDX-License-Identifier: MIT
// Texts that are kept in arrays: cut off where they do not fit, between two characters.
#include "base/utf8.h"

#include <stdlib.h>

#include "check.h"
#include "fiber/dump.h"
#include "fiber/trace_names.h"

TEST(a_text_that_fits_is_kept)
{
    CHECK_UINT(0, tl__utf8_fit("", 0));
    CHECK_UINT(3, tl__utf8_fit("abc", 3));
    CHECK_UINT(9, tl__utf8_fit("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9));
}

TEST(a_text_is_cut_between_characters)
{
    static const size_t kept[] = {0, 0, 2, 2, 2, 5,
                                  5, 5, 5, 9, 9}; // of two, three and four bytes, by the room for them
    for (size_t most = 0; most < sizeof kept / sizeof *kept; ++most)
        CHECK_UINT(kept[most], tl__utf8_fit("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", most));
    CHECK_UINT(2, tl__utf8_fit("abc", 2));
    CHECK_UINT(0, tl__utf8_fit("\x80\x80\x80", 2)); // no text in UTF-8
}

/// Reads no byte behind `most` and the one that decides whether the text ends there.
TEST(a_text_may_have_no_end)
{
    static const char four[4] = {'a', 'b', 'c', 'd'};
    char *copy = malloc(sizeof four); // AddressSanitizer knows its end
    CHECK(copy != NULL);
    memcpy(copy, four, sizeof four);
    CHECK_UINT(3, tl__utf8_fit(copy, 3));
    free(copy);
}

TEST(what_is_no_character_becomes_a_question_mark)
{
    static const struct {
        const char *text, *mended;
    } cases[] = {{"", ""},
                 {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
                 {"\x80\xbfz", "??z"},
                 {"\xff\xfe", "??"},
                 {"\xc3z", "?z"},
                 {"\xe2\x82", "??"},
                 {"\xc0\xaf\xc1\xbf", "????"},     // longer than it must be
                 {"\xe0\x9f\xbf", "???"},          // so, too
                 {"\xf0\x8f\xbf\xbf", "????"},     // and this
                 {"\xed\xa0\x80", "???"},          // a surrogate
                 {"\xed\x9f\xbf", "\xed\x9f\xbf"}, // the last before those
                 {"\xf4\x90\x80\x80", "????"},     // behind the last character
                 {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[16];
        strcpy(text, cases[i].text);
        tl__utf8_mend(text, strlen(text));
        CHECK_STRING(cases[i].mended, text);
    }
}

TEST(copies_for_dumps_are_cut_between_characters)
{
    char copy[8];
    CHECK_STRING("abc\xc3\xa9", tl__dump_copy(copy, sizeof copy, "abc\xc3\xa9"));
    CHECK_STRING("abcde\xc3\xa9", tl__dump_copy(copy, sizeof copy, "abcde\xc3\xa9"));
    CHECK_STRING("abcdef", tl__dump_copy(copy, sizeof copy, "abcdef\xc3\xa9"));
    CHECK_STRING("abcdefg", tl__dump_copy(copy, sizeof copy, "abcdefghi"));
    CHECK(tl__dump_copy(copy, sizeof copy, NULL) == NULL);
}

/// The longest paths keep their ends.
TEST(paths_for_dumps_are_cut_between_characters)
{
    static tl__dump_note note;
    char path[400];
    for (size_t i = 0; i < sizeof path; ++i)
        path[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    strcpy(path + sizeof path - 4, "x.c");
    note.item = (tl__dump_item){.spawned_file = path};
    tl__dump_keep(&note);
    CHECK_UINT(sizeof note.spawned_file - 1, strlen(note.item.spawned_file));
    path[sizeof path - 2] = '\0'; // one byte less behind the last whole character
    note.item = (tl__dump_item){.spawned_file = path};
    tl__dump_keep(&note);
    CHECK_UINT(sizeof note.spawned_file - 2, strlen(note.item.spawned_file));
    CHECK_UINT(0xc3, (unsigned char)note.item.spawned_file[0]);
    CHECK_STRING("x.", note.item.spawned_file + sizeof note.spawned_file - 4);
}

TEST(names_in_traces_are_cut_between_characters)
{
    char name[2 * TL__TRACE_NAME_SIZE], cut[TL__TRACE_NAME_SIZE] = "";
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    memcpy(name + TL__TRACE_NAME_SIZE - 2, "\xe2\x82\xac", 3);
    memcpy(cut, name, TL__TRACE_NAME_SIZE - 2);
    uint32_t number = tl__trace_add_name(name);
    CHECK_STRING(cut, tl__trace_name(number));
    CHECK_UINT(number, tl__trace_add_name(name));
    CHECK_UINT(number, tl__trace_add_name(cut));
}
