/// The first thing of each call that only scripts may make, and the last thing of scripts that end by themselves: a
/// wait that never comes back, since their children have to end before their blocks are left.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H

#include "world/world_state.h"

/// The same for calls that are no waits.
tl_result tl__call_enter(const char *call, tl__script **script);
/// Suspends a script that is to end for good.
_Noreturn void tl__wait_for_the_end(tl__script *script);
/// tl_exit in a script: its children have to end before its blocks are left, so it is ended from outside.
tl_result tl__script_exit(void);

#endif
