// SPDX-License-Identifier: MIT
/// Each thread's ring of its latest events.
///
/// Only its thread writes to a ring; any thread may read it meanwhile. The writer stores both words of an event and
/// then the number of events, all with release. A reader that has loaded (acquire) a word which the writer stored later
/// than the number it knew finds a higher number afterwards, and so knows which of the events that it read may have
/// been overwritten: tl__trace_copy.
///
/// A ring is never freed, since no thread could know that another one has just begun to write to it. When its thread
/// ends, another takes it over, and says so in it (TL__TRACE_LEFT).
#ifndef TELAR_FIBER_TRACE_RING_H
#define TELAR_FIBER_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "fiber/trace_names.h"

typedef struct tl__trace_ring {
    struct tl__trace_ring *next;
    _Atomic uint64_t count; ///< of events that were ever recorded; written by the thread
    _Atomic uint64_t first; ///< number of the first event of this trace
    uint64_t capacity;      ///< a power of two
    bool ticks_are_steady;  ///< as all of this trace's times were read (os/ticks.h)
    // Under the lock.
    bool is_free;
    uint64_t thread; ///< tl__thread_number
    uint32_t name;
    tl__trace_recent recent[TL__TRACE_RECENT_NAMES];
    tl__trace_event events[];
} tl__trace_ring;

/// Returns the latest ring; null: there is none. The others follow, and never change their places.
tl__trace_ring *tl__trace_rings(void);

/// For a trace that begins: the bytes of the events in new rings, and how times are to be read.
void tl__trace_set_up_rings(size_t size, bool steady);

/// Returns a ring for the calling thread; null if there is no memory, or if there was none since the trace began.
/// @param name  number of the thread's name
tl__trace_ring *tl__trace_take_ring(uint64_t thread, uint32_t name);

/// For a thread that ends.
void tl__trace_leave_ring(tl__trace_ring *ring);

static inline void tl__trace_put(tl__trace_ring *ring, uint64_t time, uint64_t what)
{
    uint64_t count = atomic_load_explicit(&ring->count, memory_order_relaxed); // only this thread writes it
    tl__trace_event *event = &ring->events[count & (ring->capacity - 1)];
    // release, all three: see above. On x86 they are plain stores.
    atomic_store_explicit(&event->time, time, memory_order_release);
    atomic_store_explicit(&event->what, what, memory_order_release);
    atomic_store_explicit(&ring->count, count + 1, memory_order_release);
}

/// An event that was copied out of a ring.
typedef struct tl__trace_copied {
    uint64_t time, what;
} tl__trace_copied;

/// Copies the events of this trace that are still in a ring, oldest first, and returns how many.
/// @param to  room for ring->capacity events
size_t tl__trace_copy(const tl__trace_ring *ring, tl__trace_copied *to);

#endif
