// SPDX-License-Identifier: MIT
/// Describes the running job for messages.
#ifndef TELAR_JOB_INFO_H
#define TELAR_JOB_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"

/// A tl__running_finder that finds the running job.
bool tl__job_find_running(tl_running *running);

#endif
