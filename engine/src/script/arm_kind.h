// SPDX-License-Identifier: MIT
/// What an arm of a race or sync waits for, where that is neither a child nor a time: those two race.c begins itself,
/// and their kinds only say which they are.
#ifndef TELAR_ENGINE_SCRIPT_ARM_KIND_H
#define TELAR_ENGINE_SCRIPT_ARM_KIND_H

#include "telar/concurrency.h"
#include "world/wait_kind.h"

struct tl__arm_kind {
    /// Whether the script can wait for that: TL_OK, or what the race answers. Asked of all arms before the first is
    /// begun.
    tl_result (*check)(const tl__script_record *script, const tl_arm *arm);
    /// Puts the listener, whose buffer is set, into the list of those who wait for that, and answers TL_WOULD_WAIT; or
    /// answers how the arm is done already. What was there at the check may be gone: children of earlier arms have run.
    tl_result (*begin)(const tl__script_record *script, const tl_arm *arm, tl__listener *listener);
};

#endif
