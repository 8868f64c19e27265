/// What the engine wants of fibers and nobody else does.
#ifndef TELAR_FIBER_ENGINE_H
#define TELAR_FIBER_ENGINE_H

#include <stdbool.h>

#include "fiber/waiter.h"
#include "telar/fiber.h"

/// Lets tl_exit in a pool's fibers call `on_exit` instead, which either answers an error or suspends the fiber for
/// good.
void tl__pool_on_exit(tl_pool *pool, tl_result (*on_exit)(void));

/// Lets a pool's fibers wait in a way of their own for what this library has: counters, locks. Also in their clean-ups.
void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(const tl__wait *wait));

/// A function of the program's that the library calls: while it runs, its fiber cannot yield, transfer or exit
/// (TL_ERROR_IN_CALLBACK), since what the library is in the middle of would stay so. TL__CALLBACK declares that from
/// here to the end of the block, also when an exception leaves it.
typedef struct tl__callback {
    tl_fiber *fiber; ///< null outside any, and in a callback of a callback
} tl__callback;
tl__callback tl__callback_begin(void);
void tl__callback_end(tl__callback *callback);
#define TL__CALLBACK(name) tl__callback name __attribute__((cleanup(tl__callback_end), unused)) = tl__callback_begin()

/// Whether one runs in the running fiber.
bool tl__in_callback(void);

/// Makes a fiber one that only its owner resumes and ends: tl_resume, tl_transfer, tl_fiber_cancel, _reset and _destroy
/// answer TL_ERROR_NOT_YOURS for it unless it runs or waits. (But where it transferred away, others may transfer to it
/// or resume it until it is back.) It costs its switches nothing. The owner resumes it with
/// tl__fiber_resume_owned, and disowns it before the other calls. tl_pool_destroy disowns all of the pool.
void tl__fiber_own(tl_fiber *fiber);
void tl__fiber_disown(tl_fiber *fiber);

/// Control is back at the owner: where the fiber transferred away, it cannot be transferred back to any more.
void tl__fiber_end_loan(tl_fiber *fiber);

/// tl_resume(fiber, NULL) by the owner.
tl_result tl__fiber_resume_owned(tl_fiber *fiber);

/// tl_yield, but also in a clean-up of a block that is left (not in one of a fiber that ends) and in a callback.
void tl__fiber_yield_anywhere(void);

/// Where a thread keeps a pointer of the engine's, null at first; while it works on jobs, these find null there. Out of
/// line, so that no caller keeps the address across a switch: a fiber may go on on another thread.
void **tl__thread_guest(void);
void *tl__thread_get_guest(void);

/// Lets tl_counter_wait ask, of a counter that counts more than jobs, whether the caller itself would have to do what
/// is counted: then it answers TL_ERROR_CYCLE.
void tl__on_counter_wait(bool (*is_in_vain)(const tl_counter *counter));
/// Asks that. False, too, where nothing is to be asked.
bool tl__counter_wait_is_in_vain(const tl_counter *counter);

/// Who may hold a lock: the running fiber, or the thread outside any. Not zero.
uintptr_t tl__holder_here(void);

/// A number for the calling thread that no other thread has now. Not 0.
static inline uintptr_t tl__thread_token(void)
{
    return (uintptr_t)tl__thread_guest();
}

/// Runs jobs on the calling thread, which is a worker, until it is so or there are none to go on with.
void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context);

/// Whether it is the running one, and not in a clean-up.
bool tl__fiber_runs_here(const tl_fiber *fiber);

/// Whether the calling thread is all that a job system has to run jobs.
bool tl__thread_works_alone(void);

/// The same as its status being TL_FIBER_DONE, without asking what else it may be.
bool tl__fiber_is_done(const tl_fiber *fiber);

#endif
