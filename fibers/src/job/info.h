// SPDX-License-Identifier: MIT
/// What jobs say of themselves in messages.
#ifndef TELAR_JOB_INFO_H
#define TELAR_JOB_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"

/// A tl__running_finder: the running job.
bool tl__job_find_running(tl_running *running);

#endif
