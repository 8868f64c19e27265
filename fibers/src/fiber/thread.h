// SPDX-License-Identifier: MIT
/// What a thread knows of itself: the fiber that it runs, and what others keep there.
///
/// No function that looks at a thread-local and is called from elsewhere may be inlined there, at link time either: the
/// caller could keep the address across a switch, after which a fiber may be on another thread. Those that are inline
/// here are for files whose own functions are never inlined elsewhere. A test looks for that in what was linked.
#ifndef TELAR_FIBER_THREAD_H
#define TELAR_FIBER_THREAD_H

#include "fiber/control_block.h"
#include "telar/api.h"

typedef struct tl__worker_record tl__worker_record;

typedef struct tl__thread_state {
    tl_fiber *current;           ///< the fiber that it runs; outside any &root, or at first &tl__unattached_thread
    tl_fiber root;               ///< its own context, in the form of a fiber. Its resumer is null
    const tl_fiber *interrupted; ///< gets another frame onto its stack just now
    /// The control words of all contexts that do not keep their own, while one runs that does.
    tl__float_control shared_float_control;
    tl__worker_record *worker; ///< of a job system; null for none
    void *script;              ///< the engine's: the script that runs here
#ifdef TELAR_EXPLORE
    uintptr_t holder; ///< what stands for &root, which is the same for all threads of that test
#endif
} tl__thread_state;

/// What `current` points to on a thread that has not resumed a fiber yet. Never written.
extern tl_fiber tl__unattached_thread;

extern _Thread_local tl__thread_state tl__this_thread __attribute__((tls_model("initial-exec")));

/// The running fiber, or null outside any.
static inline tl_fiber *tl__running_fiber(void)
{
    return tl__resumer(tl__this_thread.current) != NULL ? tl__this_thread.current : NULL;
}

#ifdef TELAR_EXPLORE
/// For a test that has several threads on one: what a thread begins with, and a way to go from one to another.
tl__thread_state tl__thread_state_fresh(uintptr_t holder);
void tl__thread_exchange(tl__thread_state *other);
#endif

/// Where a call comes from.
typedef struct tl__here {
    tl__worker_record *worker; ///< that the thread is, of a job system; null for none
    tl_fiber *current;         ///< that it runs; outside any, one that stands for the thread, or for any thread
} tl__here;

tl__here tl__thread_here(void);
void tl__thread_set_worker(tl__worker_record *worker);

/// Where a thread keeps a pointer of the engine's, null at first; while it works on jobs, these find null there.
TL_API void **tl__thread_script_slot(void);
TL_API void *tl__thread_get_script(void);
/// Sets it; the one before.
TL_API void *tl__thread_set_script(void *script);

/// A number for the calling thread that no other thread has now. Not 0.
static inline uintptr_t tl__thread_token(void)
{
    return (uintptr_t)tl__thread_script_slot();
}

/// Whether the fiber is one of those that, on this thread, wait for one they resumed.
bool tl__fiber_is_waiting(const tl_fiber *fiber);

/// Whether it is the running one, and not in a clean-up.
bool tl__fiber_runs_here(const tl_fiber *fiber);

#ifdef NDEBUG
enum { TL__CHECKS_SPINLOCKS = false };
#else
enum { TL__CHECKS_SPINLOCKS = true };
#endif

/// In a debug build: tells when what is running is about to wait with a spinlock held.
void tl__check_spinlocks(const char *call);
/// The same when a fiber ends, or a job on it; what comes next on that stack holds none.
void tl__check_spinlocks_at_end(tl_fiber *fiber, const char *call);

#endif
