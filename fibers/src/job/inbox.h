// SPDX-License-Identifier: MIT
/// What comes to a worker from elsewhere: fibers that may go on, and jobs that lie in memory of their own, each in the
/// order in which they came, apart for each priority. Anybody puts and takes, under a lock.
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
    tl__word count[TL__RANKS], total; ///< of both kinds; written under the lock, read without
    struct {
        tl__queued *first, **end;
    } lists[TL__QUEUED_KINDS][TL__RANKS];
} tl__inbox;

void tl__inbox_init(tl__inbox *inbox);

/// Whether something of that rank is in it.
static inline bool tl__inbox_has(const tl__inbox *inbox, unsigned rank)
{
    // seq_cst: the last look before a worker sleeps; pairs with the store after a put (idle.c). What is found is read
    // under the lock.
    return tl__load(&inbox->count[rank], memory_order_seq_cst) != 0;
}

static inline bool tl__inbox_has_any(const tl__inbox *inbox)
{
    return tl__load(&inbox->total, memory_order_seq_cst) != 0; // the same
}

void tl__inbox_put(tl__inbox *inbox, tl__queued_kind kind, unsigned rank, tl__queued *queued);

/// Null when there is none.
tl__queued *tl__inbox_take(tl__inbox *inbox, tl__queued_kind kind, unsigned rank);

#endif
