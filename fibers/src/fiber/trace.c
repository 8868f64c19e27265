// SPDX-License-Identifier: MIT
#include "fiber/trace.h"

#include <stddef.h>
#include <string.h>

#include "fiber/thread.h"
#include "fiber/thread_life.h"
#include "fiber/trace_hook.h"
#include "fiber/trace_ring.h"
#include "os/ticks.h"

static _Atomic bool
    ticks_are_steady; // for those who save; each ring has a copy, which its thread has read under the lock
static tl__trace_clock trace_began;
static _Atomic uint64_t frame_began; // 0: unknown

// Recording.

uint64_t tl__trace_now(void)
{
    return tl__ticks(
        atomic_load_explicit(&ticks_are_steady, memory_order_relaxed)); // relaxed: it never changes once it is set
}

static __attribute__((cold)) NEVER_INLINE tl__trace_ring *take_ring(void)
{
    tl__fiber_self(); // so that the end of the thread will be noticed (look_at_end)
    tl__thread_state *here = &tl__this_thread;
    if (!here->has_ended)
        here->trace = tl__trace_take_ring(tl__thread_number(), tl__trace_add_name(here->trace_name));
    return here->trace;
}

static inline tl__trace_ring *ring_here(void)
{
    tl__trace_ring *ring = tl__this_thread.trace;
    return LIKELY(ring != NULL) ? ring : take_ring();
}

static NEVER_INLINE void record(tl__trace_kind kind, const void *address, const char *name)
{
    tl__trace_ring *ring = ring_here();
    if (ring != NULL)
        tl__trace_put(ring, tl__ticks(ring->ticks_are_steady),
                      tl__trace_what(kind, tl__trace_find_name(ring->recent, name), (uintptr_t)address));
}

/// Records an event about the fiber that runs on the thread, or outside any about the thread.
static NEVER_INLINE void record_here(tl__trace_kind kind, const char *name)
{
    record(kind, tl__running_fiber(), name);
}

static uint32_t level_of(tl__trace_kind kind)
{
    return kind == TL__TRACE_RUN_SCRIPT ? TL_TRACE_SCRIPTS
           : kind == TL__TRACE_RUN_JOB  ? TL_TRACE_JOBS
                                        : TL_TRACE_FIBERS;
}

NEVER_INLINE void tl__trace_run(tl__trace_kind kind, const tl_fiber *fiber, const char *name)
{
    if (tl__is_traced(TL__TRACES_RUNS))
        tl__run_hook_call(fiber);
    if (tl__is_traced(level_of(kind)))
        record(kind, fiber, name);
}

/// Returns what runs on the thread when `fiber` has given control back: another fiber, or null.
static const tl_fiber *behind(const tl_fiber *fiber)
{
    const tl_fiber *now = tl__this_thread.current;
    if (now == fiber)
        now = tl__resumer(fiber);
    return tl__resumer(now) != NULL ? now : NULL;
}

void tl__trace_record_pause(const tl_fiber *fiber, const char *reason, const char *object)
{
    record(TL__TRACE_PAUSE, fiber, reason);
    if (object != NULL)
        record(TL__TRACE_OF, fiber, object);
}

NEVER_INLINE void tl__trace_pause(tl__trace_kind kind, const tl_fiber *fiber, const char *reason, const char *object)
{
    if (tl__is_traced(TL__TRACES_RUNS))
        tl__run_hook_call(behind(fiber));
    if (tl__is_traced(level_of(kind)))
        tl__trace_record_pause(fiber, reason, object);
}

void tl__trace_end(const tl_fiber *fiber)
{
    record(TL__TRACE_END, fiber, NULL);
}

void tl__trace_wake(const tl_fiber *fiber)
{
    record(TL__TRACE_WAKE, fiber, NULL);
}

void tl__trace_add(tl__trace_kind kind, const char *name)
{
    record_here(kind, name);
}

// Zones, marks, counters and frames.

tl__zone tl__zone_begin(const char *name)
{
    if (!tl__is_traced(TL_TRACE_ZONES) || name == NULL)
        return (tl__zone){NULL};
    record_here(TL__TRACE_ZONE, name);
    return (tl__zone){name};
}

void tl__zone_end(tl__zone *zone)
{
    if (zone->name != NULL && tl__is_traced(TL_TRACE_ZONES))
        record_here(TL__TRACE_ZONE_END, zone->name);
}

void tl_trace_mark(const char *name)
{
    if (tl__is_traced(TL_TRACE_ZONES))
        record(TL__TRACE_MARK, NULL, name);
}

NEVER_INLINE void tl_trace_counter(const char *name, double value)
{
    bool is_finite = value - value == 0;
    tl__trace_ring *ring = tl__is_traced(TL_TRACE_ZONES) && is_finite ? ring_here() : NULL;
    if (ring == NULL)
        return;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t what = tl__trace_what(TL__TRACE_COUNTER, tl__trace_find_name(ring->recent, name), 0);
    tl__trace_put(ring, tl__ticks(ring->ticks_are_steady), what);
    tl__trace_put(ring, bits, tl__trace_what(TL__TRACE_VALUE, 0, 0));
}

NEVER_INLINE void tl_trace_name_thread(const char *name)
{
    tl__trace_watch_forks();
    uint32_t number = tl__trace_add_name(name);
    tl__thread_state *here = &tl__this_thread;
    here->trace_name = number != TL__TRACE_NO_NAME ? tl__trace_name(number) : NULL;
    if (here->trace == NULL)
        return;
    tl__trace_lock();
    here->trace->name = number;
    tl__trace_unlock();
}

NEVER_INLINE void tl__trace_call_thread(const char *name)
{
    tl__this_thread.trace_name = name;
}

double tl_trace_frame(void)
{
    if (!tl__is_traced(TL__TRACES_ON))
        return 0;
    record(TL__TRACE_FRAME, NULL, NULL);
    uint64_t now = (uint64_t)tl__monotonic_time();
    uint64_t before = atomic_exchange_explicit(&frame_began, now, memory_order_relaxed); // one thread has frames
    return before != 0 ? (double)(now - before) * 1e-9 : 0;
}

bool tl__trace_break_frame(void)
{
    bool has_frames =
        atomic_exchange_explicit(&frame_began, 0, memory_order_relaxed) != 0 && tl__is_traced(TL__TRACES_ON);
    if (has_frames)
        record(TL__TRACE_FRAME, NULL, "saving a trace");
    return has_frames;
}

void tl__trace_continue_frame(void)
{
    record(TL__TRACE_FRAME, NULL, "rest of a frame");
}

// The clock.

NEVER_INLINE bool tl__trace_set_up(size_t size)
{
    bool steady = tl__ticks_are_steady();
    atomic_store_explicit(&ticks_are_steady, steady, memory_order_relaxed);
    tl__trace_set_up_rings(size, steady);
    trace_began = (tl__trace_clock){tl__trace_now(), tl__monotonic_time(), 0};
    atomic_store_explicit(&frame_began, 0, memory_order_relaxed);
    return ring_here() != NULL;
}

tl__trace_clock tl__trace_clock_now(void)
{
    tl__trace_clock clock = trace_began;
    uint64_t ticks = tl__trace_now() - clock.ticks;
    clock.tick = ticks != 0 ? (double)(tl__monotonic_time() - clock.monotonic) / (double)ticks : 1;
    return clock;
}
