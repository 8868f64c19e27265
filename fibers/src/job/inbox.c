// SPDX-License-Identifier: MIT
#include "job/inbox.h"
#include "os/spin.h"

void tl__inbox_init(tl__inbox *inbox)
{
    for (unsigned kind = 0; kind < TL__QUEUED_KINDS; ++kind)
        for (unsigned rank = 0; rank < TL__RANKS; ++rank)
            inbox->lists[kind][rank].end = &inbox->lists[kind][rank].first;
}

static void change_count(tl__inbox *inbox, unsigned rank, int change)
{
    // relaxed: no other thread writes while we hold the lock. seq_cst: pairs with tl__inbox_has and _has_any.
    uint64_t count = tl__load(&inbox->count[rank], memory_order_relaxed) + (uint64_t)(int64_t)change;
    uint64_t total = tl__load(&inbox->total, memory_order_relaxed) + (uint64_t)(int64_t)change;
    tl__store(&inbox->count[rank], count, memory_order_seq_cst);
    tl__store(&inbox->total, total, memory_order_seq_cst);
}

void tl__inbox_put(tl__inbox *inbox, tl__queued_kind kind, unsigned rank, tl__queued *queued)
{
    queued->next = NULL;
    tl__spin_acquire(&inbox->spin);
    tl__writes(inbox);
    *inbox->lists[kind][rank].end = queued;
    inbox->lists[kind][rank].end = &queued->next;
    change_count(inbox, rank, 1);
    tl__spin_release(&inbox->spin);
}

tl__queued *tl__inbox_take(tl__inbox *inbox, tl__queued_kind kind, unsigned rank)
{
    if (!tl__inbox_has(inbox, rank))
        return NULL;
    tl__spin_acquire(&inbox->spin);
    tl__writes(inbox);
    tl__queued *first = inbox->lists[kind][rank].first;
    if (first != NULL) {
        inbox->lists[kind][rank].first = first->next;
        if (first->next == NULL)
            inbox->lists[kind][rank].end = &inbox->lists[kind][rank].first;
        change_count(inbox, rank, -1);
    }
    tl__spin_release(&inbox->spin);
    return first;
}
