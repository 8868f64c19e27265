// SPDX-License-Identifier: MIT
/// Reports of what the watchdog has seen, in words, for the log hook.
#ifndef TELAR_REPORTS_H
#define TELAR_REPORTS_H

#include "sighting.h"

/// A script that has not waited for `milliseconds`.
void tl__report_stuck(const tl__sighting *sighting, uint32_t milliseconds);
/// A step that has run scripts for `milliseconds` without ending.
void tl__report_step(const tl__sighting *sighting, uint32_t milliseconds);

#endif
