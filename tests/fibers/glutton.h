// SPDX-License-Identifier: MIT
/// A fiber that overflows its stack, and the report of that.
#ifndef TELAR_GLUTTON_H
#define TELAR_GLUTTON_H

#include "telar/fiber.h"

TL_FIBER_DECLARE(recurses_for_ever, tl_nothing);

/// Runs the fiber "glutton", in a child process (child.h): after the report is enabled, or without that.
void overflow_reported(void);
void overflow(void);

/// Checks what the child wrote.
void check_report(const char *output);

#endif
