// SPDX-License-Identifier: MIT
#include "fiber/callback.h"

#include "base/compiler.h"
#include "fiber/thread.h"

NEVER_INLINE tl__callback tl__callback_begin(void)
{
    tl_fiber *self = tl__running_fiber();
    if (self == NULL || tl__state(self) & TL__IN_CALLBACK)
        return (tl__callback){NULL};
    tl__fiber_set_state(self, tl__state(self) | TL__IN_CALLBACK);
    return (tl__callback){self};
}

NEVER_INLINE void tl__callback_end(tl__callback *callback)
{
    if (callback->fiber != NULL)
        tl__fiber_set_state(callback->fiber, tl__state(callback->fiber) & ~(uint32_t)TL__IN_CALLBACK);
}

NEVER_INLINE bool tl__in_callback(void)
{
    return (tl__state(tl__this_thread.current) & TL__IN_CALLBACK) != 0;
}
