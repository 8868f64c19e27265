// SPDX-License-Identifier: MIT
/// Kinds of arms of a race or sync: functions to check and begin an arm. Arms that are children or times have no
/// `begin`: race.c begins them itself, and uses their kinds only to tell them apart.
#ifndef TELAR_ENGINE_SCRIPT_ARM_KIND_H
#define TELAR_ENGINE_SCRIPT_ARM_KIND_H

#include "telar/concurrency.h"
#include "world/wait_kind.h"

struct tl__arm_kind {
    /// Returns TL_OK if the script can wait for this arm, else the error that the race returns. Called for all arms
    /// before the first one begins.
    tl_result (*check)(const tl__script_record *script, const tl_arm *arm);
    /// Appends the listener, whose buffer is set, to the list of listeners of the arm's event, channel or script, and
    /// returns TL_WOULD_WAIT. If the arm completes at once, returns its result instead. What existed at the check may
    /// be gone, since children of earlier arms have run in between.
    tl_result (*begin)(const tl__script_record *script, const tl_arm *arm, tl__listener *listener);
};

#endif
