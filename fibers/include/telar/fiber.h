// SPDX-License-Identifier: MIT
/// telar/fiber.h: functions that suspend in the middle and continue later.
///
///     struct greeting { const char *first, *second; };
///
///     TL_FIBER(cooperative, struct greeting, words)           // an entry function with a typed, copied argument
///     {
///         fputs(words->first, stdout);
///         tl_yield(NULL);                                     // back to my resumer
///         fputs(words->second, stdout);
///     }
///
///     tl_fiber *hello = NULL;
///     tl_fiber_create(stacks, &hello, cooperative, {"Hello", "world"});
///     tl_resume(hello, NULL);                                 // prints Hello
///     fputs(", ", stdout);
///     tl_resume(hello, NULL);                                 // prints world
///
/// Step by step:
///   1. make a pool of stacks (telar/pool.h);
///   2. write entry functions with TL_FIBER, and make fibers of them with tl_fiber_create;
///   3. tl_resume runs a fiber until it yields (TL_OK) or ends (TL_FINISHED);
///   4. inside, tl_yield returns control to the resumer; tl_transfer switches straight to another fiber, which takes
///      over the resumer; tl_exit ends the fiber from any depth;
///   5. tl_defer registers clean-ups that run however a block is left; tl_fiber_cancel ends a suspended fiber early;
///   6. tl_fiber_destroy returns a fiber's stack to its pool; tl_pool_destroy destroys all fibers.
///
/// The library schedules no fibers and starts no threads for them: control moves between fibers only in these calls.
///
/// Threads: a fiber that is not running may be resumed on another thread than before, once that thread has synchronised
/// with the thread that ran the fiber last (by a mutex or a queue). Unless its comment says otherwise, a call may be
/// made on any such thread, and never suspends its caller. It is a data race if two threads resume one fiber at the
/// same time.
///
/// Jobs and scripts (telar/job.h, telar/script.h) run on fibers, too, which tl_fiber_current returns. While such a
/// fiber is suspended, only its job system or world may resume or end it: for all other callers tl_resume, tl_transfer,
/// tl_fiber_cancel, _reset and _destroy return TL_ERROR_NOT_YOURS. (After it has transferred to another fiber, any
/// caller may transfer back to it, or resume it.)
///
/// fork: suspended fibers and pools are plain memory, and work in the child as in the parent; so do worlds without
/// jobs. A fiber that another thread was running stays TL_FIBER_RUNNING in the child for good, so its pool cannot be
/// destroyed there. (For jobs see telar/job.h. If exec follows fork, none of this matters.)
///
/// Threads and processes that end: a thread may end while fibers that it ran are suspended; other threads can resume
/// them. If a thread calls pthread_exit or is cancelled inside a fiber, that fiber's blocks are unwound as in an early
/// end, and then the thread ends. (The C library unwinds here, and skips the tl_defers of C functions that were
/// compiled without -fexceptions.) That is misuse (TL_ERROR_THREAD_ENDED), reported when the thread ends: the fiber,
/// and the fibers that waited for it on that thread, are then TL_FIBER_DONE, and the frames left on their stacks and on
/// the thread's are dropped without clean-ups. Inside a job or script, the process aborts with a report on stderr
/// instead, since its job system would lack a worker, or its world would stay in the middle of a step. (pthread_cancel
/// has no effect on the threads that a job system starts.) exit may be called anywhere. Functions registered with
/// atexit then run on the fiber's stack, where tl_pool_destroy of the fiber's pool returns TL_ERROR_RUNNING. Clean-ups
/// of fibers do not run.
///
/// Closing a shared library (dlclose, hot reloading): a suspended fiber has return addresses into its functions, and
/// its tl_fiber_entry lies in the shared library of its entry function. So before you close a shared library, end the
/// fibers that use its code: give them a pool of their own, and destroy that; wait for such jobs; end such scripts with
/// tl_world_cancel_from (telar/script.h). Telar cannot detect a mistake here: a fiber that is resumed later runs
/// whatever is at those addresses then.
///
/// longjmp is allowed inside a fiber, to a setjmp in a function that the same fiber called and that has not returned.
/// The clean-ups of the frames that it leaves never run, not even if the fiber ends early afterwards. A longjmp out of
/// a fiber, or into one, is undefined.
///
/// C++: a fiber must not suspend inside a catch block (the run-time library keeps one list of caught exceptions for
/// each thread) nor in a noexcept function (it could not be cancelled there), a `catch (...)` that a cancellation
/// passes through must end with `throw;`, and no exception may leave an entry function or a clean-up.
///
/// Values: resume, yield and transfer each take `void **value`. The pointer at *value is passed to the other side, and
/// *value is set to the pointer that comes back. A null `value` passes a null pointer, and drops the one that comes
/// back. A fiber's locals stay where they are while it is suspended, so a pointer to one may be passed. (Not with dense
/// stacks, which also add errors to these calls: telar/pool.h.)
#ifndef TELAR_FIBER_H
#define TELAR_FIBER_H

#include <stddef.h>
#include <stdint.h>
#if !defined(__GNUC__) && !defined(__clang__) && defined(_M_X64)
#include <xmmintrin.h>
#endif

#include "telar/api.h"
#include "telar/pool.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_fiber tl_fiber;

/// Always inlined: gcc 12 assumes that a function that only prefetches has no effect, and drops the call.
#if defined(__GNUC__) || defined(__clang__)
#define TL__PREFETCHER static inline __attribute__((always_inline))
#define TL__PREFETCH(address) __builtin_prefetch((const void *)(address), 1)
#else
#define TL__PREFETCHER static inline
#ifdef _M_X64
#define TL__PREFETCH(address) _mm_prefetch((const char *)(address), _MM_HINT_T0)
#else
#define TL__PREFETCH(address) ((void)(address))
#endif
#endif

typedef enum tl_fiber_status {
    TL_FIBER_READY = 0, ///< created or reset, not yet resumed
    TL_FIBER_SUSPENDED, ///< yielded or transferred away
    TL_FIBER_RUNNING,   ///< running on this thread, or running or waiting on another thread
    TL_FIBER_WAITING,   ///< resumed another fiber on this thread and waits until control comes back
    TL_FIBER_DONE,      ///< returned, exited or was cancelled; holds its result until it is destroyed or reset
} tl_fiber_status;

/// Describes an entry function for the library. TL_FIBER defines one.
typedef struct tl_fiber_entry {
    const char *name;        ///< the entry function's name
    const char *file;        ///< where it is defined
    int line;                ///<
    void (*run)(void *args); ///< calls the entry function
    size_t args_size;        ///< bytes of its argument
    size_t args_align;       ///< alignment of its argument
} tl_fiber_entry;

/// Zero in any field picks the default.
typedef struct tl_fiber_desc {
    const char *name;  ///< not copied, so keep it alive; default: the entry function's name
    void *user_data;   ///< a pointer of the program's own; see tl_fiber_user_data
    void *control;     ///< memory for the control block: tl_fiber_control_size() bytes at any alignment; default: the
                       ///< top of the fiber's own stack
    void *stack;       ///< a stack of your own, any alignment, instead of one of the pool's (the pool may be null
                       ///< then); it has no guard. Keep it until you have destroyed the fiber
    size_t stack_size; ///< bytes of that stack, at least TL_STACK_MIN
    bool clear_stack;  ///< fill that stack with zeros first, which takes 10 ns per KiB, so that tl_fiber_get_stack can
                       ///< report how much of it was used. Nothing else needs it
} tl_fiber_desc;

/// An argument for entry functions that need none.
typedef struct tl_nothing {
    char unused;
} tl_nothing;

/// Defines an entry function: TL_FIBER(name, argument type, argument) { body }. Inside, `argument` is a pointer to the
/// fiber's own copy, which lives until the fiber is destroyed or reset. When the body returns, the fiber's result is
/// null, or the one that tl_fiber_set_result set; tl_exit sets another. The name can be used from here to the end of
/// the source file.
///
/// The argument is copied as bytes: no constructor and no destructor runs. So in C++ a type that is not trivially
/// copyable, such as std::string or a struct with one in it, does not compile. Pass a pointer to it, or a plain struct.
#define TL_FIBER(entry, arg_type, arg)                                                                                 \
    TL__COPIED(arg_type)                                                                                               \
    TL__FIBER(static, entry, arg_type, arg)

/// Define and declare an entry function that is used above its definition, or in other files. TL_FIBER_DECLARE(name,
/// argument type) comes first, like a function's declaration in a header. (In C++ the type must be complete there.)
#define TL_FIBER_DEFINE(entry, arg_type, arg)                                                                          \
    TL_FIBER_DECLARE(entry, arg_type);                                                                                 \
    TL__FIBER(, entry, arg_type, arg)
#define TL_FIBER_DECLARE(entry, arg_type)                                                                              \
    TL__COPIED(arg_type)                                                                                               \
    TL__FIBER_DECLARE(entry, arg_type)

/// tl_fiber_create(pool, &fiber, entry, {fields}) or tl_fiber_create(pool, &fiber, entry, struct_value): makes a fiber
/// that is ready to run `entry` on a copy of the argument. The argument is an initialiser of the entry function's type:
/// another type does not compile. On any error *fiber is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGS_SIZE: the argument would leave less than TL_STACK_UNWIND bytes of the stack for frames
///   - TL_ERROR_STACK_SIZE: a stack of your own of less than TL_STACK_MIN bytes, or more than 1 GiB
///   - TL_ERROR_POOL_EXHAUSTED
///   - TL_ERROR_POOL_CLOSING
///   - TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT (from the guard of a stack that is used for the first time)
///   - with dense stacks TL_ERROR_OUT_OF_MEMORY (large arguments) and TL_ERROR_ARGUMENT (a control block of your own)
/// @thread as its pool; @suspends never
#define tl_fiber_create(pool, fiber, entry, ...) tl_fiber_create_with(pool, NULL, fiber, entry, __VA_ARGS__)

/// Makes a fiber as tl_fiber_create does, with a description; null is all defaults.
///
///     tl_fiber_desc how = {.name = "miner 3"};
///     tl_fiber_create_with(pool, &how, &fiber, entry, {...});
///
#define tl_fiber_create_with(pool, desc, fiber, entry, ...)                                                            \
    TL__WITH_ARGS(entry, tl_fiber_create_raw((pool), (desc), &entry##__entry, TL__ARGS(entry, __VA_ARGS__), (fiber)),  \
                  __VA_ARGS__)

/// tl_fiber_reset(fiber, entry, {fields}): makes a fiber run another function, or the same one again, on the stack that
/// it has. A fiber that has not ended is cancelled first. The fiber takes the new entry function's name, unless its
/// description gave one; its user data stays.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING, TL_ERROR_WAITING
///   - TL_ERROR_ARGS_SIZE
///   - TL_ERROR_STALE
///   - TL_ERROR_NOT_YOURS
/// @thread as its pool; @suspends never, but runs the clean-ups of a suspended fiber
#define tl_fiber_reset(fiber, entry, ...)                                                                              \
    TL__WITH_ARGS(entry, tl_fiber_reset_raw((fiber), &entry##__entry, TL__ARGS(entry, __VA_ARGS__)), __VA_ARGS__)

/// The address of the entry that TL_FIBER, TL_JOB or TL_SCRIPT defined, for a call or description that takes one.
#define TL_ENTRY(function) (&function##__entry)

/// Make or reset a fiber with an entry that may be filled in at run time; the two macros call these functions. `args`
/// points to entry->args_size bytes, and may be null when that is 0.
TL_API tl_result tl_fiber_create_raw(tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry,
                                     const void *args, tl_fiber **fiber);
TL_API tl_result tl_fiber_reset_raw(tl_fiber *fiber, const tl_fiber_entry *entry, const void *args);

/// Destroys a fiber and returns its stack to its pool. A fiber that has not ended is cancelled first. The pointer is
/// invalid from then on. Until another fiber gets the stack or the pool is trimmed, tl_resume, tl_transfer,
/// tl_fiber_cancel, _reset, _trim and _destroy return TL_ERROR_STALE for it; later a stale pointer is not detected.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_RUNNING, TL_ERROR_WAITING; TL_ERROR_STALE; TL_ERROR_NOT_YOURS
/// @thread as its pool; @suspends never, but runs the clean-ups of a suspended fiber
TL_API tl_result tl_fiber_destroy(tl_fiber *fiber);

/// Runs a ready or suspended fiber until it, or a fiber that it transferred to, yields or ends. May be called inside a
/// fiber, which then waits; calls nest to any depth.
/// @param value  see "Values" above; when the fiber ended, *value becomes its result
/// @return
///   - TL_OK: the fiber that control came back from yielded
///   - TL_FINISHED: it ended
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING: the caller itself, or a fiber that another thread runs
///   - TL_ERROR_WAITING, TL_ERROR_FINISHED, TL_ERROR_STALE, TL_ERROR_NOT_YOURS
/// @thread any, see "Threads" above; @suspends the calling fiber is TL_FIBER_WAITING meanwhile
TL_API tl_result tl_resume(tl_fiber *fiber, void **value);

/// Prefetches the memory of fibers some places after fibers[next] in a run list; call it before each resume. It has no
/// other effect. It pays off with more fibers than the cache holds: resuming a million in turn then takes about half
/// the time (docs/performance.md).
///
///     for (size_t i = 0; i < count; ++i) {
///         tl_prefetch_ahead(fibers, count, i);
///         tl_resume(fibers[i], NULL);
///     }
///
/// @param fibers  each alive, in the order in which they are resumed
/// @param next    0, 1, 2 and so on; the call prefetches at every eighth
/// @thread as tl_resume; @suspends never
TL__PREFETCHER void tl_prefetch_ahead(tl_fiber *const *fibers, size_t count, size_t next);

/// Prefetch a fiber in two halves, for run lists that are not arrays. tl_fiber_prefetch loads the fiber's control block
/// and the bytes next to it: call it for eight fibers at once, sixteen resumes before that of the first of them.
/// tl_fiber_prefetch_stack loads the fiber's frames: call it six resumes before that of the fiber, when its control
/// block is in the cache.
TL__PREFETCHER void tl_fiber_prefetch(const tl_fiber *fiber);
TL__PREFETCHER void tl_fiber_prefetch_stack(const tl_fiber *fiber);

/// Suspends the running fiber and returns control to its resumer. Returns when it is next resumed or transferred to.
/// @param value  see "Values" above
/// @return
///   - TL_OK
///   - TL_ERROR_NO_FIBER
///   - TL_ERROR_UNWINDING: inside a clean-up
///   - TL_ERROR_IN_CALLBACK: inside a callback of the library, such as the log hook
///   - TL_ERROR_FORKED: in a job, in a child made by fork (telar/job.h)
/// @thread any; the fiber may come back on another thread; @suspends always. Does not return when cancelled meanwhile
TL_API tl_result tl_yield(void **value);

/// Suspends the running fiber and switches straight to another one, ready or suspended. The other fiber takes over the
/// caller's resumer, which gets control when that fiber yields or ends. Stacks do not grow, however often two fibers
/// transfer to each other.
/// @return as tl_yield, and TL_ERROR_NULL, TL_ERROR_RUNNING (also for a transfer to itself), TL_ERROR_WAITING,
///   TL_ERROR_FINISHED, TL_ERROR_STALE, TL_ERROR_NOT_YOURS
/// @thread any; the fiber may come back on another thread; @suspends always. Does not return when cancelled meanwhile
TL_API tl_result tl_transfer(tl_fiber *fiber, void **value);

/// Sets the result that the running fiber will have when its entry function returns: cheaper than tl_exit, which
/// unwinds the frames one by one. The latest call counts. tl_exit sets another result; a cancelled fiber has none.
/// @return
///   - TL_OK
///   - TL_ERROR_NOT_YOURS: in a job or script
///   - TL_ERROR_DENSE_POINTER
///   - the error that tl_yield returns where it cannot suspend the fiber
/// @thread any; @suspends never
TL_API tl_result tl_fiber_set_result(void *result);

/// Ends the running fiber from any depth: unwinds all its blocks, runs their clean-ups and passes `result` to its
/// resumer. At the end of the entry function, tl_fiber_set_result followed by return does the same in less time.
/// @return only when misused: TL_ERROR_DENSE_POINTER (`result` points into a dense stack); the errors of tl_yield
/// @thread any; @suspends for good
TL_API tl_result tl_exit(void *result);

/// Ends a fiber early. A suspended fiber's blocks are unwound: their clean-ups run on its own stack, and the rest of
/// its body never runs. A ready fiber ends without running. The result is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING (a fiber ends itself with tl_exit), TL_ERROR_WAITING, TL_ERROR_FINISHED, TL_ERROR_STALE,
///     TL_ERROR_NOT_YOURS
/// @thread as tl_resume; @suspends as tl_resume
TL_API tl_result tl_fiber_cancel(tl_fiber *fiber);

/// A clean-up. It may resume, create and destroy other fibers; it may not yield, transfer or exit.
typedef void (*tl_deferred)(void *arg);

/// tl_defer(cleanup, arg); runs cleanup(arg) when the enclosing block is left: at its end, by return, break or goto,
/// and when the fiber exits or is cancelled. Clean-ups of all blocks run in exact reverse of their registration, mixed
/// with `__attribute__((cleanup))` and C++ destructors (docs/fibers.md says what that needs of a compiler). Use it
/// wherever a declaration is allowed, also outside fibers; it needs no memory but the block's own. A null cleanup is
/// misuse (TL_ERROR_NULL), and is not run. A longjmp that leaves the block skips the clean-up for good.
/// @thread any; @suspends never
#define tl_defer(cleanup, arg) TL__DEFER(TL__UNIQUE(tl__defer_), cleanup, arg)

/// Returns whether the caller is inside a clean-up of the running fiber: one registered with tl_defer, or any once the
/// fiber is exiting or being cancelled. False outside any fiber.
/// @thread any; @suspends never
TL_API bool tl_fiber_is_unwinding(void);

/// Returns whether a fiber is exiting or being cancelled, so that its last clean-ups are running. False for null.
/// @thread any that is synchronised with the one that runs it; @suspends never
TL_API bool tl_fiber_is_ending(const tl_fiber *fiber);

/// Returns the running fiber; null outside any fiber.
/// @thread any; @suspends never
TL_API tl_fiber *tl_fiber_current(void);

/// Returns the value of the resume or transfer that started the running fiber. (Later values come out of the calls that
/// suspended it.) Null outside any fiber.
/// @thread any; @suspends never
TL_API void *tl_fiber_first_value(void);

/// Returns what a fiber is doing. Null counts as TL_FIBER_DONE.
/// @thread any, but the status of a fiber that another thread runs may already be another one; @suspends never
TL_API tl_fiber_status tl_fiber_get_status(const tl_fiber *fiber);

/// Returns the words for a status: "ready", "running", "suspended", "waiting" or "done".
TL_API const char *tl_fiber_status_string(tl_fiber_status status);

/// Returns a fiber's name; never null: "(null)" for a null fiber.
/// @thread any; @suspends never
TL_API const char *tl_fiber_name(const tl_fiber *fiber);

/// Returns the pointer that the description gave, or that tl_fiber_set_user_data set since; null for a null fiber.
/// @thread any that is synchronised with the thread that set it; @suspends never
TL_API void *tl_fiber_user_data(const tl_fiber *fiber);

/// Sets the pointer that tl_fiber_user_data returns.
/// @return TL_OK; TL_ERROR_NULL
TL_API tl_result tl_fiber_set_user_data(tl_fiber *fiber, void *user_data);

/// Returns the result of a fiber that is done; null before that, for a fiber that set none or was cancelled, and for a
/// null fiber.
/// @thread as tl_resume; @suspends never
TL_API void *tl_fiber_result(const tl_fiber *fiber);

typedef struct tl_stack_info {
    const void *low;   ///< the lowest byte of the stack
    size_t size;       ///< its bytes, control block and argument included
    size_t high_water; ///< most bytes used at a time since the stack was made or trimmed, by this fiber and by earlier
                       ///< ones on the same stack; swapped-out pages are not counted. 0 when not known: for a stack of
                       ///< your own without clear_stack, and where the system does not report it
    size_t copied;     ///< dense stacks: bytes of this fiber's frames that are kept elsewhere now; otherwise 0
} tl_stack_info;

/// Returns the figures of a fiber's stack, which may be a running fiber's; with dense stacks, of the shared stack. The
/// call searches the resident pages, so do not call it for each fiber in each frame. Zeros for null, which is misuse.
/// @thread the one that runs the fiber, or as tl_resume; @suspends never
TL_API tl_stack_info tl_fiber_get_stack(const tl_fiber *fiber);

/// Where a suspended fiber will continue.
typedef struct tl_fiber_place {
    const void *stack_pointer;       ///< as it will be after the call that suspended the fiber
    const void *frame_pointer;       ///< the register that holds it where code has one: rbp on x86-64, x29 on AArch64
    const void *instruction_pointer; ///< the code that will run next
} tl_fiber_place;

/// Finds where a suspended fiber will continue, for a debugger, a profiler or a crash reporter that walks its stack
/// from there. (Where the library switches by ucontext, the place is inside the C library's switch, and known only on
/// x86-64 and AArch64.) On any error *place is zeros.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: the fiber has not begun
///   - TL_ERROR_RUNNING, TL_ERROR_WAITING, TL_ERROR_FINISHED
///   - TL_ERROR_BUSY: the fiber is dense, and its frames are off the shared stack
///   - TL_ERROR_SYSTEM: unknown on this processor
/// @thread as tl_resume; @suspends never
TL_API tl_result tl_fiber_where(const tl_fiber *fiber, tl_fiber_place *place);

/// Returns the memory below the used part of a fiber's stack to the system. (For a dense fiber that is not on the
/// stack: the memory that its copied frames do not need.)
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING, TL_ERROR_WAITING
///   - TL_ERROR_ARGUMENT for a stack of your own
///   - TL_ERROR_STALE
/// @thread as tl_resume; @suspends never
TL_API tl_result tl_fiber_trim(tl_fiber *fiber);

/// Stores where each function that a fiber is in will continue, the innermost first, and at most `most` addresses: for
/// a crash reporter, a profiler, or a message. The last one is in the bottom frame, which called the entry function,
/// unless there are more than `most`. With the ucontext backend there is only the innermost.
/// @return the number of addresses. 0 for a fiber that runs, has not begun or is done; for a dense one whose frames
///   are off the stack; and where nothing is known. A null fiber, or null calls with most > 0, is misuse
/// @thread as tl_resume; takes 0.2 to 1 microseconds a call, some KiB of stack, and once memory; @suspends never
TL_API size_t tl_fiber_calls(const tl_fiber *fiber, const void **calls, size_t most);

/// Returns how many bytes tl_fiber_desc.control needs.
/// @thread any; @suspends never
TL_API size_t tl_fiber_control_size(void);

TL__PREFETCHER void tl_fiber_prefetch(const tl_fiber *fiber)
{
    // One pair of cache lines holds the fields that a switch touches and the first frames, right below the block.
    uintptr_t block = (uintptr_t)fiber;
    TL__PREFETCH(block);
    TL__PREFETCH(block - 64);
}

TL__PREFETCHER void tl_fiber_prefetch_stack(const tl_fiber *fiber)
{
    // Where the switch is in assembly, a block begins with the saved stack pointer. Elsewhere, and before the fiber
    // begins, the word is something else, which does no harm: prefetching never faults.
    uintptr_t stack_pointer = *(const uintptr_t *)(const void *)fiber;
    if ((uintptr_t)fiber - stack_pointer - 1 < 64)
        return; // shallow frames lie right below the block, and tl_fiber_prefetch has loaded them with it
    TL__PREFETCH(stack_pointer);
    TL__PREFETCH(stack_pointer + 64);
}

TL__PREFETCHER void tl_prefetch_ahead(tl_fiber *const *fibers, size_t count, size_t next)
{
    // Prefetch the control blocks of eight fibers at once. Each is in a page of its own, and a processor looks up the
    // addresses of several pages in parallel, but only if the prefetches are not separated by switches. Sixteen fibers
    // ahead, the blocks arrive from memory in time, and are still in the cache when their fibers are resumed.
    enum { AT_ONCE = 8, STACK_AHEAD = 6 };
    size_t blocks = next + 2 * AT_ONCE;
    if (next % AT_ONCE == 0)
        for (size_t i = blocks; i < blocks + AT_ONCE && i < count; ++i)
            tl_fiber_prefetch(fibers[i]);
    if (next + STACK_AHEAD < count)
        tl_fiber_prefetch_stack(fibers[next + STACK_AHEAD]);
}

/// A clean-up that tl_defer registered. It lies in the block whose end it waits for.
typedef struct tl__defer_frame {
    struct tl__defer_frame *outer;
    tl_deferred cleanup;
    void *arg;
    const void *frame; ///< the stack pointer of the function that registered it
    void *caller;      ///< an address in that function's code
    uintptr_t check;   ///< a checksum of the other fields and this address, which shows whether they were overwritten
} tl__defer_frame;

TL_API void tl__defer_enter(tl__defer_frame *made, tl_deferred cleanup, void *arg);
TL_API void tl__defer_leave(tl__defer_frame *left);

/// Begins with a declaration, so that it does not compile where only a statement may stand, as after `if (...)`.
#define TL__DEFER(name, function, arg)                                                                                 \
    TL__SCOPED(tl__defer_frame, name, tl__defer_leave, {0, 0, 0, 0, 0, 0});                                            \
    tl__defer_enter(&name, (function), (arg))

/// Checks that a type can be copied as bytes, as Telar copies arguments. In C++ other types do not compile; in C every
/// type can.
#ifdef __cplusplus
#define TL__COPIED(type)                                                                                               \
    static_assert(__is_trivially_copyable(type),                                                                       \
                  "Telar copies the bytes of this type and runs no constructor or destructor: "                        \
                  "pass a pointer to it, or use a plain struct (one that is trivially copyable)");
#else
#define TL__COPIED(type)
#endif

#define TL__FIBER_DECLARE(entry, arg_type)                                                                             \
    typedef arg_type entry##__args;                                                                                    \
    extern const tl_fiber_entry entry##__entry

#define TL__FIBER(linkage, entry, arg_type, arg)                                                                       \
    static void entry(arg_type *arg);                                                                                  \
    typedef arg_type entry##__args;                                                                                    \
    static void entry##__run(void *args)                                                                               \
    {                                                                                                                  \
        entry((entry##__args *)args);                                                                                  \
    }                                                                                                                  \
    TL__MAYBE_UNUSED linkage const tl_fiber_entry entry##__entry = {                                                   \
        #entry, __FILE__, __LINE__, entry##__run, sizeof(entry##__args), TL__ALIGNOF(entry##__args)};                  \
    static void entry(TL__MAYBE_UNUSED arg_type *arg)

/// Evaluates `call`, in which TL__ARGS(entry, initialiser) points to entry's argument. That is initialised in the usual
/// way, so only the right type compiles; two conversions that older compilers merely warn of are made errors, as they
/// are in newer ones. (In C++ a string does not initialise an array of letters: put it in braces.)
#ifdef __cplusplus
extern "C++" {
template <typename args> const args *tl__args_at(const args &value)
{
    TL__COPIED(args)
    return &value; // which lives until the end of the whole expression
}
}
#define TL__ARGS(entry, ...) tl__args_at<entry##__args>(__VA_ARGS__)
#define TL__WITH_ARGS(entry, call, ...) (call)
#else
#define TL__STRICT_BEGIN                                                                                               \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wincompatible-pointer-types\"")                    \
        _Pragma("GCC diagnostic error \"-Wint-conversion\"")
#define TL__STRICT_END _Pragma("GCC diagnostic pop")
#define TL__ARGS(entry, ...) (&tl__args)
#define TL__WITH_ARGS(entry, call, ...)                                                                                \
    __extension__({                                                                                                    \
        TL__STRICT_BEGIN                                                                                               \
        const entry##__args tl__args = __VA_ARGS__;                                                                    \
        TL__STRICT_END                                                                                                 \
        call;                                                                                                          \
    })
#endif

/// Evaluates `call`, in which TL__TYPED(type, pointer) is the pointer, which must be one to that type.
#ifdef __cplusplus
#define TL__TYPED(type, ...) tl__pointer_to<type>(__VA_ARGS__)
#define TL__WITH_POINTER(type, call, ...) (call)
#else
#define TL__TYPED(type, ...) tl__typed
#define TL__WITH_POINTER(type, call, ...)                                                                              \
    __extension__({                                                                                                    \
        type *tl__typed = (__VA_ARGS__);                                                                               \
        call;                                                                                                          \
    })
#endif

#ifdef __cplusplus
}
#endif

#endif
