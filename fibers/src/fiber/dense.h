// SPDX-License-Identifier: MIT
/// Dense stacks: all fibers of a pool run on one shared stack, and their frames are copied off it and back in turn.
///
/// The stack has an owner: the fiber whose frames lie there. Before another fiber of the pool runs, the owner's frames,
/// from its stack pointer up, are copied to its place in the pool or, if they do not fit there, to memory of their own.
/// Then the frames of the other fiber are copied back to the very addresses that they came from. So pointers between
/// the frames of one fiber stay valid, and a fiber that is resumed twice in a row is not copied at all.
///
/// Code cannot copy frames off the stack that it runs on. So when control leaves a fiber on the shared stack, and its
/// frames must be copied off, a copy trampoline runs in between and does that: a context on a small stack of its own,
/// which is started anew for each such switch.
///
/// Lack of memory: copying a fiber off may need memory, which is reserved beforehand, while the call can still return
/// an error. The end of a fiber must not fail, and needs no memory: its resumer may have to be copied back onto the
/// stack, but no other fiber has to be copied off for that, since while fibers of the pool wait, any other that
/// suspends is copied off at once.
#ifndef TELAR_FIBER_DENSE_H
#define TELAR_FIBER_DENSE_H

#include "fiber/pool_layout.h"

/// A debug build copies each fiber off as soon as control leaves it, and makes the stack inaccessible while it has no
/// owner.
#ifdef NDEBUG
enum { TL__DENSE_CLOSES = false };
#else
enum { TL__DENSE_CLOSES = true };
#endif

/// Layout of a place: the part of a pool that belongs to one fiber. It ends with the control block, without its field
/// for the unwinder's data. The bytes before the block hold copied frames or, once the fiber is ending, the unwinder's
/// data: what the switch saves, and the frames of a shallow call.
enum {
    TL__DENSE_BLOCK = offsetof(tl_fiber, next_free) + sizeof(tl_fiber *),
    TL__DENSE_PLACE = (TL__DENSE_BLOCK + TL__SWITCH_SAVES + TL__SHALLOW_FRAMES + 15) / 16 * 16,
    TL__DENSE_FRAMES = TL__DENSE_PLACE - TL__DENSE_BLOCK,
    TL__COPY_TRAMPOLINE_STACK = 64 * 1024, // bytes, of which few are ever touched
};

/// Returns the bytes of address space that a pool needs for its copy trampoline and its places.
size_t tl__dense_size(size_t guard_size, uint32_t count);

/// Sets up the dense part of a pool.
/// @param rest  the end of the shared stack, where the rest of the pool's mapping begins
tl_result tl__dense_open(tl_pool *pool, char *rest);

/// Frees the dense part of a pool that has no fibers any more.
void tl__dense_close(tl_pool *pool);

/// Returns the place of the fiber number `index`.
char *tl__dense_place(const tl_pool *pool, uint32_t index);

/// Returns the control block of the fiber number `index`.
tl_fiber *tl__dense_block(const tl_pool *pool, uint32_t index);

/// Whether the frames of a dense fiber lie on the shared stack now.
bool tl__dense_is_stack_owner(const tl_fiber *fiber);

/// Returns where the byte at `address`, as the fiber sees it when it runs, is kept now; `address` itself if the fiber
/// is not dense or the byte is not on its stack.
void *tl__dense_find(const tl_fiber *fiber, void *address);

/// Whether a fiber is dense and `address` is on its stack.
bool tl__dense_owns(const tl_fiber *fiber, const void *address);

/// Allocates memory that holds the argument of a fiber until the fiber begins. Sets *room to null if the fiber's place
/// is large enough for it. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__dense_reserve_args(const tl_fiber_entry *entry, char **room);
/// Frees memory from tl__dense_reserve_args that no fiber has adopted.
void tl__dense_free_args(const tl_fiber_entry *entry, char *room);

/// Gives memory from tl__dense_reserve_args to a fiber, which has no memory for copied frames yet.
void tl__dense_adopt_room(tl_fiber *fiber, const tl_fiber_entry *entry, char *room);

/// Returns where to store a fiber's argument until the fiber begins, and it is copied to fiber->args on the stack.
char *tl__dense_place_args(tl_fiber *fiber);

/// Whether control must go from `from` to `to` by way of the copy trampoline, since frames have to be copied off the
/// stack that `from` is on. At least one of the two fibers is dense.
/// @param suspends  whether `from` will be suspended: not waiting for `to`, and not done
bool tl__dense_needs_trampoline(const tl_fiber *from, const tl_fiber *to, bool suspends);

/// Reserves memory for all frames that a switch has to copy off. Returns TL_OK; TL_ERROR_OUT_OF_MEMORY;
/// TL_ERROR_RUNNING if another thread is on the shared stack.
tl_result tl__dense_reserve(tl_fiber *from, const tl_fiber *to, bool suspends);

/// Copies the frames of the stack's owner off the stack, into reserved memory.
void tl__dense_copy_off(tl_fiber *stack_owner);

/// Fast path of tl__dense_occupy, which no debug build takes. Returns false, with nothing changed, if the slow path is
/// needed: if memory would have to be allocated or freed, or a fiber is running or waiting on that stack.
bool tl__dense_try_to_occupy(tl_fiber *fiber);

/// Makes a dense fiber the owner of its stack: copies the former owner's frames off, into reserved memory, and the
/// fiber's frames back.
void tl__dense_occupy(tl_fiber *fiber);

/// Leaves the stack without an owner: the owner is done, and its frames are dropped.
void tl__dense_vacate(tl_fiber *stack_owner);

/// Drops the copied frames of a fiber that will not run again, and frees their memory.
void tl__dense_drop_copy(tl_fiber *fiber);

/// Counts a dense fiber as waiting for a fiber that it resumed.
void tl__dense_wait(tl_fiber *fiber);

/// Ends that count when control comes back to the fiber.
void tl__dense_wait_no_more(tl_fiber *fiber);

static inline bool tl__dense_has_waiters(const tl__dense *dense)
{
    return atomic_load_explicit(&dense->waiting, memory_order_relaxed) > 0;
}

/// In a debug build, makes the shared stack of a pool inaccessible if it has no owner.
void tl__dense_protect(tl_pool *pool);

/// Returns where the unwinder's data of a dense fiber that ends is kept.
tl__unwinder *tl__dense_unwinder(tl_fiber *fiber);

/// Removes what the pool keeps about a dense fiber that is being destroyed: its copied frames, and its name for the
/// overflow report.
void tl__dense_forget(tl_fiber *fiber);

/// Frees memory that a dense fiber does not need now. The fiber is not running.
tl_result tl__dense_trim(tl_fiber *fiber);

/// Frees memory that the shared stack does not need now, and the spare memory for copied frames.
tl_result tl__dense_trim_stack(tl_pool *pool);

/// Sets *bytes to the high-water mark of the shared stack.
tl_result tl__dense_high_water(const tl_fiber *fiber, size_t *bytes);

/// For signal handlers: returns the pool whose inaccessible shared stack contains `address`; null if there is none. A
/// pool that is returned cannot be destroyed before tl__dense_looked_at is called.
const tl_pool *tl__dense_closed_at(const char *address);

/// Must be called after tl__dense_closed_at has returned a pool.
void tl__dense_looked_at(void);

#endif
