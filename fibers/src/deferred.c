#include "deferred.h"

#include <stdlib.h>

static tl__deferred *at(tl__deferred_list *list, uint32_t index)
{
    return index < TL__DEFERRED_INLINE ? &list->first[index] : &list->rest[index - TL__DEFERRED_INLINE];
}

static tl_result grow(tl__deferred_list *list)
{
    uint32_t capacity = list->rest_capacity == 0 ? 12 : list->rest_capacity * 2;
    tl__deferred *rest = realloc(list->rest, capacity * sizeof *rest);
    if (rest == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    list->rest = rest;
    list->rest_capacity = capacity;
    return TL_OK;
}

tl_result tl__deferred_push(tl__deferred_list *list, tl_deferred cleanup, void *arg)
{
    if (list->count == TL__DEFERRED_INLINE + list->rest_capacity && grow(list) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    *at(list, list->count++) = (tl__deferred){cleanup, arg};
    return TL_OK;
}

void tl__deferred_run(tl__deferred_list *list, uint32_t count)
{
    while (list->count > count) {
        tl__deferred latest = *at(list, --list->count);
        latest.cleanup(latest.arg);
    }
}

void tl__deferred_free(tl__deferred_list *list)
{
    free(list->rest);
    list->rest = NULL;
    list->rest_capacity = 0;
}
