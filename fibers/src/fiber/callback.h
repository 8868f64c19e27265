// SPDX-License-Identifier: MIT
/// Calls from the library to functions of the program's: hooks, predicates.
#ifndef TELAR_FIBER_CALLBACK_H
#define TELAR_FIBER_CALLBACK_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/fiber.h"

/// A function of the program's that the library calls: while it runs, its fiber cannot yield, transfer or exit
/// (TL_ERROR_IN_CALLBACK), since what the library is in the middle of would stay so. TL__CALLBACK declares that from
/// here to the end of the block, also when an exception leaves it.
typedef struct tl__callback {
    tl_fiber *fiber; ///< null outside any, and in a callback of a callback
} tl__callback;
TL_API tl__callback tl__callback_begin(void);
TL_API void tl__callback_end(tl__callback *callback);
#define TL__CALLBACK(name) tl__callback name __attribute__((cleanup(tl__callback_end), unused)) = tl__callback_begin()

/// Whether one runs in the running fiber.
TL_API bool tl__in_callback(void);

#endif
