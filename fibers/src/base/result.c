// SPDX-License-Identifier: MIT
#include "telar/result.h"

#include "base/result_list.h"

static const tl__result_words own_results[] = {TL_RESULTS(TL__RESULT_WORDS)};
static tl__result_list first_list = {own_results, sizeof own_results / sizeof own_results[0], NULL};

void tl__result_list_add(tl__result_list *list)
{
    // Both relaxed: calls come one after another, and the release below publishes the list.
    atomic_store_explicit(&list->next, atomic_load_explicit(&first_list.next, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&first_list.next, list, memory_order_release); // pairs with the acquire in find_words
}

/// Returns the name and text of a result. Takes no lock, since misuse hooks call it and may run anywhere.
static const tl__result_words *find_words(tl_result result)
{
    static const tl__result_words unknown = {0, "unknown result", "unknown result"};
    for (const tl__result_list *list = &first_list; list != NULL;
         list = atomic_load_explicit(&list->next, memory_order_acquire))
        for (size_t i = 0; i < list->count; ++i)
            if (list->results[i].result == result)
                return &list->results[i];
    return &unknown;
}

const char *tl_result_string(tl_result result)
{
    return find_words(result)->words;
}

const char *tl_result_name(tl_result result)
{
    return find_words(result)->name;
}
