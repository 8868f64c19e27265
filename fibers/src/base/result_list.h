// SPDX-License-Identifier: MIT
/// Lists of results with their names and texts: the fiber library's own, and one from each library above that has
/// results of its own.
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

/// Adds a list permanently: a library that adds one must stay loaded, as must a library whose functions are callbacks
/// (misuse.h, counter_wait.h). Two threads must not call this at the same time; constructors run one at a time. Other
/// threads may read the lists meanwhile.
TL_API void tl__result_list_add(tl__result_list *list);

#define TL__RESULT_WORDS(name, value, words) {name, #name, words},

/// The type and visibility of a list, for its declaration.
#define TL__RESULT_LIST TL__HIDDEN tl__result_list

/// Defines the list `list` of RESULTS, a macro like TL_RESULTS. The list is added before any constructor of the program
/// runs. Its symbol is hidden: two shared libraries that contain the same static library each add their own list.
#define TL__DEFINE_RESULT_LIST(list, RESULTS)                                                                          \
    static const tl__result_words words_of_##list[] = {RESULTS(TL__RESULT_WORDS)};                                     \
    TL__RESULT_LIST list = {words_of_##list, sizeof words_of_##list / sizeof words_of_##list[0], NULL};                \
    __attribute__((constructor(101))) static void add_##list(void)                                                     \
    {                                                                                                                  \
        tl__result_list_add(&list);                                                                                    \
    }

/// Links the list into each program that links the file containing this line. (A linker takes only those files of a
/// static library that something refers to.) Place it in a file that is linked whenever a function that may return one
/// of the results is.
#define TL__USE_RESULT_LIST(list) static const tl__result_list *const used_##list __attribute__((used)) = &list

#endif
