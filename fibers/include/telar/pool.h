// SPDX-License-Identifier: MIT
/// telar/pool.h: where fibers get their stacks.
///
/// A pool reserves the address space of all its stacks in one mapping. A stack costs memory only where it was touched.
/// Below each stack lies a guard: running over the stack's end faults there instead of writing into a neighbour. (See
/// telar/overflow.h for a report that names the fiber.) Stacks that fibers give back are reused, the latest first.
///
/// A function with more locals than the guard is large (or an alloca) could jump over the guard into the stack below.
/// So code that runs on fibers is to be compiled with -fstack-clash-protection, which makes it touch each page of a
/// large frame in order, the guard's first. Linking Telar::fibers with CMake adds that flag, and -fexceptions
/// (telar/fiber.h). Without CMake give both to the compiler:
///
///     cc -fexceptions -fstack-clash-protection ...
///
/// Code that was compiled without it, such as a library that you link, is safe as long as none of its frames is larger
/// than guard_size: raise that where one is.
///
///     tl_pool *stacks = NULL;
///     tl_result made = tl_pool_create(&(tl_pool_desc){0}, &stacks);
///     ...
///     tl_pool_destroy(stacks);
///
/// What it does not do: it never grows a stack.
///
/// Dense stacks are another way, for very many small fibers: they all run on one guarded stack, one at a time, and what
/// a suspended one has there is copied away when the next needs the room. A fiber takes 300 bytes then, instead of a
/// page or more, as long as its frames and its argument take no more than 128; otherwise these lie elsewhere, in
/// addition to the 300. It costs a copy out and one in, and these rules, for the fibers of such a pool:
///   - while one is suspended or waits, no other code may use a pointer to its locals or its argument, for other locals
///     are in their place. The values that resume, yield and transfer hand over must not point there either
///     (TL_ERROR_DENSE_POINTER); `void **value` itself may, as always;
///   - each switch to or from one of them counts as a call that uses the pool (see "Threads"). While one runs, or waits
///     for a fiber that it resumed, only that thread may resume others (TL_ERROR_RUNNING, where it can be seen);
///   - what makes one be copied away may answer TL_ERROR_OUT_OF_MEMORY: resume, yield, transfer, and cancelling,
///     resetting and destroying one that is suspended. So may creating and resetting with arguments that are large.
///     Nothing has happened then.
/// In a debug build of the library the shared stack is closed to all access while none of them runs, so that the first
/// use of such a pointer faults (telar/overflow.h has the report).
///
/// Threads: calls that use one pool (creating, destroying, resetting and cancelling its fibers too) must not overlap in
/// time. A pool a thread is the simple way; a lock around them is another.
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

/// How the guards below the stacks are made. The first that the kernel says it installed in the process is tried, with
/// a pipe: some sandboxes say so and do nothing. Where it does not hold, or there is no descriptor left for the pipe,
/// the kernel counts as one without MADV_GUARD_INSTALL.
typedef enum tl_guard {
    TL_GUARD_AUTO = 0, ///< the kernel's MADV_GUARD_INSTALL where it has it (Linux 6.13 and later), mprotect elsewhere
    TL_GUARD_MADVISE,  ///< MADV_GUARD_INSTALL or nothing: any number of stacks in one mapping
    TL_GUARD_MPROTECT, ///< mprotect: two mappings a stack, so about 32,000 stacks at the default vm.max_map_count
} tl_guard;

/// Where the fibers of a pool have their frames.
typedef enum tl_stacks {
    TL_STACKS_OWN = 0, ///< each on a guarded stack of its own
    TL_STACKS_DENSE,   ///< all on one guarded stack, copied away in turn; see above
} tl_stacks;

/// The least bytes of a stack. The control block, the argument and all frames lie there, and TL_STACK_UNWIND below them
/// is for the end. (The control block has 4.5 KiB more where ucontext is all there is and keeps many vector registers.)
#if defined(__x86_64__)
#define TL_STACK_MIN 8192
#else
#define TL_STACK_MIN 16384
#endif

/// Bytes that a fiber should have left on its stack wherever it suspends or exits. When it ends early, the unwinder
/// runs there and takes up to that much, together with the call that suspended. (Nearly all of it only the first time
/// in a process, when the loader looks up the unwinder's functions; later 2 KiB.) What the fiber's own clean-ups use
/// comes on top. With less left, ending the fiber may run over the end of the stack: into the guard, or, on a stack of
/// your own, into what lies below. Where a debug build of the library sees that when a fiber is cancelled, reset or
/// destroyed, it reports it to the misuse hook (TL_ERROR_STACK_SIZE) and continues. A fiber that returns needs none of
/// this.
#define TL_STACK_UNWIND 5632

/// Zero in any field picks the default.
typedef struct tl_pool_desc {
    size_t stack_size;    ///< bytes of each stack, rounded up to whole pages; TL_STACK_MIN to 1 GiB; default 64 KiB
    size_t guard_size;    ///< bytes of the guard below each, rounded up to whole pages; up to 1 GiB; default 16 KiB (on
                          ///< AArch64 64 KiB, since gcc's -fstack-clash-protection expects that much there)
    uint32_t stack_count; ///< how many fibers there can be at once, up to 2^30; default 4096 (320 MiB of addresses)
    tl_guard guard;       ///< how guards are made
    tl_stacks stacks;     ///< a stack for each fiber, or one for all
    /// Keep the floating-point control words (MXCSR's control bits and the x87 control word: rounding, traps, flushing)
    /// apart for each fiber of this pool. The ABI makes them the callee's to keep, yet few programs ever change them,
    /// and keeping them makes a switch take 1.6 times as long (benchmarks/README.md). So by default a switch leaves
    /// them alone, and a fiber that changes them must put them back before it suspends or lets another run (clean-ups
    /// of one that it cancels or destroys, too). In a debug build of the library it is misuse not to
    /// (TL_ERROR_FLOAT_CONTROL): the words are put back then, and the call continues.
    bool keep_float_control;
} tl_pool_desc;

typedef struct tl_pool_info {
    size_t stack_size;    ///< bytes of each stack, as rounded
    size_t guard_size;    ///< bytes of each guard, as rounded
    uint32_t stack_count; ///< how many fibers there can be
    uint32_t in_use;      ///< how many there are now
    uint32_t touched;     ///< how many stacks were ever used or populated; without the latter, the most in use at once
    tl_guard guard;       ///< TL_GUARD_MADVISE or TL_GUARD_MPROTECT
    tl_stacks stacks;     ///< as asked
} tl_pool_info;

/// Makes a pool. On any error *pool is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: an unknown kind of guard or of stacks
///   - TL_ERROR_STACK_SIZE, TL_ERROR_STACK_COUNT, TL_ERROR_GUARD_SIZE
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_GUARD: TL_GUARD_MADVISE on a kernel without it, or where it does not hold
///   - TL_ERROR_MAX_MAP_COUNT
/// @thread any; @suspends never
TL_API tl_result tl_pool_create(const tl_pool_desc *desc, tl_pool **pool);

/// Destroys the pool and every fiber that lives in it, cancelling those that have not ended, in the order of their
/// stacks (of dense ones, after that whose frames are on the stack): their clean-ups run before this returns. A
/// clean-up that creates a fiber here gets TL_ERROR_POOL_CLOSING.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_RUNNING or TL_ERROR_WAITING when a fiber of the pool is running or waits for one it resumed, here or on
///     another thread (nothing is destroyed then)
///   - TL_ERROR_POOL_CLOSING from a clean-up that this same call is running
/// @thread see above; @suspends never, but runs clean-ups of suspended fibers
TL_API tl_result tl_pool_destroy(tl_pool *pool);

/// Makes `count` free stacks ready that were not used before or were trimmed: their guards, and memory for the
/// uppermost `bytes` of each, rounded up to whole pages and at least one. (Dense stacks: memory for `count` fibers; the
/// shared stack gets its own from use.) Otherwise the first fiber on a stack waits
/// for both, two microseconds or so, nearly all of it the kernel's (docs/performance.md). What can be had is kept when
/// not all can.
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
/// @thread see above; @suspends never
TL_API tl_result tl_pool_populate(tl_pool *pool, uint32_t count, size_t bytes);

/// Gives the memory of all stacks not in use back to the system; they stay usable and start out as zeros again. (Dense
/// stacks: whole pages that hold no fiber, and what the shared stack does not use now.)
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_SYSTEM
/// @thread see above; @suspends never
TL_API tl_result tl_pool_trim(tl_pool *pool);

/// Returns the figures of a pool; zeros for null, which is misuse.
/// @thread see above; @suspends never
TL_API tl_pool_info tl_pool_get_info(const tl_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
