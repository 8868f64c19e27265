// SPDX-License-Identifier: MIT
/// Calls from the library to functions of the program: hooks, predicates.
#ifndef TELAR_FIBER_CALLBACK_H
#define TELAR_FIBER_CALLBACK_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/fiber.h"

/// A call from the library to a function of the program. During the call the running fiber cannot yield, transfer or
/// exit (TL_ERROR_IN_CALLBACK), since the library is in the middle of an operation. TL__CALLBACK begins such a call; it
/// ends with the enclosing block, even if an exception leaves the block.
typedef struct tl__callback {
    tl_fiber *fiber; ///< the running fiber; null outside any, and for a callback inside another callback
} tl__callback;
TL_API tl__callback tl__callback_begin(void);
TL_API void tl__callback_end(tl__callback *callback);
#define TL__CALLBACK(name) tl__callback name __attribute__((cleanup(tl__callback_end), unused)) = tl__callback_begin()

/// Whether the running fiber is in a callback.
TL_API bool tl__in_callback(void);

#endif
