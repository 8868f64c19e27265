// SPDX-License-Identifier: MIT
/// The queue of jobs that a worker began or was given: a deque after Chase and Lev ("Dynamic circular work-stealing
/// deque", 2005), bounded, with the jobs themselves in it instead of pointers, so that none needs memory of its own,
/// and with thieves that take several jobs at once, so that owner and thief do not fight over each.
///
/// The owner pushes and takes at the bottom, the latest first. Any other worker steals at the top, the earliest first:
/// of n jobs tl__most_stolen(n). The jobs are those of the indices from top to bottom, and index i is in slot i modulo
/// the size.
///
/// Who owns what: `bottom` is written by the owner only. `top` is an index and a tag; each change of either makes the
/// tag another, so that a compare-and-swap succeeds only if there was none since `top` was loaded. A thief loads `top`,
/// then `bottom`, copies the jobs, and has them when it then moves `top` past them. No thread wrote to their slots
/// meanwhile: the owner pushes there only when it has seen `top` past them. A copy that was torn is thrown away, and
/// since it is made of atomic words it is no race.
///
/// The owner takes index b by storing b to `bottom`, and then loading `top`. All thieves that may still succeed loaded
/// this same `top`, and saw a bottom of at most `peak`, the highest there was since. So b is the owner's when it lies
/// beyond what they can get, top + tl__most_stolen(peak - top). (Thieves that load a later `top` load `bottom` after
/// that, and so see b or less.) Otherwise the owner changes the tag, after which no thief from before can succeed, and
/// those that come see b or less.
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
    TL__JOB_NEAR_WORDS = 4, ///< of the argument, in one cache line with the head
};

/// A place in a list; of a job that waits, or of a fiber that may go on.
typedef struct tl__queued {
    struct tl__queued *next;
} tl__queued;

/// A job that has not begun. The first TL__JOB_HEAD_WORDS words, then the argument.
typedef struct tl__job {
    const tl_fiber_entry *entry;
    tl_counter *counter; ///< counts it until it is done; may be null
    union {
        struct {
            uint8_t rank;       ///< of its priority: 0 comes first
            uint8_t stack;      ///< tl_job_stack
            uint16_t worker1;   ///< place from 1 of the worker that must run it; 0: any
            uint8_t args_words; ///< how many words the argument has
            uint8_t by_pointer; ///< the argument is a pointer to it
            uint16_t unused;
        };
        uint64_t kind; ///< all of these: tl__job_kind
    };
    tl__queued queued;                                             ///< in a list of jobs that wait
    _Alignas(TL_JOB_ARGS_ALIGN) uint64_t args[TL__JOB_ARGS_WORDS]; ///< the near ones are set, used or not
} tl__job;
_Static_assert(sizeof(tl__job) == 8 * TL__JOB_WORDS, "copied word by word");
_Static_assert(offsetof(tl__job, counter) == 8, "tl__slot_counter");
_Static_assert(offsetof(tl__job, kind) == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tl__job_kind");
_Static_assert(offsetof(tl__job, args) == (size_t)8 * TL__JOB_HEAD_WORDS, "the argument comes last");

/// What of a job is one word, put together in a register: a processor that reads a word whose parts were just written
/// one by one waits until all of them have left for the cache.
static inline uint64_t tl__job_kind(unsigned rank, unsigned stack, unsigned worker1, unsigned args_words)
{
    return rank | stack << 8 | worker1 << 16 | (uint64_t)args_words << 32;
}

typedef union tl__job_slot {
    tl__word words[TL__JOB_WORDS];
    _Alignas(LINE_PAIR) char whole[LINE_PAIR];
} tl__job_slot;

typedef struct tl__deque {
    _Alignas(LINE_PAIR) tl__word top; ///< TL__INDEX_BITS of index, the rest tag
    _Alignas(LINE_PAIR) tl__word bottom;
    uint64_t known_top; ///< the owner's: `top` when it last looked
    uint64_t peak;      ///< the owner's: the highest `bottom`, but for what it pushed since it last looked
    uint64_t mask;
    tl__job_slot *slots;
} tl__deque;

#ifndef TL__STEAL_PART
#define TL__STEAL_PART 8 // so that most of what the owner began itself is left to it
#endif

enum {
    TL__INDEX_BITS = 24, ///< more than twice the largest queue
    TL__MOST_STOLEN = 32,
};

/// How many jobs there are from a top to a bottom; may be -1.
static inline int32_t tl__span(uint64_t bottom, uint64_t top)
{
    return (int32_t)((uint32_t)(bottom - top) << (32 - TL__INDEX_BITS)) >> (32 - TL__INDEX_BITS);
}

/// `top` after another `count` jobs, and with another tag.
static inline uint64_t tl__moved(uint64_t top, uint64_t count)
{
    uint64_t index = ((uint64_t)1 << TL__INDEX_BITS) - 1;
    return ((top & ~index) + index + 1) | ((top + count) & index);
}

/// How many of so many jobs, more than none, a thief takes at most.
static inline int32_t tl__most_stolen(int32_t count)
{
    int32_t part = count / TL__STEAL_PART;
    return part < 1 ? 1 : part > TL__MOST_STOLEN ? TL__MOST_STOLEN : part;
}

// Orders that the tests replace, to see that they find it out.
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

// Relaxed throughout: `bottom` and `top` ensure that the words are seen whole. The words of a slot's first cache line,
// which hold most jobs, are copied without a loop: to mispredict its end took longer than the copy.

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
    // Of a torn copy args_words may be anything.
    for (unsigned i = TL__JOB_NEAR_WORDS; UNLIKELY(i < job->args_words) && i < TL__JOB_ARGS_WORDS; ++i)
        tl__slot_read_word(slot, job, TL__JOB_HEAD_WORDS + i);
}

/// Gets the memory of a slot for the calling thief's CPU alone, by writing to the one word that has no meaning in a
/// slot (that of `queued`). Any thread may do so at any time. Where a thief only reads a line, an AMD processor leaves
/// it to both CPUs; and when the owner writes to it again, on the next round of its ring, that takes 30 ns, which each
/// locked instruction after it waits for, prefetched or not. A line that belongs to one CPU at a time is handed over
/// without such waits: 24 ns a flat job on two workers, not 51.
static inline void tl__slot_claim(tl__job_slot *slot)
{
    enum { UNUSED_WORD = offsetof(tl__job, queued) / 8 };
    tl__store(&slot->words[UNUSED_WORD], 0, memory_order_relaxed);
}

static inline const tl_counter *tl__slot_counter(const tl__job_slot *slot)
{
    return (const tl_counter *)(uintptr_t)tl__load(&slot->words[1], memory_order_relaxed);
}

/// How many jobs there are, or were a moment ago.
static inline uint32_t tl__deque_count(const tl__deque *deque)
{
    uint64_t top = tl__load(&deque->top, memory_order_relaxed); // of the past: then it seems to be more than it is
    // seq_cst: the last look before a worker sleeps; pairs with the store in tl__deque_push (idle.c).
    int32_t span = tl__span(tl__load(&deque->bottom, memory_order_seq_cst), top);
    return span > 0 ? (uint32_t)span : 0;
}

/// The owner looked at `top` while there were jobs up to `bottom`.
static inline void tl__deque_know(tl__deque *deque, uint64_t top, uint64_t bottom)
{
    if (top != deque->known_top || tl__span(bottom, deque->peak) > 0)
        deque->peak = bottom;
    deque->known_top = top;
}

/// The owner's: how many more jobs there is room for.
static inline uint32_t tl__deque_room(tl__deque *deque)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // its own
    // acquire: pairs with the compare-and-swap of the thief that emptied a slot; its reads come before our writes.
    tl__deque_know(deque, tl__load(&deque->top, memory_order_acquire), bottom);
    return (uint32_t)deque->mask + 1 - (uint32_t)tl__span(bottom, deque->known_top);
}

/// The owner's. False when it is full.
static inline bool tl__deque_push(tl__deque *deque, const tl__job *job)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed); // its own
    if (tl__span(bottom, deque->known_top) > (int32_t)deque->mask && tl__deque_room(deque) == 0)
        return false;
    tl__slot_write(tl__deque_slot(deque, bottom), job);
    // release, for the thief that acquires `bottom`: the job is whole. And seq_cst, for the worker that is about to
    // sleep: either it sees this, or we see that it sleeps (idle.c).
    tl__store(&deque->bottom, bottom + 1, TL__ORDER_PUSH);
    tl__prefetch_to_write(tl__deque_slot(deque, bottom + 6));
    return true;
}

/// The owner's: the job that it would take next, as far as it knows; null when there is none.
static inline tl__job_slot *tl__deque_peek(const tl__deque *deque)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed);
    // A thief may have got that one; taking it finds that out.
    uint64_t top = tl__load(&deque->top, memory_order_relaxed);
    return tl__span(bottom, top) == 0 ? NULL : tl__deque_slot(deque, bottom - 1);
}

/// The owner's, which stored `bottom`: whether what lies there is now its own.
static inline bool tl__deque_is_own(tl__deque *deque, uint64_t bottom)
{
    for (;;) {
        // seq_cst, as the store of `bottom` before and the two loads of tl__deque_steal: either a thief sees that
        // bottom, or we see the `top` that it moved.
        uint64_t top = tl__load(&deque->top, memory_order_seq_cst);
        tl__deque_know(deque, top, bottom + 1);
        int32_t below = tl__span(bottom, top);
        if (below < 0 || below >= tl__most_stolen(tl__span(deque->peak, top)))
            return below >= 0;
        uint64_t next = tl__moved(top, 0);
        // seq_cst: who loads this one loads `bottom` after our store; pairs with tl__deque_steal.
        if (tl__cas(&deque->top, &top, next, memory_order_seq_cst)) {
            deque->known_top = next;
            deque->peak = bottom;
            return true;
        }
    }
}

/// The owner's. False when there is none.
static inline bool tl__deque_take(tl__deque *deque, tl__job *job)
{
    uint64_t bottom = tl__load(&deque->bottom, memory_order_relaxed);
    if (tl__span(bottom, tl__load(&deque->top, memory_order_relaxed)) == 0)
        return false; // top only moves forwards, and not beyond bottom: it is still so
    --bottom;
    tl__store(&deque->bottom, bottom, TL__ORDER_TAKE); // pairs with tl__deque_steal
    if (tl__deque_is_own(deque, bottom)) {
        tl__slot_read(tl__deque_slot(deque, bottom), job);
        return true;
    }
    // relaxed: it is empty, so no thread learns of jobs from it.
    tl__store(&deque->bottom, bottom + 1, memory_order_relaxed);
    return false;
}

/// The caller owns `to`, and takes the earliest job of `from`, and perhaps some more, which it puts there.
/// @return how many; 0 when there are none, or another was faster
static inline uint32_t tl__deque_steal(tl__deque *from, tl__deque *to, tl__job *job)
{
    // seq_cst, both, in this order: pairs with tl__deque_is_own. The second also acquires what tl__deque_push released.
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
    uint64_t bottom = tl__load(&to->bottom, memory_order_relaxed); // its own
    for (uint32_t i = 1; i < most; ++i) {
        tl__job more;
        tl__slot_read(tl__deque_slot(from, top + i), &more);
        tl__slot_write(tl__deque_slot(to, bottom + i - 1), &more); // not yet to be seen by anybody
    }
#ifdef TL__PLANT_DOUBLE_RUN
    tl__store(&from->top, tl__moved(top, most), memory_order_seq_cst);
#else
    // release: the reads come before the owner sees the slots as empty (tl__deque_room); seq_cst: pairs with
    // tl__deque_is_own.
    if (!tl__cas(&from->top, &top, tl__moved(top, most), memory_order_seq_cst))
        return 0;
#endif
    if (most > 1)
        tl__store(&to->bottom, bottom + most - 1, TL__ORDER_PUSH); // as in tl__deque_push
    return most;
}

#endif
