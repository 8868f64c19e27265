// SPDX-License-Identifier: MIT
#include "fiber/dense.h"

#include "fiber/thread.h"
#include "os/allocator.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/stack.h"

/// Upper bound of the stack that the switch still uses, between the function that reserves memory for a fiber's frames
/// and the copy trampoline, which copies them.
enum { UNTIL_THE_TRAMPOLINE = 4096 };

static tl__dense *dense_of(const tl_fiber *fiber)
{
    return &fiber->pool->dense;
}

static tl_fiber *stack_owner_of(const tl__dense *dense)
{
    return atomic_load_explicit(&dense->stack_owner, memory_order_relaxed);
}

static void set_stack_owner(tl__dense *dense, tl_fiber *fiber)
{
    atomic_store_explicit(&dense->stack_owner, fiber, memory_order_relaxed);
}

bool tl__dense_is_stack_owner(const tl_fiber *fiber)
{
    return stack_owner_of(dense_of(fiber)) == fiber;
}

char *tl__dense_place(const tl_pool *pool, uint32_t index)
{
    return pool->dense.places + (size_t)index * TL__DENSE_PLACE;
}

tl_fiber *tl__dense_block(const tl_pool *pool, uint32_t index)
{
    return (tl_fiber *)(tl__dense_place(pool, index) + TL__DENSE_FRAMES);
}

/// Whether `size` bytes of a fiber's frames fit into its place.
static bool fit_in_place(const tl_fiber *fiber, size_t size)
{
    return size <= TL__DENSE_FRAMES && !(tl__state(fiber) & TL__ENDING);
}

/// Returns where `size` bytes of a fiber's frames are kept while they are off the stack.
static char *copy_of(const tl_fiber *fiber, size_t size)
{
    return fit_in_place(fiber, size) ? (char *)fiber - size : fiber->copy;
}

static_assert(sizeof(tl__unwinder) <= TL__DENSE_FRAMES, "it takes the room of the frames");

tl__unwinder *tl__dense_unwinder(tl_fiber *fiber)
{
    return (tl__unwinder *)((char *)fiber - TL__DENSE_FRAMES);
}

bool tl__dense_owns(const tl_fiber *fiber, const void *address)
{
    return tl__is_dense(fiber) && (const char *)address >= fiber->stack_low && (const char *)address < fiber->stack_top;
}

void *tl__dense_find(const tl_fiber *fiber, void *address)
{
    if (!tl__dense_owns(fiber, address) || tl__dense_is_stack_owner(fiber))
        return address;
    return copy_of(fiber, fiber->copied) + fiber->copied - (fiber->stack_top - (char *)address);
}

// Memory for copies.

/// Makes sure that there is room for `size` bytes of a fiber's frames: in its place in the pool, in its own memory for
/// copied frames, or in the pool's spare memory.
static tl_result reserve_copy(const tl_fiber *fiber, size_t size)
{
    tl__dense *dense = dense_of(fiber);
    if (fit_in_place(fiber, size) || size <= fiber->copy_room || size <= dense->spare_room)
        return TL_OK;
    char *spare = tl__reallocate(dense->spare, dense->spare_room, size);
    if (spare == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    dense->spare = spare;
    dense->spare_room = size;
    return TL_OK;
}

static void free_copy(tl_fiber *fiber)
{
    tl__free(fiber->copy, fiber->copy_room);
    fiber->copy = NULL;
    fiber->copy_room = 0;
}

/// Shrinks a fiber's memory for copied frames to `size` bytes.
static void shrink_copy(tl_fiber *fiber, size_t size)
{
    char *smaller = tl__reallocate(fiber->copy, fiber->copy_room, size);
    fiber->copy = smaller != NULL ? smaller : fiber->copy;
    fiber->copy_room = smaller != NULL ? (uint32_t)size : fiber->copy_room;
}

/// Returns where to copy `size` bytes of a fiber's frames, or null if memory would have to be allocated or freed first.
static inline char *find_room(tl_fiber *fiber, size_t size)
{
    if (fit_in_place(fiber, size) ? fiber->copy != NULL : size > fiber->copy_room)
        return NULL;
    return copy_of(fiber, size);
}

/// As find_room, but takes the pool's spare memory, and frees memory, as needed. Never returns null, since the memory
/// was reserved.
static char *make_copy_room(tl_fiber *fiber, size_t size)
{
    tl__dense *dense = dense_of(fiber);
    if (fit_in_place(fiber, size)) {
        free_copy(fiber);
    } else if (size > fiber->copy_room) {
        if (size > dense->spare_room)
            __builtin_trap(); // the memory was not reserved
        tl__free(fiber->copy, fiber->copy_room);
        fiber->copy = dense->spare;
        fiber->copy_room = (uint32_t)dense->spare_room;
        dense->spare = NULL;
        dense->spare_room = 0;
        shrink_copy(fiber, size);
    }
    return copy_of(fiber, size);
}

// Copying.

/// The unit of copying: two words at a time are measurably faster here than one.
typedef uint64_t two_words __attribute__((vector_size(16), aligned(8), may_alias));
typedef uint64_t one_word __attribute__((may_alias));

/// Copies a multiple of eight bytes. Reads and writes memory of live and of dead frames, on purpose; volatile, so that
/// no compiler turns the loop into a call that a sanitizer checks.
TL__NO_SANITIZE static inline void copy_words(char *to, const char *from, size_t size)
{
    size_t at = size & 8;
    if (at != 0)
        *(volatile one_word *)to = *(const volatile one_word *)from;
    for (; at < size; at += 16)
        *(volatile two_words *)(to + at) = *(const volatile two_words *)(from + at);
}

static void protect(tl__dense *dense, bool close)
{
    // Making the range accessible again cannot fail: by then it is a mapping of its own. If making it inaccessible
    // fails, less misuse is detected.
    size_t size = (size_t)(dense->top - dense->low);
    dense->closed = tl__memory_open(dense->low, size, !close) && close;
}

void tl__dense_protect(tl_pool *pool)
{
    if (TL__DENSE_CLOSES && !pool->dense.closed && stack_owner_of(&pool->dense) == NULL)
        protect(&pool->dense, true);
}

/// Returns the address that tl_fiber_prefetch_stack is to load, together with the cache line after it. If a fiber's
/// frames are in its place, right before its block, a resume touches them and the first fields of the block.
/// tl_fiber_prefetch loads all but one of these cache lines, the first or the last; the returned address covers that.
static char *prefetched(tl_fiber *fiber, char *copy)
{
    uintptr_t in_line = (uintptr_t)fiber % 64;
    return fiber->copy == NULL && in_line + offsetof(tl_fiber, deferred) > 64 ? (char *)fiber : copy;
}

static size_t size_of(const tl_fiber *stack_owner)
{
    return (size_t)(dense_of(stack_owner)->top - (char *)tl__context_stack_pointer(&stack_owner->context));
}

static inline void copy_off(tl__dense *dense, tl_fiber *stack_owner, char *to, size_t size)
{
    copy_words(to, dense->top - size, size);
    stack_owner->copied = (uint32_t)size;
    tl__context_move(&stack_owner->context, prefetched(stack_owner, to));
    set_stack_owner(dense, NULL);
}

static inline void copy_back(tl__dense *dense, tl_fiber *fiber)
{
    size_t size = fiber->copied;
    char *to = dense->top - size;
    tl__sanitizer_open(dense->low, (size_t)(dense->top - dense->low));
    copy_words(to, copy_of(fiber, size), size);
    fiber->copied = 0;
    tl__context_move(&fiber->context, to);
    set_stack_owner(dense, fiber);
}

bool tl__dense_try_to_occupy(tl_fiber *fiber)
{
    tl__dense *dense = dense_of(fiber);
    tl_fiber *before = stack_owner_of(dense);
    if (before == fiber)
        return true;
    if (tl__dense_has_waiters(dense))
        return false;
    if (before != NULL) {
        size_t size = size_of(before);
        char *to = find_room(before, size);
        if (to == NULL || tl__resumer(before) != NULL)
            return false;
        copy_off(dense, before, to, size);
    }
    copy_back(dense, fiber);
    return true;
}

void tl__dense_copy_off(tl_fiber *stack_owner)
{
    size_t size = size_of(stack_owner);
    char *to = find_room(stack_owner, size);
    copy_off(dense_of(stack_owner), stack_owner, to != NULL ? to : make_copy_room(stack_owner, size), size);
    dense_of(stack_owner)->latest = stack_owner;
}

void tl__dense_occupy(tl_fiber *fiber)
{
    tl__dense *dense = dense_of(fiber);
    tl_fiber *before = stack_owner_of(dense);
    if (before == fiber)
        return;
    if (before != NULL)
        tl__dense_copy_off(before);
    if (dense->closed)
        protect(dense, false);
    copy_back(dense, fiber);
}

void tl__dense_vacate(tl_fiber *stack_owner)
{
    dense_of(stack_owner)->latest = stack_owner;
    set_stack_owner(dense_of(stack_owner), NULL);
    tl__dense_drop_copy(stack_owner);
}

void tl__dense_drop_copy(tl_fiber *fiber)
{
    fiber->copied = 0;
    if (fiber->copy != NULL)
        free_copy(fiber);
}

void tl__dense_wait(tl_fiber *fiber)
{
    atomic_fetch_add_explicit(&dense_of(fiber)->waiting, 1, memory_order_relaxed);
}

void tl__dense_wait_no_more(tl_fiber *fiber)
{
    atomic_fetch_sub_explicit(&dense_of(fiber)->waiting, 1, memory_order_relaxed);
}

/// Whether the frames of `from` must leave the shared stack when control goes to `to`.
static bool must_leave(const tl_fiber *from, const tl_fiber *to, bool suspends)
{
    return (tl__is_dense(to) && to->pool == from->pool) || (suspends && tl__dense_has_waiters(dense_of(from)));
}

bool tl__dense_needs_trampoline(const tl_fiber *from, const tl_fiber *to, bool suspends)
{
    if (!tl__is_dense(from))
        return false;
    return must_leave(from, to, suspends) || (TL__DENSE_CLOSES && !dense_of(from)->stays);
}

/// Reserves memory for copying `from` itself off. If that is needed only to make the stack inaccessible, a lack of
/// memory is no error: the frames stay there.
static tl_result reserve_for_leaving(tl_fiber *from, const tl_fiber *to, bool suspends)
{
    dense_of(from)->stays = false;
    if (!tl__dense_needs_trampoline(from, to, suspends))
        return TL_OK;
    size_t used = (size_t)(from->stack_top - (char *)__builtin_frame_address(0));
    tl_result reserved = reserve_copy(from, used + UNTIL_THE_TRAMPOLINE);
    if (reserved == TL_OK || must_leave(from, to, suspends))
        return reserved;
    dense_of(from)->stays = true;
    return TL_OK;
}

/// Whether `self`, or a fiber that waits for `self`, belongs to `pool`.
static bool is_of_pool(const tl_pool *pool, const tl_fiber *self)
{
    for (; self != NULL; self = tl__resumer(self))
        if (self->pool == pool)
            return true;
    return false;
}

/// Reserves memory to copy off the fiber whose frames lie on the stack that `to` needs. Returns TL_ERROR_RUNNING if
/// another thread is on that stack.
static tl_result reserve_for_stack_owner(const tl_fiber *from, const tl_fiber *to)
{
    const tl__dense *dense = dense_of(to);
    const tl_fiber *before = stack_owner_of(dense);
    bool busy = tl__dense_has_waiters(dense) || (before != NULL && tl__resumer(before) != NULL);
    if (busy && !is_of_pool(to->pool, from))
        return TL_ERROR_RUNNING;
    if (before == NULL || before == from || before == to)
        return TL_OK;
    return reserve_copy(before, size_of(before));
}

tl_result tl__dense_reserve(tl_fiber *from, const tl_fiber *to, bool suspends)
{
    tl_result reserved = tl__is_dense(from) ? reserve_for_leaving(from, to, suspends) : TL_OK;
    if (reserved == TL_OK && tl__is_dense(to))
        reserved = reserve_for_stack_owner(from, to);
    return reserved;
}

// Arguments before the fiber begins.

/// Returns the bytes that an argument takes at the top of the stack, in whole words.
static size_t args_size(const tl_fiber_entry *entry)
{
    size_t unit = entry->args_align > 8 ? entry->args_align : 8;
    return (entry->args_size + unit - 1) / unit * unit;
}

tl_result tl__dense_reserve_args(const tl_fiber_entry *entry, char **room)
{
    size_t size = args_size(entry);
    *room = size > TL__DENSE_FRAMES ? tl__allocate(size) : NULL;
    return size > TL__DENSE_FRAMES && *room == NULL ? TL_ERROR_OUT_OF_MEMORY : TL_OK;
}

void tl__dense_free_args(const tl_fiber_entry *entry, char *room)
{
    tl__free(room, args_size(entry));
}

void tl__dense_adopt_room(tl_fiber *fiber, const tl_fiber_entry *entry, char *room)
{
    fiber->copy = room;
    fiber->copy_room = room != NULL ? (uint32_t)args_size(entry) : 0;
}

char *tl__dense_place_args(tl_fiber *fiber)
{
    size_t size = args_size(fiber->entry);
    fiber->copied = (uint32_t)size;
    return copy_of(fiber, size) + size - (size_t)(fiber->stack_top - (char *)fiber->args);
}

// The dense part of a pool.

const tl_pool *tl__dense_closed_at(const char *address)
{
    if (!tl__roots_try_lock())
        return NULL;
    const tl_pool *found = NULL;
    for (tl__root *root = tl__roots[TL__ROOT_POOL]; root != NULL && found == NULL; root = root->next) {
        const tl_pool *pool = TL__OF_ROOT(root, tl_pool, root);
        if (pool->dense.closed && address >= pool->dense.low && address < pool->dense.top)
            found = pool;
    }
    if (found == NULL)
        tl__roots_unlock();
    return found;
}

void tl__dense_looked_at(void)
{
    tl__roots_unlock();
}

size_t tl__dense_size(size_t guard_size, uint32_t count)
{
    return guard_size + TL__COPY_TRAMPOLINE_STACK + (size_t)count * TL__DENSE_PLACE;
}

tl_result tl__dense_open(tl_pool *pool, char *rest)
{
    tl__dense *dense = &pool->dense;
    tl_result guarded = tl__guard_install(rest, pool->guard_size, pool->guard_asked, &pool->guard);
    if (guarded != TL_OK)
        return guarded;
    if (!tl__memory_commit(rest + pool->guard_size, tl__dense_size(0, pool->stack_count)))
        return TL_ERROR_OUT_OF_MEMORY;
    dense->low = rest - pool->stack_size;
    dense->top = rest;
    dense->copy_trampoline_low = rest + pool->guard_size;
    dense->copy_trampoline_top = dense->copy_trampoline_low + TL__COPY_TRAMPOLINE_STACK;
    dense->places = dense->copy_trampoline_top;
    tl__context_create(&dense->copy_trampoline);
    tl__sanitizer_begin(&dense->copy_trampoline_sanitizer);
    tl__sanitizer_create(&dense->copy_trampoline_sanitizer, dense->copy_trampoline_low, TL__COPY_TRAMPOLINE_STACK);
    tl__dense_protect(pool);
    tl__sanitizer_root(dense->low, pool->stack_size);
    tl__sanitizer_root(dense->places, (size_t)pool->stack_count * TL__DENSE_PLACE);
    return TL_OK;
}

void tl__dense_close(tl_pool *pool)
{
    tl__sanitizer_destroy(&pool->dense.copy_trampoline_sanitizer);
    tl__sanitizer_end(&pool->dense.copy_trampoline_sanitizer);
    tl__sanitizer_unroot(pool->dense.low, pool->stack_size);
    tl__sanitizer_unroot(pool->dense.places, (size_t)pool->stack_count * TL__DENSE_PLACE);
    tl__free(pool->dense.spare, pool->dense.spare_room);
}

void tl__dense_forget(tl_fiber *fiber)
{
    tl__dense *dense = dense_of(fiber);
    tl__dense_drop_copy(fiber);
    if (dense->latest == fiber)
        dense->latest = NULL;
}

tl_result tl__dense_trim_stack(tl_pool *pool)
{
    tl__dense *dense = &pool->dense;
    tl_fiber *stack_owner = stack_owner_of(dense);
    tl__free(dense->spare, dense->spare_room);
    dense->spare = NULL;
    dense->spare_room = 0;
    if (stack_owner != NULL && tl__resumer(stack_owner) != NULL && !tl__fiber_is_waiting(stack_owner))
        return TL_OK; // it is running, so its saved stack pointer is out of date
    bool closed = dense->closed;
    if (closed)
        protect(dense, false);
    tl_result result = tl__memory_release(
        dense->low, stack_owner != NULL ? tl__context_stack_pointer(&stack_owner->context) : dense->top);
    if (closed)
        protect(dense, true);
    return result;
}

tl_result tl__dense_trim(tl_fiber *fiber)
{
    if (tl__dense_is_stack_owner(fiber))
        return tl__dense_trim_stack(fiber->pool);
    if (fiber->copied > 0 && fiber->copy_room > fiber->copied) // frames that fit in its place have no `copy`
        shrink_copy(fiber, fiber->copied);
    return TL_OK;
}

tl_result tl__dense_high_water(const tl_fiber *fiber, size_t *bytes)
{
    tl__dense *dense = dense_of(fiber);
    bool closed = dense->closed;
    if (closed)
        protect(dense, false);
    tl_result result = tl__stack_high_water(dense->low, fiber->stack_size, bytes);
    if (closed)
        protect(dense, true);
    return result;
}
