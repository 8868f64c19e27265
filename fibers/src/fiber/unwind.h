// SPDX-License-Identifier: MIT
/// Unwinds the frames of a fiber that ends early and runs their clean-ups: those of tl_defer and, where the platform
/// has an unwinder, cleanup attributes and destructors.
#ifndef TELAR_FIBER_UNWIND_H
#define TELAR_FIBER_UNWIND_H

#include "telar/fiber.h"

/// Unwinds all frames of the running fiber, from the innermost out, and then ends the fiber (tl__fiber_finish).
_Noreturn void tl__unwind(tl_fiber *self);

#endif
