// SPDX-License-Identifier: MIT
/// Lists of results: the fibers' own, and one that each library above may add.
#ifndef TELAR_BASE_RESULT_LIST_H
#define TELAR_BASE_RESULT_LIST_H

#include <stdatomic.h>
#include <stddef.h>

#include "telar/api.h"
#include "telar/result.h"

typedef struct tl__result_words {
    tl_result result;
    const char *name, *words;
} tl__result_words;

typedef struct tl__result_list {
    const tl__result_words *results;
    size_t count;
    struct tl__result_list *_Atomic next;
} tl__result_list;

/// Adds a list for good: a library that has one stays loaded, as those must whose functions are called back (misuse.h,
/// counter_wait.h). Not at the same time as another thread does: constructors run one at a time. Others may read
/// meanwhile.
TL_API void tl__result_list_add(tl__result_list *list);

#define TL__RESULT_WORDS(name, value, words) {name, #name, words},

/// The type of a list, for its declaration.
#define TL__RESULT_LIST __attribute__((visibility("hidden"))) tl__result_list

/// Defines the list `list` of RESULTS, a macro as TL_RESULTS. It is there before any constructor of the program runs,
/// and is no symbol for others: two shared libraries that have the same static one each add their own.
#define TL__DEFINE_RESULT_LIST(list, RESULTS)                                                                          \
    static const tl__result_words words_of_##list[] = {RESULTS(TL__RESULT_WORDS)};                                     \
    TL__RESULT_LIST list = {words_of_##list, sizeof words_of_##list / sizeof words_of_##list[0], NULL};                \
    __attribute__((constructor(101))) static void add_##list(void)                                                     \
    {                                                                                                                  \
        tl__result_list_add(&list);                                                                                    \
    }

/// Brings the list into each program that the file of this line comes into. (Of a static library, only those files come
/// in that others refer to.) To stand where all that may answer one of the results comes by.
#define TL__USE_RESULT_LIST(list) static const tl__result_list *const used_##list __attribute__((used)) = &list

#endif
