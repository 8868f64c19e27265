/// A fiber's clean-ups: a stack of (function, argument).
#ifndef TELAR_DEFERRED_H
#define TELAR_DEFERRED_H

#include <stdint.h>

#include "telar/fiber.h"

typedef struct tl__deferred {
    tl_deferred cleanup;
    void *arg;
} tl__deferred;

enum { TL__DEFERRED_INLINE = 4 };

/// Zero is empty. The first few are kept in place, the rest in memory from malloc.
typedef struct tl__deferred_list {
    tl__deferred first[TL__DEFERRED_INLINE];
    tl__deferred *rest;
    uint32_t count;
    uint32_t rest_capacity;
} tl__deferred_list;

/// TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__deferred_push(tl__deferred_list *list, tl_deferred cleanup, void *arg);

/// Runs the latest ones until `count` are left.
void tl__deferred_run(tl__deferred_list *list, uint32_t count);

/// Gives back what an empty list holds.
void tl__deferred_free(tl__deferred_list *list);

#endif
