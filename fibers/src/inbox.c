#include "inbox.h"

#include "jobs_internal.h"

void tl__inbox_init(tl__inbox *inbox)
{
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        inbox->runners[rank].end = &inbox->runners[rank].first;
        inbox->jobs[rank].end = &inbox->jobs[rank].first;
    }
}

static void change_count(tl__inbox *inbox, unsigned rank, int change)
{
    // relaxed: nobody else writes while we have the lock. seq_cst: pairs with tl__inbox_has and _has_any.
    uint64_t count = tl__load(&inbox->count[rank], memory_order_relaxed) + (uint64_t)(int64_t)change;
    uint64_t total = tl__load(&inbox->total, memory_order_relaxed) + (uint64_t)(int64_t)change;
    tl__store(&inbox->count[rank], count, memory_order_seq_cst);
    tl__store(&inbox->total, total, memory_order_seq_cst);
}

void tl__inbox_put_runner(tl__inbox *inbox, unsigned rank, tl__runner *runner)
{
    runner->next = NULL;
    tl__spin_lock(&inbox->spin);
    tl__writes(inbox);
    *inbox->runners[rank].end = runner;
    inbox->runners[rank].end = &runner->next;
    change_count(inbox, rank, 1);
    tl__spin_unlock(&inbox->spin);
}

void tl__inbox_put_job(tl__inbox *inbox, tl__job *job)
{
    job->next = NULL;
    tl__spin_lock(&inbox->spin);
    tl__writes(inbox);
    *inbox->jobs[job->rank].end = job;
    inbox->jobs[job->rank].end = &job->next;
    change_count(inbox, job->rank, 1);
    tl__spin_unlock(&inbox->spin);
}

tl__runner *tl__inbox_take_runner(tl__inbox *inbox, unsigned rank)
{
    if (!tl__inbox_has(inbox, rank))
        return NULL;
    tl__spin_lock(&inbox->spin);
    tl__writes(inbox);
    tl__runner *first = inbox->runners[rank].first;
    if (first != NULL) {
        inbox->runners[rank].first = first->next;
        if (first->next == NULL)
            inbox->runners[rank].end = &inbox->runners[rank].first;
        change_count(inbox, rank, -1);
    }
    tl__spin_unlock(&inbox->spin);
    return first;
}

tl__job *tl__inbox_take_job(tl__inbox *inbox, unsigned rank)
{
    if (!tl__inbox_has(inbox, rank))
        return NULL;
    tl__spin_lock(&inbox->spin);
    tl__writes(inbox);
    tl__job *first = inbox->jobs[rank].first;
    if (first != NULL) {
        inbox->jobs[rank].first = first->next;
        if (first->next == NULL)
            inbox->jobs[rank].end = &inbox->jobs[rank].first;
        change_count(inbox, rank, -1);
    }
    tl__spin_unlock(&inbox->spin);
    return first;
}
