// One mapping holds everything:
//
//     | tl_pool, one slot a stack | guard | stack 0 | guard | stack 1 | ... |
//
// The kernel gives memory to what is touched, so stacks that were never used cost nothing, and neither do their slots.
// A guard is installed when its stack is first used.
#include "telar/pool.h"

#include <sys/mman.h>

#include "fiber_internal.h"
#include "guard.h"
#include "misuse_internal.h"
#include "pool_internal.h"
#include "sanitizers.h"
#include "stack.h"

enum {
    DEFAULT_STACK_SIZE = 64 * 1024,
    DEFAULT_STACK_COUNT = 4096,
    MAX_STACK_COUNT = 1 << 30,
    MAX_SIZE = 1 << 30, // of a stack and of a guard
};
#define NO_SLOT UINT32_MAX

/// The slot of a stack in use names its fiber; that of a free one, the next free one.
typedef struct slot {
    tl_fiber *fiber;
    uint32_t next_free;
    bool in_use;
} slot;

struct tl_pool {
    char *stacks; ///< the first stack's guard
    size_t mapping_size;
    size_t stack_size;
    size_t guard_size;
    uint32_t stack_count;
    uint32_t in_use;
    uint32_t touched;            ///< stacks below this index have their guard
    uint32_t first_free;         ///< of those, the one given back last; NO_SLOT when none is free
    tl_guard guard_asked, guard; ///< `guard` is how the latest was made
    bool keep_float_control;
    bool closing;
    slot slots[];
};

static size_t whole_pages(size_t bytes, size_t page)
{
    return (bytes + page - 1) / page * page;
}

/// The description with its defaults filled in and its sizes rounded up.
static tl_result resolve(const tl_pool_desc *desc, tl_pool_desc *resolved)
{
    size_t page = tl__page_size();
    *resolved = *desc;
    if (resolved->guard > TL_GUARD_MPROTECT)
        return TL_ERROR_ARGUMENT;
    if (resolved->stack_size == 0)
        resolved->stack_size = DEFAULT_STACK_SIZE;
    if (resolved->guard_size == 0)
        resolved->guard_size = page;
    if (resolved->stack_count == 0)
        resolved->stack_count = DEFAULT_STACK_COUNT;
    if (resolved->stack_size < page || resolved->stack_size > MAX_SIZE)
        return TL_ERROR_STACK_SIZE;
    if (resolved->guard_size > MAX_SIZE)
        return TL_ERROR_GUARD_SIZE;
    resolved->stack_size = whole_pages(resolved->stack_size, page);
    resolved->guard_size = whole_pages(resolved->guard_size, page);
    // x86-64 and AArch64 give a process at least 2^47 bytes of addresses.
    uint64_t addresses = (uint64_t)resolved->stack_count * (resolved->stack_size + resolved->guard_size);
    if (resolved->stack_count > MAX_STACK_COUNT || addresses > (uint64_t)1 << 47)
        return TL_ERROR_STACK_COUNT;
    return TL_OK;
}

static char *stack_at(const tl_pool *pool, uint32_t index)
{
    return pool->stacks + (size_t)index * (pool->guard_size + pool->stack_size) + pool->guard_size;
}

/// Sees to it that stack number pool->touched has its guard.
static tl_result touch_next(tl_pool *pool)
{
    tl_result guarded = tl__guard_install(stack_at(pool, pool->touched) - pool->guard_size, pool->guard_size,
                                          pool->guard_asked, &pool->guard);
    if (guarded == TL_OK)
        ++pool->touched;
    return guarded;
}

tl_result tl_pool_create(const tl_pool_desc *desc, tl_pool **pool)
{
    if (pool != NULL)
        *pool = NULL;
    if (desc == NULL || pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_pool_desc resolved;
    tl_result possible = resolve(desc, &resolved);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);

    size_t head = whole_pages(sizeof(tl_pool) + resolved.stack_count * sizeof(slot), tl__page_size());
    size_t size = head + resolved.stack_count * (resolved.guard_size + resolved.stack_size);
    void *mapping =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED)
        return TL_ERROR_OUT_OF_MEMORY;
    // A huge page would make many stacks resident at the first touch of one. Kernels without huge pages refuse; so be
    // it.
    (void)madvise(mapping, size, MADV_NOHUGEPAGE);

    tl_pool *made = mapping;
    *made = (tl_pool){
        .stacks = (char *)mapping + head,
        .mapping_size = size,
        .stack_size = resolved.stack_size,
        .guard_size = resolved.guard_size,
        .stack_count = resolved.stack_count,
        .first_free = NO_SLOT,
        .guard_asked = resolved.guard,
        .guard = resolved.guard,
        .keep_float_control = resolved.keep_float_control,
    };
    tl_result guarded = touch_next(made); // the first guard now, so that what the kernel can do is known from the start
    if (guarded != TL_OK) {
        munmap(mapping, size);
        return guarded;
    }
    made->touched = 0;
    *pool = made;
    return TL_OK;
}

/// TL_OK when each fiber of the pool can be destroyed.
static tl_result check_destructible(const tl_pool *pool)
{
    for (uint32_t i = 0; i < pool->touched; ++i) {
        if (!pool->slots[i].in_use)
            continue;
        tl_fiber_status status = tl_fiber_get_status(pool->slots[i].fiber);
        if (status == TL_FIBER_RUNNING)
            return TL_ERROR_RUNNING;
        if (status == TL_FIBER_WAITING)
            return TL_ERROR_WAITING;
    }
    return TL_OK;
}

tl_result tl_pool_destroy(tl_pool *pool)
{
    if (pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (pool->closing)
        return tl__misuse(TL_ERROR_POOL_CLOSING, __func__);
    tl_result destructible = check_destructible(pool);
    if (destructible != TL_OK)
        return tl__misuse(destructible, __func__);

    pool->closing = true;
    for (uint32_t i = 0; i < pool->touched; ++i)
        if (pool->slots[i].in_use)
            tl_fiber_destroy(pool->slots[i].fiber);
    // Addresses may be mapped again by anyone: leave no marks on them.
    tl__sanitizer_open(pool->stacks, (size_t)((char *)pool + pool->mapping_size - pool->stacks));
    munmap(pool, pool->mapping_size);
    return TL_OK;
}

tl_result tl_pool_trim(tl_pool *pool)
{
    if (pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    for (uint32_t i = 0; i < pool->touched; ++i) {
        if (pool->slots[i].in_use)
            continue;
        tl_result released = tl__stack_release(stack_at(pool, i), stack_at(pool, i) + pool->stack_size);
        if (released != TL_OK)
            return released;
    }
    return TL_OK;
}

tl_result tl_pool_get_info(const tl_pool *pool, tl_pool_info *info)
{
    if (pool == NULL || info == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    *info = (tl_pool_info){
        .stack_size = pool->stack_size,
        .guard_size = pool->guard_size,
        .stack_count = pool->stack_count,
        .in_use = pool->in_use,
        .touched = pool->touched,
        .guard = pool->guard,
    };
    return TL_OK;
}

tl_result tl__pool_acquire(tl_pool *pool, tl__stack *stack)
{
    if (pool->closing)
        return TL_ERROR_POOL_CLOSING;
    uint32_t index = pool->first_free;
    if (index != NO_SLOT) {
        pool->first_free = pool->slots[index].next_free;
    } else {
        if (pool->touched == pool->stack_count)
            return TL_ERROR_POOL_EXHAUSTED;
        index = pool->touched;
        tl_result guarded = touch_next(pool);
        if (guarded != TL_OK)
            return guarded;
    }
    pool->slots[index].in_use = true;
    ++pool->in_use;
    *stack = (tl__stack){stack_at(pool, index), pool->stack_size, index};
    tl__sanitizer_open(stack->low, stack->size);
    return TL_OK;
}

void tl__pool_set_fiber(tl_pool *pool, uint32_t index, tl_fiber *fiber)
{
    pool->slots[index].fiber = fiber;
}

void tl__pool_give_back(tl_pool *pool, uint32_t index)
{
    pool->slots[index] = (slot){.next_free = pool->first_free};
    pool->first_free = index;
    --pool->in_use;
    tl__sanitizer_close(stack_at(pool, index), pool->stack_size);
}

bool tl__pool_keeps_float_control(const tl_pool *pool)
{
    return pool->keep_float_control;
}

size_t tl__pool_stack_size(const tl_pool *pool)
{
    return pool->stack_size;
}

size_t tl__pool_guard_size(const tl_pool *pool)
{
    return pool->guard_size;
}
