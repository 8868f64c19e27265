// SPDX-License-Identifier: MIT
/// The queue of a worker's own and stolen jobs: a work-stealing deque after Chase and Lev ("Dynamic circular
/// work-stealing deque", 2005). It is bounded. It holds the jobs themselves instead of pointers, so a job needs no
/// memory of its own. A thief takes several jobs at once, so that owner and thief do not contend for each job.
///
/// The owner pushes and takes jobs at the bottom, the latest first. Any other worker steals jobs at the top, the
/// earliest first: tl__most_stolen(n) out of n jobs. The jobs have the indices from top up to, but excluding, bottom;
/// index i is in slot i modulo the size.
///
/// Ownership: only the owner writes `bottom`. `top` consists of an index and a tag; each change of `top` changes the
/// tag, so a compare-and-swap succeeds only if `top` has not changed since it was loaded. A thief loads `top`, then
/// `bottom`, copies the jobs, and owns them if its compare-and-swap then moves `top` past them. In that case no thread
/// wrote to their slots meanwhile, since the owner pushes to a slot only after it has seen a `top` past that slot. If
/// it fails, the copy may be torn, and is discarded; since it is made of atomic words, there is no data race.
///
/// To take the job at index b, the owner stores b to `bottom`, and then loads `top`. All thieves that may still succeed
/// loaded this same `top`, and a `bottom` of at most `peak`, the highest value since `top` changed. So the job is the
/// owner's if it lies beyond the jobs that these thieves can take: at index top + tl__most_stolen(peak - top) or later.
/// (A thief that loads a later `top` loads `bottom` after that, and so sees b or less.) Otherwise the owner changes the
/// tag; after that no earlier thief can succeed, and later thieves see b or less.
#ifndef TELAR_JOB_DEQUE_H
#define TELAR_JOB_DEQUE_H

#include <string.h>

#include "base/atomics.h"
#include "base/compiler.h"
#include "telar/job.h"

enum {
    TL__JOB_HEAD_WORDS = 4,
    TL__JOB_ARGS_WORDS = TL_JOB_ARGS_MAX / 8,
    TL__JOB_WORDS = TL__JOB_HEAD_WORDS + TL__JOB_ARGS_WORDS,
    TL__JOB_NEAR_WORDS = 4, ///< words of the argument that are in the same cache line as the head
};

/// Link in a list of jobs or of job fibers.
typedef struct tl__queued {
    struct tl__queued *next;
} tl__queued;

/// A job that has not begun: a head of TL__JOB_HEAD_WORDS words, then the argument.
typedef struct tl__job {
    const tl_fiber_entry *entry;
    tl_counter *counter; ///< counts the job until it is done; may be null
    union {
        struct {
            uint8_t rank;       ///< rank of its priority: 0 runs first
            uint8_t stack;      ///< tl_job_stack
            uint16_t worker1;   ///< index, plus 1, of the only worker that may run it; 0: any
            uint8_t args_words; ///< number of words of the argument
            uint8_t by_pointer; ///< args[0] is a pointer to the argument
            uint16_t unused;
        };
        uint64_t kind; ///< all of these fields as one word (tl__job_kind)
    };
    tl__queued queued;                                             ///< link in a list of jobs
    _Alignas(TL_JOB_ARGS_ALIGN) uint64_t args[TL__JOB_ARGS_WORDS]; ///< the first TL__JOB_NEAR_WORDS are always set
} tl__job;
_Static_assert(sizeof(tl__job) == 8 * TL__JOB_WORDS, "copied word by word");
_Static_assert(offsetof(tl__job, counter) == 8, "tl__slot_counter");
_Static_assert(offsetof(tl__job, kind) == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tl__job_kind");
_Static_assert(offsetof(tl__job, args) == (size_t)8 * TL__JOB_HEAD_WORDS, "the argument comes last");

/// Combines the small fields of a job into one word, in a register. (If they were written to memory one by one and then
/// read as one word, the processor would stall until all these stores have reached the cache.)
static inline uint64_t tl__job_kind(unsigned rank, unsigned stack, unsigned worker1, unsigned args_words)
{
    return rank | stack << 8 | worker1 << 16 | (uint64_t)args_words << 32;
}

typedef union tl__job_slot {
    tl__word words[TL__JOB_WORDS];
    _Alignas(LINE_PAIR) char whole[LINE_PAIR];
} tl__job_slot;

typedef struct tl__deque {
    _Alignas(LINE_PAIR) tl__word top; ///< index of TL__INDEX_BITS bits, the other bits are the tag
    _Alignas(LINE_PAIR) tl__word bottom;
    uint64_t known_top; ///< only for the owner: the `top` that it loaded last
    uint64_t peak; ///< only for the owner: highest `bottom` since `top` changed, as of the owner's last load of `top`
    uint64_t mask;
    tl__job_slot *slots;
} tl__deque;

#ifndef TL__STEAL_PART
#define TL__STEAL_PART 8 // a thief takes an eighth of the jobs, so that the owner keeps most of those that it started
#endif

enum {
    TL__INDEX_BITS = 24, ///< enough for more than twice as many indices as the largest queue has jobs
    TL__MOST_STOLEN = 32,
};

/// Returns the number of jobs between a top and a bottom; -1 if bottom is one below top.
static inline int32_t tl__span(uint64_t bottom, uint64_t top)
{
    return (int32_t)((uint32_t)(bottom - top) << (32 - TL__INDEX_BITS)) >> (32 - TL__INDEX_BITS);
}

/// Returns `top` moved past another `count` jobs, with another tag.
static inline uint64_t tl__moved(uint64_t top, uint64_t count)
{
    uint64_t index = ((uint64_t)1 << TL__INDEX_BITS) - 1;
    return ((top & ~index) + index + 1) | ((top + count) & index);
}

/// Returns the most jobs that a thief takes out of `count` (> 0).
static inline int32_t tl__most_stolen(int32_t count)
{
    int32_t part = count / TL__STEAL_PART;
    return part < 1 ? 1 : part > TL__MOST_STOLEN ? TL__MOST_STOLEN : part;
}

// Memory orders that a build for tests can weaken, to check that the interleaving test detects it.
#ifndef TL__ORDER_TAKE
#define TL__ORDER_TAKE memory_order_seq_cst
#endif
#ifndef TL__ORDER_PUSH
#define TL__ORDER_PUSH memory_order_seq_cst
#endif

static inline tl__job_slot *tl__deque_slot(const tl__deque *deque, uint64_t index)
{
    return &deque->slots[index & deque->mask];
}

// These functions copy jobs into and out of slots. Relaxed throughout: the memory orders of `bottom` and `top` ensure
// that whole jobs are seen. The words of a slot's first cache line, which is all that most jobs use, are copied without
// a loop: a mispredicted loop end took longer than the copy.

static inline void tl__slot_write_word(tl__job_slot *slot, const tl__job *job, unsigned i)
{
    uint64_t word;
    memcpy(&word, (const char *)job + (size_t)8 * i, 8);
    tl__store(&slot->words[i], word, memory_order_relaxed);
}

static inline void tl__slot_read_word(tl__job_slot *slot, tl__job *job, unsigned i)
{
    uint64_t word = tl__load(&slot->words[i], memory_order_relaxed);
    memcpy((char *)job + (size_t)8 * i, &word, 8);
}

static inline void tl__slot_write(tl__job_slot *slot, const tl__job *job)
{
    tl__slot_write_word(slot, job, 0);
    tl__slot_write_word(slot, job, 1);
    tl__slot_write_word(slot, job, 2);
    tl__slot_write_word(slot, job, TL__JOB_HEAD_WORDS);
    tl__slot_write_word(slot, job, TL__JOB_HEAD_WORDS + 1);
    tl__slot_write_word(slot, job, TL__JOB_HEAD_WORDS + 2);
    tl__slot_write_word(slot, job, TL__JOB_HEAD_WORDS + 3);
    for (unsigned i = TL__JOB_NEAR_WORDS; UNLIKELY(i < job->args_words); ++i)
        tl__slot_write_word(slot, job, TL__JOB_HEAD_WORDS + i);
}

static inline void tl__slot_read(tl__job_slot *slot, tl__job *job)
{
    tl__slot_read_word(slot, job, 0);
    tl__slot_read_word(slot, job, 1);
    tl__slot_read_word(slot, job, 2);
    tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS);
    tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS + 1);
    tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS + 2);
    tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS + 3);
    // In a torn copy args_words may have any value.
    for (unsigned i = TL__JOB_NEAR_WORDS; UNLIKELY(i < job->args_words) && i < TL__JOB_ARGS_WORDS; ++i)
        tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS + i);
}

/// Makes a slot's cache line exclusive to the calling thief's CPU, by writing to the one word that has no meaning in a
/// slot (that of `queued`), which any thread may do at any time. If a thief only reads the line, an AMD processor
/// leaves it shared by both CPUs. When the owner writes to that slot again, one round of the ring later, the write
/// takes 30 ns, and each locked instruction after it waits for it, whether the line was prefetched or not. A line that
/// belongs to one CPU at a time is transferred without such waits: a job then takes 24 ns instead of 51, measured on
/// two workers.
static inline void tl__slot_claim(tl__job_slot *slot)
{
    enum { UNUSED_WORD = offsetof(tl__job, queued) / 8 };
    tl__store(&slot->words[UNUSED_WORD], 0, memory_order_relaxed);
}

/// Owner only: returns the counter of the job in a slot of its deque. relaxed: only the owner writes that word. (If a
/// thief steals the job meanwhile, tl__deque_take returns false.)
static inline const tl_counter *tl__slot_counter(const tl__job_slot *slot)
{
    return (const tl_counter *)(uintptr_t)tl__load(&slot->words[1], memory_order_relaxed);
}

/// Returns the number of jobs at some moment during the call.
static inline uint32_t tl__deque_count(const tl__deque *deque)
{
    uint64_t top = tl__load(&deque->top, memory_order_relaxed); // if it is stale, the count is too high
    // seq_cst: a worker's last check before it sleeps; pairs with the store in tl__deque_push (see idle.c).
    int32_t span = tl__span(tl__load(&deque->bottom, memory_order_seq_cst), top);
    return span > 0 ? (uint32_t)span : 0;
}

/// Records, for `peak`, that the owner loaded `top` when its deque ended at `bottom`.
static inline void tl__deque_know(tl__deque *deque, uint64_t top, uint64_t bottom)
{
    if (top != deque->known_top || tl__span(bottom, deque->peak) > 0)
        deque->peak = bottom;
    deque->known_top = top;
}

/// Owner only: returns how many more jobs it can push.
static inline uint32_t tl__deque_room(tl__deque *deque)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // only the owner writes it
    // acquire: pairs with the compare-and-swap of the thief that emptied a slot, so that its reads of the slot come
    // before our writes.
    tl__deque_know(deque, tl__load(&deque->top, memory_order_acquire), bottom);
    return (uint32_t)deque->mask + 1 - (uint32_t)tl__span(bottom, deque->known_top);
}

/// Owner only: pushes a job. Returns false when the deque is full.
static inline bool tl__deque_push(tl__deque *deque, const tl__job *job)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // only the owner writes it
    if (tl__span(bottom, deque->known_top) > (int32_t)deque->mask && tl__deque_room(deque) == 0)
        return false;
    tl__slot_write(tl__deque_slot(deque, bottom), job);
    // release: a thief that acquires `bottom` sees the whole job. seq_cst: either a worker that is about to sleep sees
    // the job, or we see that the worker sleeps (idle.c).
    tl__store(&deque->bottom, bottom + 1, TL__ORDER_PUSH);
    tl__prefetch_to_write(tl__deque_slot(deque, bottom + 6));
    return true;
}

/// Owner only: returns the slot of the job that tl__deque_take would take; null if there seems to be none.
static inline tl__job_slot *tl__deque_peek(const tl__deque *deque)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // relaxed: only the owner writes it
    // relaxed: if it is stale, a thief may already have stolen that job; tl__deque_take finds out.
    uint64_t top = tl__load(&deque->top, memory_order_relaxed);
    return tl__span(bottom, top) == 0 ? NULL : tl__deque_slot(deque, bottom - 1);
}

/// Owner only, after it stored `bottom`: returns whether the job at index `bottom` is now its own.
static inline bool tl__deque_is_own(tl__deque *deque, uint64_t bottom)
{
    for (;;) {
        // seq_cst, like the store of `bottom` before and the two loads in tl__deque_steal: either a thief sees that
        // `bottom`, or we see the `top` that it moved.
        uint64_t top = tl__load(&deque->top, memory_order_seq_cst);
        tl__deque_know(deque, top, bottom + 1);
        int32_t below = tl__span(bottom, top);
        if (below < 0 || below >= tl__most_stolen(tl__span(deque->peak, top)))
            return below >= 0;
        uint64_t next = tl__moved(top, 0);
        // seq_cst: a thief that loads this `top` loads `bottom` after our store; pairs with tl__deque_steal.
        if (tl__cas(&deque->top, &top, next, memory_order_seq_cst)) {
            deque->known_top = next;
            deque->peak = bottom;
            return true;
        }
    }
}

/// Owner only: takes the latest job. Returns false when there is none.
static inline bool tl__deque_take(tl__deque *deque, tl__job *job)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // relaxed: only the owner writes it
    if (tl__span(bottom, tl__load(&deque->top, memory_order_relaxed)) == 0)
        return false; // `top` only moves forwards, and not beyond `bottom`: the deque is still empty
    --bottom;
    tl__store(&deque->bottom, bottom, TL__ORDER_TAKE); // pairs with tl__deque_steal
    if (tl__deque_is_own(deque, bottom)) {
        tl__slot_read(tl__deque_slot(deque, bottom), job);
        return true;
    }
    // relaxed: the deque is empty, so no thread learns of jobs from this store.
    tl__store(&deque->bottom, bottom + 1, memory_order_relaxed);
    return false;
}

/// Steals the earliest job of `from` into `job`. May steal more, which it pushes to `to`, the caller's own deque.
/// @return the number of stolen jobs; 0 when `from` is empty, or another thread was faster
static inline uint32_t tl__deque_steal(tl__deque *from, tl__deque *to, tl__job *job)
{
    // Both loads seq_cst, in this order: pairs with tl__deque_is_own. The second also acquires what tl__deque_push
    // released.
    uint64_t top = tl__load(&from->top, memory_order_seq_cst);
    int32_t count = tl__span(tl__load(&from->bottom, memory_order_seq_cst), top);
    if (count <= 0)
        return 0;
    uint32_t most = (uint32_t)tl__most_stolen(count);
    if (most > 1 && most - 1 > tl__deque_room(to))
        most = 1;
    for (uint32_t i = 0; i < most; ++i)
        tl__slot_claim(tl__deque_slot(from, top + i));
    tl__slot_read(tl__deque_slot(from, top), job);
    uint64_t bottom = tl__load(&to->bottom, memory_order_relaxed); // only the caller writes it
    for (uint32_t i = 1; i < most; ++i) {
        tl__job more;
        tl__slot_read(tl__deque_slot(from, top + i), &more);
        tl__slot_write(tl__deque_slot(to, bottom + i - 1), &more); // no thread can see it yet
    }
#ifdef TL__PLANT_DOUBLE_RUN
    tl__store(&from->top, tl__moved(top, most), memory_order_seq_cst);
#else
    // release: our reads of the slots come before the owner sees them as empty (tl__deque_room). seq_cst: pairs with
    // tl__deque_is_own.
    if (!tl__cas(&from->top, &top, tl__moved(top, most), memory_order_seq_cst))
        return 0;
#endif
    if (most > 1)
        tl__store(&to->bottom, bottom + most - 1, TL__ORDER_PUSH); // order as in tl__deque_push
    return most;
}

#endif
