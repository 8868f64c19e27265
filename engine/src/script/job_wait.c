// SPDX-License-Identifier: MIT
// Scripts that wait for what is not the world's: counters and locks, which other threads may bring at any time.
//
// Who owns what: while a script waits like that, an `async_wait` lies on its stack, on the list of what it waits for.
// The thread that brings that takes it off the list, and pushes it onto the world's stack of completions; from then on
// only the world's thread touches it. That takes all off the stack at once, into the list of those that have completed,
// and wakes their scripts at the places where scripts may become ready. So only that thread ever touches a script.
//
// The two are apart since a wait that ends otherwise may have to take off what was pushed, which depends on when a job
// was done. What else lies there must not be woken earlier for that, nor in another order.
//
// In lockstep nothing may hang on when jobs are done. So there a script that waits for jobs is always suspended, also
// when they are done already, and continues when nothing else is ready in its phase, together with all others that do.
//
// A wait that ends otherwise takes its `async_wait` off the list; when it is too late for that, it is about to be
// pushed, and is waited for: that takes the other thread a few instructions.
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
    tl__waiter base;     ///< first
    tl__wait_base frame; ///< that the script is in, while `leaving` is false
    tl__link link;       ///< in the world's list of those that have completed, until its script is woken
    tl__wait_desc *wait;
    bool completed; ///< it was taken off the completions
    bool leaving;   ///< something else has resumed the script
    bool taken;     ///< the script has what came
} async_wait;

static async_wait *of_frame(tl__wait_base *frame)
{
    return (async_wait *)((char *)frame - offsetof(async_wait, frame));
}

/// Called on any thread.
static void push_completion(tl__waiter *base)
{
    tl__word *completions = &((async_wait *)base)->frame.script->world->completions;
    uint64_t top = tl__load(completions, memory_order_relaxed);
    do {
        base->next = (tl__waiter *)(uintptr_t)top; // after the next line it is the world's thread's
    } while (!tl__cas(completions, &top, (uintptr_t)base, memory_order_release)); // pairs with take_completions
}

static bool is_for_counter(const tl__wait_desc *wait)
{
    return wait->join == tl__counter_join;
}

/// Whether what is waited for is jobs and nothing else: these end by themselves, and may use the script's stack.
static bool is_for_jobs(const tl__wait_desc *wait)
{
    return is_for_counter(wait) && !wait->may_be_outside;
}

static void complete(const async_wait *completed)
{
    tl__listener_tell(&completed->frame.script->listener, completed->base.answer, NULL);
}

/// Takes all off the stack, the one that was pushed first first.
static void take_completions(tl_world *world)
{
    if (tl__load(&world->completions, memory_order_relaxed) == 0)
        return;
    // acquire: pairs with push_completion, and with all that happened before what was waited for.
    tl__waiter *top = (tl__waiter *)(uintptr_t)tl__exchange(&world->completions, 0, memory_order_acquire);
    tl__link *after = world->completed.previous; // the latest of those that had completed before
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
    if (one->completed) // until then the thread that completes the wait writes it
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

/// What only the script waits for is given up: jobs that have not begun never do. Which ones that are depends on the
/// machine, so not in lockstep.
static void give_up_jobs(const async_wait *one)
{
    if (one->wait->is_own && !one->frame.script->world->lockstep)
        tl_counter_cancel(one->wait->object);
}

static void hurry(tl__wait_base *frame)
{
    const async_wait *one = of_frame(frame);
    bool in_shield = frame->script->shields > is_for_jobs(one->wait); // besides that of this wait
    if (!in_shield)
        give_up_jobs(one);
}

static const tl__wait_kind kind = {.leave = leave_source, .hurry = hurry, .has_come = has_come};

/// However the wait ends.
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
    if (!one->completed && tl_fiber_is_ending(one->frame.script->fiber) && is_for_jobs(wait)) { // no shield holds
        give_up_jobs(one);
        tl__wait_in_thread(wait);
    }
}

/// Waits in a script that may.
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
        limit = TL_FOREVER; // they are done when the phase is, so no time passes
    self->frame = &one->frame;
    tl_result answer = tl__wait_in(self, is_for_counter(wait) ? TL_WAIT_COUNTER : TL_WAIT_LOCK,
                                   &self->world->async_waiters, wait->name, NULL, limit);
    one->taken = one->completed && !one->leaving;
    return answer;
}

/// Whether a counter counts the script, or one whose child it is.
static bool counts_itself(const tl__script_record *script, const tl_counter *counter)
{
    while (script != NULL && script->counter != counter)
        script = script->parent;
    return script != NULL;
}

/// The world of a script that a counter counts, by its id; 0: none.
static uint64_t counted_world(const tl_counter *counter)
{
    return tl__load(&counter->tl__world, memory_order_relaxed); // an id: the world itself is not touched
}

/// A number for the calling thread that no thread had before; 0 inside a fiber, which may change its thread. (Not
/// inlined, as all that looks at a thread-local.)
static NEVER_INLINE uint64_t stepper_here(void)
{
    static _Atomic uint64_t numbers;
    static _Thread_local uint64_t number;
    if (tl_fiber_current() != NULL)
        return 0;
    if (number == 0)
        number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
    return number;
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

/// Whether a wait that keeps the thread from stepping could only be ended by a step.
/// @param script  that runs; null for none
static bool is_in_vain(const tl__script_record *script, const tl_counter *counter)
{
    if (script == NULL)
        return tl__counter_wait_is_in_vain(counter);
    return (counts_itself(script, counter) || counted_world(counter) == script->world->id) &&
           !tl_counter_is_done(counter);
}

/// Waits from the script's turn on. Also one that is ended before that waits for jobs: these have begun.
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

/// @param self  what runs; null outside any script, which is misuse
static tl_result wait_in_script(const char *call, tl__script_record *self, tl__wait_desc *wait)
{
    tl_limit limit = wait->limit;
    wait->limit = TL_FOREVER; // where the thread waits for it in place of the script
    if (self == NULL || self->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    async_wait one = {.base = {.wake = push_completion, .answer = TL_OK, .only_notified = true},
                      .frame = {&kind, self},
                      .wait = wait};
    // From here on, since jobs may have the script's variables: it may be cancelled while it waits for its turn, too.
    uint32_t shielded = is_for_jobs(wait);
    self->shields += shielded;
    tl_result answer = join_exclusively(call, &one, limit);
    self->shields -= shielded;
    if (shielded != 0 && tl__must_stop(self) && !tl_fiber_is_unwinding())
        tl__wait_for_the_end(self);
    return answer;
}

/// While the thread waits, no game time passes.
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
    if (!is_for_counter(wait) &&
        answer >= TL_OK) // who of those that were woken gets the lock is decided in the order of their turns
        tl__exclusive_enter("a wait for a lock");
    return answer;
}

/// What the first script of the phase that runs is in which waits for jobs, of those that are done or not; null: none.
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

/// Waits until a script's jobs are done. False: that cannot be waited for here, and was reported.
static bool wait_with(tl_world *world, const async_wait *one)
{
    if (tl__waits_in_its_own_way()) // the world is stepped inside a script of another
        tl__wait_in_thread(one->wait);
    else if (tl__wait_for(one->wait) == TL_ERROR_ALL_WAITING)
        return false;
    tl__note_step_thread(world);
    for (uint32_t spins = 0; !one->completed;
         tl__async_waits_collect(world)) // the thread that did the last one says so
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

/// No other thread can run the jobs that scripts wait for. But they may wait for what a script does later.
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
