// SPDX-License-Identifier: MIT
// Results, their names and words, and lists of them that libraries add.
#include <stdlib.h>
#include <string.h>

#include "base/result_list.h"
#include "check.h"

TEST(each_has_a_name_and_words)
{
    CHECK_STRING("done", tl_result_string(TL_OK));
    CHECK_STRING("TL_ERROR_NULL", tl_result_name(TL_ERROR_NULL));
    CHECK(strstr(tl_result_string(TL_ERROR_MAX_MAP_COUNT), "vm.max_map_count") != NULL);
    CHECK_STRING("unknown result", tl_result_string((tl_result)-1000));
    CHECK_STRING("unknown result", tl_result_name((tl_result)1000));
    TL_RESULTS(CHECK_RESULT_WORDS)
    CHECK_RESULT_ORDER(TL_RESULTS, 0);
}

#define MINE(X) X(MY_NEWS, 901, "mine") X(MY_ERROR, -901, "also mine")
#define YOURS(X) X(YOUR_ERROR, -902, "yours")
enum { MINE(TL_RESULT_ENUM) YOURS(TL_RESULT_ENUM) };

TL__DEFINE_RESULT_LIST(mine, MINE)

static const char *name_in_constructor;

__attribute__((constructor)) static void look_before_main(void)
{
    name_in_constructor = tl_result_name(MY_ERROR);
}

__attribute__((destructor)) static void look_after_main(void)
{
    if (strcmp(tl_result_name(MY_ERROR), "MY_ERROR") != 0)
        _Exit(1);
}

TEST(a_library_has_added_its_own_before_any_constructor)
{
    CHECK_STRING("MY_ERROR", name_in_constructor);
    CHECK_STRING("MY_NEWS", tl_result_name(MY_NEWS));
    CHECK_STRING("also mine", tl_result_string(MY_ERROR));
    CHECK_STRING("TL_OK", tl_result_name(TL_OK));
}

TEST(lists_are_looked_through_one_after_another)
{
    static const tl__result_words words[] = {YOURS(TL__RESULT_WORDS)};
    static tl__result_list yours = {words, 1, NULL};
    CHECK_STRING("unknown result", tl_result_name(YOUR_ERROR));
    tl__result_list_add(&yours);
    CHECK_STRING("yours", tl_result_string(YOUR_ERROR));
    CHECK_STRING("mine", tl_result_string(MY_NEWS));
    CHECK_STRING("unknown result", tl_result_string(903));
}
