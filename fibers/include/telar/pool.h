// SPDX-License-Identifier: MIT
/// telar/pool.h: pools of stacks for fibers.
///
/// A pool reserves the address space of all its stacks in one mapping. A stack takes memory only for pages that were
/// touched. Below each stack lies a guard: a stack overflow faults there instead of writing into the next stack.
/// (telar/overflow.h has a report that names the fiber.) Stacks are reused, the most recently returned one first.
///
/// A function whose frame is larger than the guard (large locals, or an alloca) could write beyond the guard into the
/// stack below. So compile code that runs on fibers with -fstack-clash-protection, which makes it touch each page of a
/// large frame in order, and so the guard before anything below it. Linking Telar::fibers with CMake adds that flag,
/// and -fexceptions (telar/fiber.h). Without CMake pass both to the compiler:
///
///     cc -fexceptions -fstack-clash-protection ...
///
/// Code that was compiled without -fstack-clash-protection, such as a library that you link, is safe as long as none of
/// its frames is larger than guard_size. If one is, raise guard_size.
///
///     tl_pool *stacks = NULL;
///     tl_result made = tl_pool_create(&(tl_pool_desc){0}, &stacks);
///     ...
///     tl_pool_destroy(stacks);
///
/// Stacks never grow.
///
/// Dense stacks (elsewhere called a shared or copied stack) are for very many small fibers: all fibers of the pool run
/// on one guarded stack, one at a time, and the frames of a suspended fiber are copied elsewhere when another fiber
/// needs the stack. A fiber then takes 300 bytes (420 on AArch64, 620 on Windows) instead of a page or more, as long as
/// its frames and its argument take at most 128 bytes (232 on AArch64, 440 on Windows); larger ones are copied to
/// memory that is allocated for them. A switch between two such fibers copies frames out and in, and these rules hold
/// for the fibers of the pool:
///   - while a fiber is suspended or waits, no other code may use a pointer to its locals or its argument: another
///     fiber's locals may be at that address. The pointers that resume, yield and transfer pass must not point to such
///     a place either (TL_ERROR_DENSE_POINTER); `void **value` itself may, as always;
///   - each switch to or from a fiber of the pool counts as a call that uses the pool (see "Threads"). While one of the
///     fibers runs, or waits for a fiber that it resumed, only the thread that runs it may resume others of the pool
///     (TL_ERROR_RUNNING, where this is detected);
///   - calls that may have to copy frames can return TL_ERROR_OUT_OF_MEMORY, with nothing changed: resume, yield,
///     transfer; cancelling, resetting and destroying a suspended fiber; creating and resetting with large arguments.
/// In a debug build of the library the shared stack is inaccessible while no fiber of the pool runs, so that the first
/// use of a pointer into it faults (telar/overflow.h has the report).
///
/// Threads: calls that use one pool (including those that create, destroy, reset and cancel its fibers) must not run at
/// the same time on several threads. The easiest way is a pool for each thread; another is a lock around the calls.
#ifndef TELAR_POOL_H
#define TELAR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_pool tl_pool;

/// How the guards below the stacks are made. Some sandboxes report that MADV_GUARD_INSTALL succeeded and do nothing. So
/// the library tests the first guard that it makes by it: the kernel must refuse to write the guard's contents to a
/// pipe. If it does not, or no descriptor is left for the pipe, the library acts as if it had no MADV_GUARD_INSTALL.
typedef enum tl_guard {
    TL_GUARD_AUTO = 0, ///< MADV_GUARD_INSTALL where the kernel has it (Linux 6.13 and later), mprotect elsewhere
    TL_GUARD_MADVISE,  ///< MADV_GUARD_INSTALL or an error: any number of stacks share one mapping
    TL_GUARD_MPROTECT, ///< mprotect: two mappings per stack, so about 32,000 stacks at the default vm.max_map_count
} tl_guard;

/// The kinds of stacks that a pool can have.
typedef enum tl_stacks {
    TL_STACKS_OWN = 0, ///< each fiber has a guarded stack of its own
    TL_STACKS_DENSE,   ///< all fibers run on one guarded stack, with copied frames; see above
} tl_stacks;

/// The smallest size of a stack, in bytes. A stack holds the control block, the argument, all frames, and below them
/// TL_STACK_UNWIND bytes for ending the fiber early. (Where the library switches by ucontext, the control block can be
/// 4.5 KiB larger, for vector registers.)
#if defined(__x86_64__) && !defined(_WIN32)
#define TL_STACK_MIN 8192
#else
#define TL_STACK_MIN 16384
#endif

/// Bytes that a fiber should have left on its stack wherever it suspends or exits. If it ends early, the unwinder runs
/// there; together with the call that suspended the fiber it needs up to this much. (Nearly all of that is needed only
/// the first time in a process, when the loader looks up the unwinder's functions; later 2 KiB.) The fiber's clean-ups
/// need room in addition. With less left, ending the fiber early may overflow the stack: into the guard, or, on a stack
/// of your own, into the memory below. A debug build of the library detects this when a fiber is cancelled, reset or
/// destroyed: it calls the misuse hook (TL_ERROR_STACK_SIZE) and continues. A fiber that returns needs none of this
/// room.
#if defined(_WIN32)
#define TL_STACK_UNWIND 12288
#elif defined(__x86_64__)
#define TL_STACK_UNWIND 5632
#else
#define TL_STACK_UNWIND 7168
#endif

/// Zero in any field picks the default.
typedef struct tl_pool_desc {
    size_t stack_size;    ///< bytes of each stack, rounded up to whole pages; TL_STACK_MIN to 1 GiB; default 64 KiB
    size_t guard_size;    ///< bytes of the guard below each, rounded up to whole pages; up to 1 GiB; default 16 KiB (on
                          ///< AArch64 64 KiB, since gcc's -fstack-clash-protection expects that much there; on Windows
                          ///< 32 KiB, of which 24 are for the report of an overflow)
    uint32_t stack_count; ///< most fibers at a time, up to 2^30; default 4096 (320 MiB of address space)
    tl_guard guard;       ///< how guards are made
    tl_stacks stacks;     ///< a stack for each fiber, or one for all
    /// Keep separate floating-point control words (MXCSR's control bits and the x87 control word: rounding, traps,
    /// flushing) for each fiber of this pool. They are callee-saved by the ABI, yet few programs ever change them, and
    /// saving them makes a switch take 1.6 times as long (benchmarks/README.md). So by default a switch does not save
    /// them, and a fiber that changes them must restore them before it suspends, and before it resumes, cancels or
    /// destroys a fiber (whose clean-ups may then run). A debug build of the library reports it as misuse if a fiber
    /// does not (TL_ERROR_FLOAT_CONTROL); it then restores the words, and the call continues.
    bool keep_float_control;
} tl_pool_desc;

typedef struct tl_pool_info {
    size_t stack_size;    ///< bytes of each stack, after rounding up
    size_t guard_size;    ///< bytes of each guard, after rounding up
    uint32_t stack_count; ///< most fibers at a time
    uint32_t in_use;      ///< fibers that exist now
    uint32_t touched;     ///< stacks that were ever used or populated; if none was populated: the most used at a time
    tl_guard guard;       ///< how the guards were made: TL_GUARD_MADVISE or TL_GUARD_MPROTECT
    tl_stacks stacks;     ///< as in the description
} tl_pool_info;

/// Makes a pool. On any error *pool is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: an unknown kind of guard or of stacks
///   - TL_ERROR_STACK_SIZE, TL_ERROR_STACK_COUNT, TL_ERROR_GUARD_SIZE
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_GUARD: TL_GUARD_MADVISE on a kernel without it, or where such guards do not fault
///   - TL_ERROR_MAX_MAP_COUNT
/// @thread any; @suspends never
TL_API tl_result tl_pool_create(const tl_pool_desc *desc, tl_pool **pool);

/// Destroys a pool and every fiber in it. Fibers that have not ended are cancelled, in the order of their stacks in the
/// pool, and their clean-ups run before this call returns. (Of dense fibers, the one whose frames are on the shared
/// stack is cancelled first.) A clean-up that tries to create a fiber in this pool gets TL_ERROR_POOL_CLOSING.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING or TL_ERROR_WAITING when a fiber of the pool is running or waits for a fiber that it resumed,
///     on this thread or another (nothing is destroyed then)
///   - TL_ERROR_POOL_CLOSING from a clean-up that this same call is running
/// @thread see "Threads" above; @suspends never, but runs clean-ups of suspended fibers
TL_API tl_result tl_pool_destroy(tl_pool *pool);

/// Prepares `count` free stacks that were never used, or were trimmed since: makes their guards, and touches the
/// uppermost `bytes` of each, rounded up to whole pages and at least one. (Dense stacks: touches the memory for `count`
/// fibers.) Otherwise both happen when the first fiber uses a stack, and delay it by about two microseconds, nearly all
/// of them in the kernel (docs/performance.md). After an error, the stacks that could be prepared stay prepared.
///
///     tl_pool_populate(stacks, 1000, 4096); // while the level loads
///
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: more bytes than a stack has
///   - TL_ERROR_POOL_EXHAUSTED: fewer than `count` such stacks are left
///   - TL_ERROR_POOL_CLOSING
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT
/// @thread see "Threads" above; @suspends never
TL_API tl_result tl_pool_populate(tl_pool *pool, uint32_t count, size_t bytes);

/// Returns the memory of all unused stacks to the system; the stacks stay usable, and read as zeros again. (Dense
/// stacks: the memory of whole pages that hold no fiber, and of the unused part of the shared stack.)
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_SYSTEM
/// @thread see "Threads" above; @suspends never
TL_API tl_result tl_pool_trim(tl_pool *pool);

/// Returns a pool's sizes and counts; zeros for null, which is misuse.
/// @thread see "Threads" above; @suspends never
TL_API tl_pool_info tl_pool_get_info(const tl_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
