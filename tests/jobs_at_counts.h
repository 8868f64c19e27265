// SPDX-License-Identifier: MIT
/// Counting allocations, and making them fail, for jobs_at_<system>.c.
#ifndef TELAR_JOBS_AT_COUNTS_H
#define TELAR_JOBS_AT_COUNTS_H

#include <stdbool.h>

/// Counts *after down. Returns whether it is 0, so that the caller must fail; negative: never.
bool jobs_at_fails(long *after);

/// Counts one more allocation, unless `made` is null. Returns `made`.
void *jobs_at_count(void *made);
/// Counts one fewer.
void jobs_at_uncount(void);

#endif
