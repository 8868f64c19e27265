/// Timers, limits, and a script's own time.
#ifndef TELAR_ENGINE_WORLD_TIMER_H
#define TELAR_ENGINE_WORLD_TIMER_H

#include "world/marks.h"
#include "world/world_state.h"

tl__time tl__now(const tl_group *group, tl__clock clock);
tl__heap *tl__timers(tl_group *group, tl__clock clock);
void tl__timer_set(tl__timer *timer, tl__script *script, tl__timer_use use, int32_t index, tl__clock clock,
                   tl__time deadline);
/// Takes out a timer that is set.
void tl__timer_take_set(tl__timer *timer);
/// Takes out a timer if it is set. Inline, since a script's end asks this of four timers, of which few are set.
static inline void tl__timer_take(tl__timer *timer)
{
    if (timer->node.place1 != 0)
        tl__timer_take_set(timer);
}

bool tl__is_limit(tl_limit limit);
bool tl__has_limit(tl_limit limit);
tl__clock tl__clock_of(tl_wait wait);
/// The end of a time that begins for the script now; whether that has come already.
tl__time tl__end_of(const tl__script *script, tl_limit limit);
/// Whether that is a number of seconds to wait for.
bool tl__is_time(double seconds);
bool tl__has_come(const tl_group *group, tl__clock clock, tl__time deadline);
/// Moves a script's own time on to where another's is, if that is later; another group's clocks say nothing, so then it
/// is now.
void tl__local_follow(tl__time *local, const tl_group *group, const tl__script *other);
void tl__local_now(tl__time *local, const tl_group *group);
void tl__script_begin_time_now(tl__script *script);
/// The script's own time begins now, if it has not.
static inline void tl__script_begin_time(tl__script *script)
{
    if (script->fresh || tl__is_marked(script, TL__BY_STEP))
        tl__script_begin_time_now(script);
}

#endif
