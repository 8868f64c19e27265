/// Which scripts may run: those that are ready, as far as their groups let them through.
///
/// A script that becomes ready has its bit set in its lane, unless its group is frozen, has used up its budget or
/// has others that wait for it: then it goes to the end of the group's list. So what a group holds back is served first
/// come, first served.
#ifndef TELAR_ENGINE_WORLD_READY_H
#define TELAR_ENGINE_WORLD_READY_H

#include "world/world_state.h"

/// Makes a script ready, if it is not; takes it back.
void tl__ready_put(tl__script *script);
void tl__ready_take(tl__script *script);
bool tl__is_ready(const tl__script *script);
/// One that was taken to be run will not be, since its group was frozen.
void tl__ready_stop(tl__script *script);
/// All with a seat that are ready will be run.
void tl__groups_run_beside(tl_world *world);
/// Lets through what the groups held back, as far as they may.
void tl__groups_release(tl_world *world);
/// The same of one group.
void tl__group_release(tl_group *group);

#endif
