// SPDX-License-Identifier: MIT
/// The state of a thread: the fiber that it runs, and pointers that other layers keep there.
///
/// No function that accesses a thread-local and is called from other files may be inlined there, not even at link time:
/// the caller could keep the variable's address across a switch, after which its fiber may be on another thread. The
/// inline functions here are for files whose own functions are never inlined elsewhere. A test checks the linked code
/// for that.
#ifndef TELAR_FIBER_THREAD_H
#define TELAR_FIBER_THREAD_H

#include "base/compiler.h"
#include "fiber/control_block.h"
#include "os/thread_slot.h"
#include "telar/api.h"

typedef struct tl__worker_record tl__worker_record;

typedef struct tl__thread_state {
    tl_fiber *current;           ///< the running fiber; outside any, &root, or at first &tl__unattached_thread
    tl_fiber root;               ///< the thread's own context, in the form of a fiber. Its resumer is null
    const tl_fiber *interrupted; ///< the fiber onto whose stack a frame is being pushed now (interrupt in fiber.c)
    /// The control words of all contexts that do not keep their own, saved while a context that keeps its own is
    /// running.
    tl__float_control shared_float_control;
    tl__worker_record *worker; ///< the thread as a worker of a job system; may be null
    void *script;              ///< the engine's pointer: the script that runs on this thread
    uint64_t number;           ///< 0 until tl__thread_number is called
    bool reports_overflow;     ///< the report of overflows is enabled on this thread
    int system_id;             ///< tl__thread_system_id, by which a debugger knows the thread
    tl__root listed;
    struct tl__trace_ring *trace; ///< where the thread records its events; null at first
    const char *trace_name;       ///< the thread's name in traces; null: it has none
    bool has_ended;               ///< the thread is ending, and records nothing any more
#ifdef TELAR_EXPLORE
    uintptr_t holder; ///< identifies the thread in place of &root, which all threads of the interleaving test share
#endif
} tl__thread_state;

/// What `current` points to on a thread that has not resumed a fiber yet. Never written.
extern tl_fiber tl__unattached_thread;

#ifdef TL__HAS_THREAD_SLOT
extern const tl__thread_state tl__thread_state_at_first;

static inline tl__thread_state *tl__thread_state_here(void)
{
    tl__thread_state *state = tl__thread_slot();
    return LIKELY(state != NULL) ? state : tl__thread_slot_fill(&tl__thread_state_at_first, sizeof *state);
}

#define tl__this_thread (*tl__thread_state_here())

/// Returns the state; null on a thread that is new to the library, whose state must be made first.
static inline tl__thread_state *tl__thread_state_found(void)
{
    return tl__thread_slot();
}
#else
extern FAST_THREAD_LOCAL tl__thread_state tl__this_thread;

static inline tl__thread_state *tl__thread_state_found(void)
{
    return &tl__this_thread; // never null, as compilers know
}
#endif

/// Returns the running fiber, or null outside any.
static inline tl_fiber *tl__running_fiber(void)
{
    return tl__resumer(tl__this_thread.current) != NULL ? tl__this_thread.current : NULL;
}

#ifdef TELAR_EXPLORE
/// For the interleaving test, which runs several simulated threads on one: the initial state of a thread, and the
/// switch from one thread to another.
tl__thread_state tl__thread_state_fresh(uintptr_t holder);
void tl__thread_exchange(tl__thread_state *other);
#endif

/// The thread and fiber that a call comes from.
typedef struct tl__here {
    tl__worker_record *worker; ///< the thread as a worker of a job system; may be null
    tl_fiber *current;         ///< the running fiber; outside any, the thread's own context or tl__unattached_thread
} tl__here;

tl__here tl__thread_here(void);
void tl__thread_set_worker(tl__worker_record *worker);

/// Returns where the thread keeps a pointer for the engine, null at first. While the thread runs jobs, the pointer is
/// null.
TL_API void **tl__thread_script_slot(void);
TL_API void *tl__thread_get_script(void);
/// Sets that pointer and returns the one before.
TL_API void *tl__thread_set_script(void *script);

/// Returns the calling thread's number, which no other thread ever has. Never 0.
TL_API uint64_t tl__thread_number(void);

/// Returns a number that identifies the calling thread among all threads that exist now. Never 0.
static inline uintptr_t tl__thread_token(void)
{
    return (uintptr_t)tl__thread_script_slot();
}

/// Returns the saved context of a fiber that waits on this thread for a fiber that it resumed; null if it does not.
const tl__context *tl__fiber_waits_in(const tl_fiber *fiber);

/// Whether the fiber waits on this thread for a fiber that it resumed.
static inline bool tl__fiber_is_waiting(const tl_fiber *fiber)
{
    return tl__fiber_waits_in(fiber) != NULL;
}

/// Whether the fiber is the running one and not in a clean-up.
bool tl__fiber_runs_here(const tl_fiber *fiber);

#ifdef NDEBUG
enum { TL__CHECKS_SPINLOCKS = false };
#else
enum { TL__CHECKS_SPINLOCKS = true };
#endif

/// In a debug build: reports misuse if the running fiber or thread, which is about to wait, holds a spinlock.
void tl__check_spinlocks(const char *call);
/// In a debug build: reports misuse if a fiber that ends, or whose job ends, holds a spinlock. Then resets the fiber's
/// count of spinlocks, as the next fiber or job on that stack holds none.
void tl__check_spinlocks_at_end(tl_fiber *fiber, const char *call);

#endif
