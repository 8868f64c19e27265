// SPDX-License-Identifier: MIT
#include "fiber/trace_ring.h"

#include <string.h>

#include "os/memory.h"
#include "os/ticks.h"

static _Atomic(tl__trace_ring *) all_rings; // written under the lock
// Under the lock.
static size_t new_ring_size;
static bool new_rings_are_steady, ring_refused;

tl__trace_ring *tl__trace_rings(void)
{
    return atomic_load_explicit(&all_rings, memory_order_acquire); // pairs with make_ring
}

/// Those of an earlier trace may be too small.
static tl__trace_ring *free_ring(void)
{
    for (tl__trace_ring *ring = tl__trace_rings(); ring != NULL; ring = ring->next)
        if (ring->is_free && ring->capacity >= new_ring_size / sizeof *ring->events)
            return ring;
    return NULL;
}

static tl__trace_ring *make_ring(void)
{
    size_t size = sizeof(tl__trace_ring) + new_ring_size, page = tl__page_size();
    size = (size + page - 1) / page * page;
    tl__trace_ring *made = tl__memory_map(size);
    if (made != NULL && !tl__memory_commit(made, size)) {
        tl__memory_unmap(made, size);
        made = NULL;
    }
    if (made == NULL)
        return NULL;
    made->capacity = new_ring_size / sizeof *made->events;
    made->next = tl__trace_rings();
    atomic_store_explicit(&all_rings, made, memory_order_release); // pairs with tl__trace_rings
    return made;
}

void tl__trace_set_up_rings(size_t size, bool steady)
{
    tl__trace_lock();
    new_ring_size = size;
    new_rings_are_steady = steady;
    ring_refused = false;
    for (tl__trace_ring *ring = tl__trace_rings(); ring != NULL; ring = ring->next)
        atomic_store_explicit(&ring->first, atomic_load_explicit(&ring->count, memory_order_relaxed),
                              memory_order_relaxed);
    tl__trace_unlock();
}

tl__trace_ring *tl__trace_take_ring(uint64_t thread, uint32_t name)
{
    tl__trace_lock();
    tl__trace_ring *ring = ring_refused ? NULL : free_ring();
    if (ring != NULL)
        tl__trace_put(ring, tl__ticks(new_rings_are_steady),
                      tl__trace_what(TL__TRACE_LEFT, ring->name, (uintptr_t)ring->thread << 3));
    else if (!ring_refused)
        ring = make_ring();
    ring_refused = ring == NULL;
    if (ring != NULL) {
        ring->ticks_are_steady = new_rings_are_steady;
        ring->is_free = false;
        ring->thread = thread;
        ring->name = name;
        memset(ring->recent, 0, sizeof ring->recent);
    }
    tl__trace_unlock();
    return ring;
}

void tl__trace_leave_ring(tl__trace_ring *ring)
{
    tl__trace_lock();
    ring->is_free = true;
    tl__trace_unlock();
}

static tl__trace_copied copy_event(const tl__trace_event *event)
{
    // acquire: pairs with tl__trace_put. If this is an event that has replaced the one looked for, `count` says so from
    // now on.
    uint64_t time = atomic_load_explicit(&event->time, memory_order_acquire);
    return (tl__trace_copied){time, atomic_load_explicit(&event->what, memory_order_acquire)};
}

/// Sets *overwritten to how many events were overwritten meanwhile.
static size_t copy_once(const tl__trace_ring *ring, tl__trace_copied *to, size_t *overwritten)
{
    uint64_t end = atomic_load_explicit(&ring->count, memory_order_acquire); // pairs with tl__trace_put
    uint64_t begin = atomic_load_explicit(&ring->first, memory_order_relaxed);
    if (end - begin > ring->capacity)
        begin = end - ring->capacity;
    for (uint64_t at = begin; at < end; ++at)
        to[at - begin] = copy_event(&ring->events[at & (ring->capacity - 1)]);
    // The thread may be writing event number `now` already.
    uint64_t now = atomic_load_explicit(&ring->count, memory_order_relaxed);
    uint64_t lost = now - begin < ring->capacity ? 0 : now - begin - ring->capacity + 1;
    *overwritten = (size_t)lost;
    if (lost >= end - begin)
        return 0;
    memmove(to, to + lost, (size_t)(end - begin - lost) * sizeof *to);
    return (size_t)(end - begin - lost);
}

size_t tl__trace_copy(const tl__trace_ring *ring, tl__trace_copied *to)
{
    enum { MOST_TRIES = 16 };
    size_t count, lost;
    int tries = 0;
    do // again if the system took the CPU from this thread, but not from the one that records
        count = copy_once(ring, to, &lost);
    while (lost > ring->capacity / 2 && ++tries < MOST_TRIES);
    return count;
}
