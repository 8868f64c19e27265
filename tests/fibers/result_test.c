// Results, their names and words, and lists of them that libraries add.
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
#define CHECK_WORDS(name, value, words)                                                                                \
    CHECK_STRING(#name, tl_result_name(name));                                                                         \
    CHECK_STRING(words, tl_result_string(name));
    TL_RESULTS(CHECK_WORDS)
}

#define MINE(X) X(MY_NEWS, 901, "mine") X(MY_ERROR, -901, "also mine")
#define YOURS(X) X(YOUR_ERROR, -902, "yours")
enum { MINE(TL_RESULT_ENUM) YOURS(TL_RESULT_ENUM) };

TL__DEFINE_RESULT_LIST(mine, MINE)

TEST(a_library_has_added_its_own_before_main)
{
    CHECK_STRING("MY_NEWS", tl_result_name(MY_NEWS));
    CHECK_STRING("also mine", tl_result_string(MY_ERROR));
    CHECK_STRING("TL_OK", tl_result_name(TL_OK));
}

TEST(lists_come_and_go_in_any_order)
{
    static const tl__result_words words[] = {YOURS(TL__RESULT_WORDS)};
    tl__result_list yours = {words, 1, NULL};
    tl__result_list_add(&yours);
    CHECK_STRING("yours", tl_result_string(YOUR_ERROR));
    tl__result_list_remove(&mine); // below the newest
    CHECK_STRING("unknown result", tl_result_name(MY_ERROR));
    CHECK_STRING("YOUR_ERROR", tl_result_name(YOUR_ERROR));
    tl__result_list_add(&mine);
    tl__result_list_remove(&yours);
    CHECK_STRING("unknown result", tl_result_name(YOUR_ERROR));
    CHECK_STRING("mine", tl_result_string(MY_NEWS));
}
