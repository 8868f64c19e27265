// SPDX-License-Identifier: MIT
/// Dense stacks: the fibers of a pool that all run on one stack, and are copied off it in turn.
///
/// The stack has an owner: the fiber whose frames lie there. When another one of the pool is to run, the owner's
/// frames, from its stack pointer up, are copied to its place, or, where they do not fit there, to memory of their own;
/// then those of the other are copied back to the very addresses that they came from. So pointers between the frames of
/// one fiber stay true, and a fiber that is resumed twice in a row is not copied at all.
///
/// Nothing can be copied off a stack that the copying itself runs on. Where control leaves the shared stack for
/// something that needs it, a copy trampoline in between does the work: a context on a small stack of its own, which is
/// begun anew for each pending switch.
///
/// What cannot fail. Copying off may need memory, which is reserved beforehand, while the call can still answer that
/// there is none; the end of a fiber never needs any. For its resumer may have to come back onto the stack, but then
/// no fiber there has to be copied off: as long as fibers of the pool wait, those that suspend are copied off at once.
#ifndef TELAR_FIBER_DENSE_H
#define TELAR_FIBER_DENSE_H

#include "fiber/pool_layout.h"

/// A debug build copies everything off at once, and closes the stack when it has no owner.
#ifdef NDEBUG
enum { TL__DENSE_CLOSES = false };
#else
enum { TL__DENSE_CLOSES = true };
#endif

/// What of each fiber lies in the pool: its place. It ends with the control block, but for the unwinder's room; the
/// bytes before that are for frames, and, once the fiber's last clean-ups run, for the unwinder.
enum {
    TL__DENSE_BLOCK = offsetof(tl_fiber, next_free) + sizeof(tl_fiber *),
    TL__DENSE_PLACE = (TL__DENSE_BLOCK + 128 + 15) / 16 * 16,
    TL__DENSE_FRAMES = TL__DENSE_PLACE - TL__DENSE_BLOCK,
    TL__PORTER_STACK = 64 * 1024, // of which little is ever touched
};

/// How many bytes of addresses a pool needs for its copy trampoline and the places.
size_t tl__dense_size(size_t guard_size, uint32_t count);

/// Sets up what a pool has of it.
/// @param rest  the mapping from the end of the shared stack on
tl_result tl__dense_open(tl_pool *pool, char *rest);

/// The pool has no fibers any more.
void tl__dense_close(tl_pool *pool);

/// Where its part for the fiber number `index` is.
char *tl__dense_place(const tl_pool *pool, uint32_t index);

/// The control block of that fiber.
tl_fiber *tl__dense_block(const tl_pool *pool, uint32_t index);

/// Whether the frames of a dense fiber lie on the shared stack now.
bool tl__dense_is_stack_owner(const tl_fiber *fiber);

/// Where the byte is now that a dense fiber has at `address`, if that is on its stack; otherwise `address`.
void *tl__dense_find(const tl_fiber *fiber, void *address);

/// Whether an address is on the stack of a fiber that is dense.
bool tl__dense_owns(const tl_fiber *fiber, const void *address);

/// Memory for the arguments of a fiber that is to begin, until it does; *room is null where its place is large enough.
/// TL_OK, TL_ERROR_OUT_OF_MEMORY.
tl_result tl__dense_reserve_args(const tl_fiber_entry *entry, char **room);
/// Frees it where the fiber does not begin.
void tl__dense_free_args(const tl_fiber_entry *entry, char *room);

/// A fiber that has no copy gets that memory.
void tl__dense_adopt_room(tl_fiber *fiber, const tl_fiber_entry *entry, char *room);

/// Where its arguments are kept, which will be at fiber->args.
char *tl__dense_place_args(tl_fiber *fiber);

/// Whether control must go from one to the other by way of the copy trampoline, since frames have to be copied off the
/// stack that `from` is on. One of the two is dense.
/// @param suspends  `from` is to be suspended, neither waiting nor done
bool tl__dense_needs_trampoline(const tl_fiber *from, const tl_fiber *to, bool suspends);

/// Sees to it that there is memory for all that has to be copied off. TL_OK; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_RUNNING
/// when another thread is on the stack.
tl_result tl__dense_reserve(tl_fiber *from, const tl_fiber *to, bool suspends);

/// Copies the stack's owner's frames off. Memory was reserved.
void tl__dense_copy_off(tl_fiber *stack_owner);

/// Makes a dense fiber the owner of its stack in the short way, which no debug build takes. False, and nothing was
/// done, where that takes memory, or a fiber is running there.
bool tl__dense_try_to_occupy(tl_fiber *fiber);

/// Makes a dense fiber the owner of its stack. The former one is copied off, for which memory was reserved.
void tl__dense_occupy(tl_fiber *fiber);

/// The stack's owner is done.
void tl__dense_vacate(tl_fiber *stack_owner);

/// Nothing is kept of a fiber that will not run again.
void tl__dense_drop_copy(tl_fiber *fiber);

/// A dense fiber waits for one that it resumed.
void tl__dense_wait(tl_fiber *fiber);

/// And control comes back to it.
void tl__dense_wait_no_more(tl_fiber *fiber);

static inline bool tl__dense_has_waiters(const tl__dense *dense)
{
    return atomic_load_explicit(&dense->waiting, memory_order_relaxed) > 0;
}

/// Closes the shared stack of a pool to all access while it has no owner, in a debug build.
void tl__dense_protect(tl_pool *pool);

/// Room for the unwinder of a dense fiber that ends.
tl__unwinder *tl__dense_unwinder(tl_fiber *fiber);

/// A dense fiber is being destroyed.
void tl__dense_forget(tl_fiber *fiber);

/// Gives back the memory that a dense fiber, not running, does not need.
tl_result tl__dense_trim(tl_fiber *fiber);

/// The same of the shared stack.
tl_result tl__dense_trim_stack(tl_pool *pool);

/// The high-water mark of the shared stack.
tl_result tl__dense_high_water(const tl_fiber *fiber, size_t *bytes);

/// In a signal handler: the pool whose closed stack an address lies in, which cannot go away until
/// tl__dense_looked_at; null: it lies in none.
const tl_pool *tl__dense_closed_at(const char *address);

void tl__dense_looked_at(void);

#endif
