// SPDX-License-Identifier: MIT
/// Reports what the watchdog has seen to the log hook.
#ifndef TELAR_REPORTS_H
#define TELAR_REPORTS_H

#include "sighting.h"

/// Reports a script that has run for `milliseconds` without a wait.
void tl__report_stuck(const tl__sighting *sighting, uint32_t milliseconds);
/// Reports a step that has been running scripts for `milliseconds` without ending.
void tl__report_step(const tl__sighting *sighting, uint32_t milliseconds);

#endif
