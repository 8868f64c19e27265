// SPDX-License-Identifier: MIT
/// Leaving the frames of a fiber that ends early, and running what they want to be run: a fiber's tl_defers, and, where
/// the platform has an unwinder, cleanup attributes and destructors.
#ifndef TELAR_FIBER_UNWIND_H
#define TELAR_FIBER_UNWIND_H

#include "telar/fiber.h"

/// Leaves all frames of the running fiber, from the innermost out, and then the fiber (tl__fiber_finish).
_Noreturn void tl__unwind(tl_fiber *self);

#endif
