/// Leaving the frames of a fiber that ends early, and running what they want to be run: a fiber's tl_defers, and, where
/// the platform has an unwinder, cleanup attributes and destructors.
#ifndef TELAR_UNWIND_H
#define TELAR_UNWIND_H

#include "telar/fiber.h"

#ifdef TELAR_FORCED_UNWIND
#include <unwind.h>

/// What an unwinder carries along. It must not lie on the stack that it unwinds.
typedef struct _Unwind_Exception tl__unwinder;
#else
typedef char tl__unwinder;
#endif

/// Leaves all frames of the running fiber, from the innermost out, and then the fiber (tl__fiber_finish).
_Noreturn void tl__unwind(tl_fiber *self);

#endif
