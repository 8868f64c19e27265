// SPDX-License-Identifier: MIT
/// What a trace consists of.
///
/// An event is two words: its time, in ticks (os/ticks.h), and what happened: a kind (5 bits), the number of a name
/// (14 bits), and the upper 45 bits of a 48-bit address whose lower three bits are zero, mostly that of the fiber which
/// the event is about. A fiber's address identifies it from its creation to TL__TRACE_END. So an event costs no look-up
/// of an id, and what a trace says of a fiber needs nothing of the fiber itself, which may be gone when the trace is
/// saved.
#ifndef TELAR_FIBER_TRACE_EVENT_H
#define TELAR_FIBER_TRACE_EVENT_H

#include <stdatomic.h>
#include <stdint.h>

typedef enum tl__trace_kind {
    // A fiber, or the job or script on it, begins or continues to run on the thread; it is named.
    TL__TRACE_RUN_FIBER = 1,
    TL__TRACE_RUN_JOB,
    TL__TRACE_RUN_SCRIPT,
    TL__TRACE_PAUSE, ///< the fiber gives control back; the name is what it waits for
    TL__TRACE_OF,    ///< after a pause: the name of the object that it waits for
    TL__TRACE_END,   ///< the fiber has ended
    TL__TRACE_WAKE,  ///< what the fiber waited for has come
    // A job begins and ends on the fiber that runs on the thread. If it waits in between, its fiber pauses.
    TL__TRACE_JOB,
    TL__TRACE_JOB_END,
    TL__TRACE_ZONE,
    TL__TRACE_ZONE_END,
    TL__TRACE_SLEEP, ///< a worker sleeps, until TL__TRACE_AWAKE
    TL__TRACE_AWAKE,
    TL__TRACE_MARK,
    TL__TRACE_COUNTER, ///< followed by its value
    TL__TRACE_VALUE,   ///< its time is the bits of a double
    TL__TRACE_FRAME,   ///< a frame ends here; the name is that of what begins, if it is no frame
    TL__TRACE_LEFT,    ///< the events before this are of another thread: its name, and as address its number times 8
} tl__trace_kind;

typedef struct tl__trace_event {
    _Atomic uint64_t time, what;
} tl__trace_event;

enum { TL__TRACE_KIND_BITS = 5, TL__TRACE_NAME_BITS = 14 };

static inline uint64_t tl__trace_what(tl__trace_kind kind, uint32_t name, uintptr_t address)
{
    return (uint64_t)address >> 3 << (TL__TRACE_KIND_BITS + TL__TRACE_NAME_BITS) |
           (uint64_t)name << TL__TRACE_KIND_BITS | (uint64_t)kind;
}

static inline tl__trace_kind tl__trace_kind_of(uint64_t what)
{
    return (tl__trace_kind)(what & ((1u << TL__TRACE_KIND_BITS) - 1));
}

static inline uint32_t tl__trace_name_of(uint64_t what)
{
    return (uint32_t)(what >> TL__TRACE_KIND_BITS) & ((1u << TL__TRACE_NAME_BITS) - 1);
}

static inline uint64_t tl__trace_address_of(uint64_t what)
{
    return what >> (TL__TRACE_KIND_BITS + TL__TRACE_NAME_BITS) << 3;
}

#endif
