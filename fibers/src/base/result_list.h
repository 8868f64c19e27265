/// Lists of results: the fibers' own, and one that each library above may add.
#ifndef TELAR_BASE_RESULT_LIST_H
#define TELAR_BASE_RESULT_LIST_H

#include <stdatomic.h>
#include <stddef.h>

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

/// Adds a list, or takes it away. Not at the same time as another thread does: what calls these is the loader, when it
/// begins and ends a library, one at a time. Others may read meanwhile.
void tl__result_list_add(tl__result_list *list);
void tl__result_list_remove(tl__result_list *list);

#define TL__RESULT_WORDS(name, value, words) {name, #name, words},

/// Defines the list `list` of RESULTS, a macro as TL_RESULTS. It is there for as long as the library that defines it.
#define TL__DEFINE_RESULT_LIST(list, RESULTS)                                                                          \
    static const tl__result_words words_of_##list[] = {RESULTS(TL__RESULT_WORDS)};                                     \
    tl__result_list list = {words_of_##list, sizeof words_of_##list / sizeof words_of_##list[0], NULL};                \
    __attribute__((constructor)) static void add_##list(void)                                                          \
    {                                                                                                                  \
        tl__result_list_add(&list);                                                                                    \
    }                                                                                                                  \
    __attribute__((destructor)) static void remove_##list(void)                                                        \
    {                                                                                                                  \
        tl__result_list_remove(&list);                                                                                 \
    }

/// Brings the list into each program that the file of this line comes into. (Of a static library, only those files come
/// in that others refer to.) To stand where all that may answer one of the results comes by.
#define TL__USE_RESULT_LIST(list) static const tl__result_list *const used_##list __attribute__((used)) = &list

#endif
