// SPDX-License-Identifier: MIT
/// telar/result.h: the results that calls return.
///
/// Zero is success. A positive result is news: nothing went wrong, but something other than plain success happened. A
/// negative result is an error: the call changed nothing, neither its arguments nor any other state, unless its comment
/// says otherwise.
///
/// The libraries above this one add results of their own, in lists like the one here (telar/engine_result.h,
/// telar/sdl_result.h). No value is in two lists: the fiber library has 0 to 99 and -1 to -99, the engine 100 to 199
/// and -100 to -199, the platform library 200 to 299 and -200 to -299.
#ifndef TELAR_RESULT_H
#define TELAR_RESULT_H

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Every result of the fiber library, with its value and its text. The one list keeps names, values and texts from
/// drifting apart.
#define TL_RESULTS(X)                                                                                                  \
    X(TL_OK, 0, "done")                                                                                                \
    X(TL_FINISHED, 1, "the fiber ran to its end")                                                                      \
    X(TL_CANCELLED, 2, "what was waited for was cancelled")                                                            \
    X(TL_TIMED_OUT, 3, "the time limit passed first")                                                                  \
    X(TL_WOULD_WAIT, 4, "it could not be done without waiting")                                                        \
    X(TL_ERROR_NULL, -1, "a pointer that must not be null is null")                                                    \
    X(TL_ERROR_ARGUMENT, -2, "an argument is outside its range")                                                       \
    X(TL_ERROR_OUT_OF_MEMORY, -3, "the system has no more memory to give")                                             \
    X(TL_ERROR_SYSTEM, -4, "a system call failed that should not; errno says why")                                     \
    X(TL_ERROR_STALE, -5, "the id is null, or names something that no longer exists")                                  \
    X(TL_ERROR_CYCLE, -6, "it would wait for itself, or be its own ancestor")                                          \
    X(TL_ERROR_IN_CALLBACK, -7, "a callback of the library, as a log hook, may not suspend or end what calls it")      \
    X(TL_ERROR_BUSY, -8,                                                                                               \
      "in use: an external thread of the job system, memory of the allocator, the stack of dense fibers")              \
    X(TL_ERROR_RUNNING, -9, "the fiber is running, on this thread or on another")                                      \
    X(TL_ERROR_WAITING, -10, "the fiber waits for one that it resumed")                                                \
    X(TL_ERROR_FINISHED, -11, "the fiber has already run to its end")                                                  \
    X(TL_ERROR_NO_FIBER, -12, "the call belongs inside a fiber, and no fiber is running")                              \
    X(TL_ERROR_UNWINDING, -13, "a clean-up may not suspend, end or cancel the fiber that it cleans up for")            \
    X(TL_ERROR_ARGS_SIZE, -14, "the arguments do not fit on the fiber's stack, or ask for too large an alignment")     \
    X(TL_ERROR_SWALLOWED, -15, "a catch (...) swallowed the end of a fiber; it must throw it on")                      \
    X(TL_ERROR_FLOAT_CONTROL, -16,                                                                                     \
      "the fiber changed the floating-point control words and did not put them back; its pool does not keep them")     \
    X(TL_ERROR_DENSE_POINTER, -17,                                                                                     \
      "the value points into the stack that the fiber shares with others, where it would find theirs")                 \
    X(TL_ERROR_NOT_YOURS, -18,                                                                                         \
      "the fiber belongs to a job system or to another library, which alone resumes and ends it")                      \
    X(TL_ERROR_STACK_SIZE, -19,                                                                                        \
      "the stack size is below TL_STACK_MIN or above 1 GiB, or too little of it is left to end the fiber")             \
    X(TL_ERROR_STACK_COUNT, -20, "the stack count is above 2^30, or the stacks together exceed the address space")     \
    X(TL_ERROR_GUARD_SIZE, -21, "the guard size is above 1 GiB")                                                       \
    X(TL_ERROR_POOL_EXHAUSTED, -22, "every stack of the pool is in use")                                               \
    X(TL_ERROR_POOL_CLOSING, -23, "the pool is being destroyed")                                                       \
    X(TL_ERROR_GUARD, -24, "the kernel refused a guard page")                                                          \
    X(TL_ERROR_MAX_MAP_COUNT, -25,                                                                                     \
      "no guard page: the process has as many mappings as vm.max_map_count (or memory) allows; "                       \
      "raise it with sysctl, or use a kernel with MADV_GUARD_INSTALL (Linux 6.13 and later)")                          \
    X(TL_ERROR_NO_JOB_SYSTEM, -26, "the thread takes part in no job system, or not in this one")                       \
    X(TL_ERROR_HAS_JOB_SYSTEM, -27, "the thread takes part in a job system already")                                   \
    X(TL_ERROR_IN_FIBER, -28, "the call belongs outside fibers and jobs")                                              \
    X(TL_ERROR_JOBS_FULL, -29, "as many jobs wait to begin as the job system has room for")                            \
    X(TL_ERROR_ALL_WAITING, -30, "all fibers of the job system are in use, and the jobs on all others wait")           \
    X(TL_ERROR_NONE_FREE, -31, "as many external threads take part in the job system as it has room for")              \
    X(TL_ERROR_IN_JOB, -32, "a job cannot end the fiber that it runs on")                                              \
    X(TL_ERROR_NOT_HELD, -33, "the lock is not held by who gives it up or waits")                                      \
    X(TL_ERROR_SPINLOCK_HELD, -34, "a fiber that holds a spinlock waits, yields, transfers or ends")                   \
    X(TL_ERROR_FORKED, -35, "the job system belongs to the process that forked this one")                              \
    X(TL_ERROR_THREAD_ENDED, -36, "a thread ended inside a fiber")

/// A result from any of the lists. (An int, since other libraries could not add values to a C enum.)
typedef int tl_result;

#define TL_RESULT_ENUM(name, value, words) name = value,
enum { TL_RESULTS(TL_RESULT_ENUM) };

/// Returns the text of a result, in lower case and without a full stop; never null: "unknown result" for a value that
/// is in no list of the libraries that the program is linked with.
/// @thread any; @suspends never
TL_API const char *tl_result_string(tl_result result);

/// Returns the name of a result, such as "TL_ERROR_NULL"; never null: "unknown result" for a value that is in no list.
/// @thread any; @suspends never
TL_API const char *tl_result_name(tl_result result);

#ifdef __cplusplus
}
#endif

#endif
