// SPDX-License-Identifier: MIT
// Scripts that wait for counters and locks: objects outside the world, which other threads may complete at any time.
//
// Ownership: while a script waits for such an object, an `async_wait` on the script's stack is in the object's list of
// waiters. The thread that completes the wait removes it from that list and pushes it onto the world's stack of
// completions; from then on only the world's thread touches it. The world's thread pops the whole stack at once into
// the list `completed`, and wakes the scripts in that list at those points of a step where scripts may become ready. So
// only the world's thread ever touches a script.
//
// Stack and list are separate because a wait that ends for another reason (limit, cancellation) may have to pop the
// stack, at a moment that depends on when a job was done. That must not make the scripts of other waits on the stack
// wake earlier, or in another order.
//
// In lockstep nothing may depend on when jobs are done. So in lockstep a script that waits for jobs always suspends,
// even if they are done already. It resumes when nothing else is ready in its phase, together with all other scripts
// that wait for jobs.
//
// A wait that ends for another reason removes its `async_wait` from the object's list. If another thread has already
// removed it, that thread is about to push it, within a few instructions, and the wait spins until it is pushed.
#include "script/job_wait.h"
#include "base/compiler.h"
#include "base/misuse.h"
#include "job/counter_wait.h"
#include "job/job_system.h"
#include "job/timeout.h"
#include "job/worker.h"
#include "os/spin.h"
#include "script/call.h"
#include "script/waits.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/lanes.h"
#include "world/wait.h"
#include "world/world_ids.h"

typedef struct async_wait {
    tl__waiter base;     ///< must be first: a tl__waiter * is cast to an async_wait *
    tl__wait_base frame; ///< the script's wait frame while it waits
    tl__link link;       ///< in world->completed, from its pop off world->completions until the script is woken
    tl__wait_desc *wait;
    bool completed; ///< the wait was popped off world->completions, or never had to wait
    bool leaving;   ///< the wait ends for another reason; the object may still complete it
    bool taken;     ///< end_async_wait has nothing to do: the script has the outcome, or the wait never began
} async_wait;

static async_wait *of_frame(tl__wait_base *frame)
{
    return (async_wait *)((char *)frame - offsetof(async_wait, frame));
}

/// Pushes a completed wait onto its world's stack of completions. Called on any thread.
static void push_completion(tl__waiter *base)
{
    tl__word *completions = &((async_wait *)base)->frame.script->world->completions;
    // relaxed: the pusher does not read the wait at `top`, and the compare-and-swap fails if the value is stale.
    uint64_t top = tl__load(completions, memory_order_relaxed);
    do {
        base->next = (tl__waiter *)(uintptr_t)top; // once pushed, it belongs to the world's thread
    } while (!tl__cas(completions, &top, (uintptr_t)base, memory_order_release)); // pairs with take_completions
}

static bool is_for_counter(const tl__wait_desc *wait)
{
    return wait->join == tl__counter_join;
}

/// Whether a wait is for jobs and nothing else: jobs end without the script's help, and may use its stack.
static bool is_for_jobs(const tl__wait_desc *wait)
{
    return is_for_counter(wait) && !wait->may_be_outside;
}

static void complete(const async_wait *completed)
{
    tl__listener_tell(&completed->frame.script->listener, completed->base.answer, NULL);
}

/// Pops all completions. Appends the waits whose scripts are to be woken to world->completed, in the order in which
/// they were pushed.
static void take_completions(tl_world *world)
{
    if (tl__load(&world->completions, memory_order_relaxed) == 0)
        return;
    // acquire: pairs with the release in push_completion; shows all that happened before the wait was completed.
    tl__waiter *top = (tl__waiter *)(uintptr_t)tl__exchange(&world->completions, 0, memory_order_acquire);
    tl__link *after = world->completed.previous; // the last of the waits popped earlier
    while (top != NULL) {
        async_wait *one = (async_wait *)top;
        top = top->next;
        one->completed = true;
        if (!one->leaving && !(world->lockstep && is_for_jobs(one->wait)))
            tl__list_prepend(after, &one->link);
    }
}

void tl__async_waits_collect(tl_world *world)
{
    take_completions(world);
    while (!tl__list_is_empty(&world->completed)) {
        async_wait *first = TL__ITEM(world->completed.next, async_wait, link);
        tl__list_remove(&first->link);
        complete(first);
    }
}

static bool has_come(tl__wait_base *frame, tl_result *answer)
{
    const async_wait *one = of_frame(frame);
    take_completions(one->frame.script->world);
    if (one->completed) // before that, the completing thread may be writing `answer`
        *answer = one->base.answer;
    return one->completed;
}

static void leave_source(tl__wait_base *frame)
{
    async_wait *one = of_frame(frame);
    frame->script->frame = NULL;
    tl__list_remove(&one->link);
    if (one->completed)
        return;
    one->leaving = true;
    if (one->wait->unjoin(one->wait->object, &one->base))
        return;
    for (uint32_t spins = 0; !one->completed; take_completions(one->frame.script->world))
        tl__pause(&spins);
}

/// Cancels jobs that only this script waits for: those that have not begun never will. Not in lockstep, since which
/// jobs have begun depends on the machine.
static void give_up_jobs(const async_wait *one)
{
    if (one->wait->is_own && !one->frame.script->world->lockstep)
        tl_counter_cancel(one->wait->object);
}

static void hurry(tl__wait_base *frame)
{
    const async_wait *one = of_frame(frame);
    bool in_shield = frame->script->shields > is_for_jobs(one->wait); // in a shield besides this wait's own
    if (!in_shield)
        give_up_jobs(one);
}

static const tl__wait_kind kind = {.leave = leave_source, .hurry = hurry, .has_come = has_come};

/// Clean-up that runs however the wait ends.
static void end_async_wait(void *ended)
{
    async_wait *one = ended;
    tl__wait_desc *wait = one->wait;
    if (one->frame.script->frame == &one->frame)
        leave_source(&one->frame);
    if (one->taken)
        return;
    if (one->completed && wait->give_back != NULL)
        wait->give_back(wait->object);
    if (!one->completed && tl_fiber_is_ending(one->frame.script->fiber) && is_for_jobs(wait)) { // its shield was broken
        give_up_jobs(one);
        tl__wait_in_thread(wait);
    }
}

/// Joins the object's waiters and suspends the script until the wait completes. The script must be allowed to wait.
static tl_result join_source(async_wait *one, tl_limit limit)
{
    tl__script_record *self = one->frame.script;
    const tl__wait_desc *wait = one->wait;
    if (self->cancelled != TL__NOT_CANCELLED)
        hurry(&one->frame);
    one->completed = !wait->join(wait->object, &one->base);
    if (one->completed && !(self->world->lockstep && is_for_jobs(wait))) {
        one->taken = true;
        return one->base.answer;
    }
    if (self->world->lockstep && is_for_jobs(wait))
        limit = TL_FOREVER; // the jobs are done by the end of the phase, so no time passes
    self->frame = &one->frame;
    tl_result answer = tl__wait_in(self, is_for_counter(wait) ? TL_WAIT_COUNTER : TL_WAIT_LOCK,
                                   &self->world->async_waiters, wait->name, NULL, limit);
    one->taken = one->completed && !one->leaving;
    return answer;
}

/// Whether a counter counts the script or a parent above it.
static bool counts_itself(const tl__script_record *script, const tl_counter *counter)
{
    while (script != NULL && script->counter != counter)
        script = script->parent;
    return script != NULL;
}

/// Returns the id of the world whose script a counter counts; 0: none.
static uint64_t counted_world(const tl_counter *counter)
{
    return tl__load(&counter->tl__world, memory_order_relaxed); // relaxed: an id; the world itself is not accessed
}

/// Returns the calling thread's number; 0 inside a fiber, which may change its thread.
static uint64_t stepper_here(void)
{
    return tl_fiber_current() == NULL ? tl__thread_number() : 0;
}

void tl__note_stepper(const tl_world *world)
{
    tl__world_set_stepper(world->id, stepper_here());
}

bool tl__scripts_await_their_stepper(const tl_counter *counter)
{
    uint64_t stepper = tl__world_stepper(counted_world(counter));
    return stepper != 0 && stepper == stepper_here();
}

/// Whether a wait for the counter could only be ended by a step, which this thread cannot do while it waits.
/// @param script  the running script; null: none
static bool is_in_vain(const tl__script_record *script, const tl_counter *counter)
{
    if (script == NULL)
        return tl__counter_wait_is_in_vain(counter);
    return (counts_itself(script, counter) || counted_world(counter) == script->world->id) &&
           !tl_counter_is_done(counter);
}

/// Waits until the script runs exclusively, then for the object. A script that is ended before that still waits for
/// jobs (end_async_wait), since they have begun.
static tl_result join_exclusively(const char *call, async_wait *one, tl_limit limit)
{
    tl__script_record *self = one->frame.script;
    one->taken = !is_for_jobs(one->wait);
    tl_defer(end_async_wait, one);
    tl_result answer = tl__wait_enter(call, limit, &self);
    if (answer == TL_OK && is_for_counter(one->wait) && counts_itself(self, one->wait->object))
        answer = tl__misuse(TL_ERROR_CYCLE, call);
    one->taken = answer != TL_OK;
    return answer == TL_OK ? join_source(one, limit) : answer;
}

/// @param self  the running script; null outside any, which is misuse
static tl_result wait_in_script(const char *call, tl__script_record *self, tl__wait_desc *wait)
{
    tl_limit limit = wait->limit;
    wait->limit = TL_FOREVER; // if the thread waits in place of the script, it has no limit
    if (self == NULL || self->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    async_wait one = {.base = {.wake = push_completion, .answer = TL_OK, .only_notified = true},
                      .frame = {&kind, self},
                      .wait = wait};
    // Shielded from here on, since jobs may use the script's variables: the script may be cancelled even while it waits
    // to run exclusively.
    uint32_t shielded = is_for_jobs(wait);
    self->shields += shielded;
    tl_result answer = join_exclusively(call, &one, limit);
    self->shields -= shielded;
    if (shielded != 0 && tl__must_stop(self) && !tl_fiber_is_unwinding())
        tl__wait_for_the_end(self);
    return answer;
}

/// Blocks the thread until the wait completes. Only a limit in real time is allowed: game time stands still meanwhile.
static tl_result wait_in_thread(tl__wait_desc *wait)
{
    if (!tl__is_real_limit(wait->limit))
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_counter_wait");
    return tl__wait_in_thread(wait);
}

tl_result tl__async_wait(tl__wait_desc *wait)
{
    tl__script_record *running = tl__script_running();
    bool cleans_up = running != NULL && tl_fiber_is_unwinding() && is_for_counter(wait);
    if (cleans_up)
        tl__exclusive_enter("a wait in a clean-up");
    if (running == NULL || running->asking || cleans_up) {
        if (is_for_counter(wait) && is_in_vain(running, wait->object))
            return tl__misuse(TL_ERROR_CYCLE, "tl_counter_wait");
        return wait_in_thread(wait);
    }
    const char *call = is_for_counter(wait) ? "tl_counter_wait" : "a wait for a lock";
    tl_result answer = wait_in_script(call, running, wait);
    if (!is_for_counter(wait) && answer >= TL_OK) // woken scripts compete for the lock one by one, in a fixed order
        tl__exclusive_enter("a wait for a lock");
    return answer;
}

/// Returns the first wait for jobs, of a script of the running phase, that has completed (if `done`) or has not
/// completed (if not `done`); null if there is none.
static async_wait *first_for_jobs(const tl_world *world, bool done)
{
    for (tl__link *link = world->async_waiters.next; link != &world->async_waiters; link = link->next) {
        tl__script_record *script = TL__ITEM(link, tl__listener, link)->script;
        async_wait *one = of_frame(script->frame);
        if (script->phase_order == world->phase && is_for_jobs(one->wait) && one->completed == done)
            return one;
    }
    return NULL;
}

/// Waits until a script's jobs are done. Returns false if the caller cannot wait for them here, which has been
/// reported.
static bool wait_with(tl_world *world, const async_wait *one)
{
    if (tl__waits_in_its_own_way()) // a script of another world steps this one
        tl__wait_in_thread(one->wait);
    else if (tl__wait_for(one->wait) == TL_ERROR_ALL_WAITING)
        return false;
    tl__note_step_thread(world);
    for (uint32_t spins = 0; !one->completed;
         tl__async_waits_collect(world)) // the thread that ran the last job pushes the wait
        tl__pause(&spins);
    return true;
}

static void wait_with_all(tl_world *world)
{
    async_wait *one;
    while ((one = first_for_jobs(world, false)) != NULL)
        if (!wait_with(world, one))
            return;
    while ((one = first_for_jobs(world, true)) != NULL)
        complete(one);
}

static bool has_completions(void *world)
{
    return tl__load(&((const tl_world *)world)->completions, memory_order_relaxed) != 0;
}

/// Runs jobs on this thread, since no other thread can run those that scripts wait for. Stops when no job can run: the
/// remaining jobs may wait for something that a script does later.
static void run_jobs(tl_world *world)
{
    for (bool any = true; any && first_for_jobs(world, false) != NULL; tl__async_waits_collect(world)) {
        tl__work_while_there_is_any(has_completions, world);
        any = has_completions(world);
    }
}

bool tl__async_waits_flush(tl_world *world)
{
    tl__async_waits_collect(world);
    if (!tl__list_is_empty(&world->async_waiters) && world->lockstep)
        wait_with_all(world);
    else if (!tl__list_is_empty(&world->async_waiters) && tl__thread_works_alone())
        run_jobs(world);
    return tl__lanes_have(world, TL__READY + world->phase) ||
           (world->phase == TL__PARALLEL_ORDER && world->parallel.any_ready);
}
