// SPDX-License-Identifier: MIT
#include "script/resume.h"

#include "fiber/callback.h"
#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "script/turn.h"
#include "world/current.h"
#include "world/heartbeat.h"
#include "world/timer.h"

/// Makes a script the running one, and returns the one that was running before.
static tl__script_record *enter_script(tl__script_record *script)
{
    tl__script_record *before = tl__script_set_current(script);
    ++script->world->running;
    tl__heartbeat_beat(script->world);
    return before;
}

static void leave_script(tl__script_record *script, tl__script_record *before)
{
    --script->world->running;
    tl__heartbeat_beat(script->world);
    tl__script_set_current(before);
}

/// A call of a predicate in progress. Ended by end_asking, even when an exception leaves the predicate.
typedef struct question {
    tl__script_record *script, *before;
} question;

static void end_asking(const question *asked)
{
    asked->script->asking = false;
    leave_script(asked->script, asked->before);
}

bool tl__script_ask(tl__script_record *script)
{
    question asked __attribute__((cleanup(end_asking), unused)) = {script, enter_script(script)};
    TL__CALLBACK(callback);
    script->asking = true;
    return script->predicate(script->predicate_arg);
}

static tl__turn begin_turn(const tl__script_record *script)
{
    return tl__turns_are_watched(script->world) ? tl__turn_begin(script) : (tl__turn){0};
}

static void end_turn(const tl__script_record *script, tl__turn turn)
{
    if (tl__turns_are_watched(script->world))
        tl__turn_end(script, turn);
}

void tl__script_resume(tl__script_record *script)
{
    tl__script_record *before = enter_script(script);
    tl__script_begin_time(script);
    tl__mark(script, TL__ACTIVE);
    ++script->world->turns;
    tl__turn turn = begin_turn(script);
    tl__fiber_resume_owned(script->fiber, script->answer);
    tl__fiber_end_loan(script->fiber);
    tl__unmark(script, TL__ACTIVE);
    end_turn(script, turn);
    leave_script(script, before);
}

void tl__script_unwind(tl__script_record *script)
{
    tl__script_record *before = enter_script(script);
    bool breaks_shields = script->world->breaks_shields; // must not apply to scripts that its clean-ups cancel
    script->world->breaks_shields = false;
    script->stage = TL__ENDS;
    tl__mark(script, TL__ACTIVE);
    tl__fiber_disown(script->fiber);
    ++script->world->turns;
    tl__turn turn = begin_turn(script);
    tl_fiber_cancel(script->fiber);
    end_turn(script, turn);
    tl__fiber_own(script->fiber);
    tl__unmark(script, TL__ACTIVE);
    script->world->breaks_shields = breaks_shields;
    leave_script(script, before);
}
