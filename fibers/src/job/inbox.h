// SPDX-License-Identifier: MIT
/// A queue of work for one worker or for all: runnable job fibers, and jobs in memory of their own (tl__pending). There
/// is a first-in, first-out list for each kind and rank. Any thread may put and take, under the inbox's lock.
#ifndef TELAR_JOB_INBOX_H
#define TELAR_JOB_INBOX_H

#include "base/atomics.h"
#include "base/compiler.h"
#include "job/deque.h"
#include "os/spin.h"

enum { TL__RANKS = 3 };

typedef enum tl__queued_kind { TL__QUEUED_JOB_FIBER, TL__QUEUED_JOB, TL__QUEUED_KINDS } tl__queued_kind;

typedef struct tl__inbox {
    _Alignas(LINE_PAIR) tl__spin spin;
    tl__word count[TL__RANKS], total; ///< numbers of items of both kinds; written under the lock, read without it
    struct {
        tl__queued *first, **end;
    } lists[TL__QUEUED_KINDS][TL__RANKS];
} tl__inbox;

void tl__inbox_init(tl__inbox *inbox);

/// Whether the inbox holds work of that rank.
static inline bool tl__inbox_has(const tl__inbox *inbox, unsigned rank)
{
    // seq_cst: a worker's last check before it sleeps; pairs with the stores of change_count after a put (idle.c). The
    // work itself is read under the lock.
    return tl__load(&inbox->count[rank], memory_order_seq_cst) != 0;
}

static inline bool tl__inbox_has_any(const tl__inbox *inbox)
{
    return tl__load(&inbox->total, memory_order_seq_cst) != 0; // as in tl__inbox_has
}

void tl__inbox_put(tl__inbox *inbox, tl__queued_kind kind, unsigned rank, tl__queued *queued);

/// Removes and returns the first item of that kind and rank. Returns null when there is none.
tl__queued *tl__inbox_take(tl__inbox *inbox, tl__queued_kind kind, unsigned rank);

#endif
