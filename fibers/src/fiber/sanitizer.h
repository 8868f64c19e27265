// SPDX-License-Identifier: MIT
/// Tells AddressSanitizer, ThreadSanitizer and Valgrind about stacks that are not a thread's own. Support for each is
/// compiled in only where it is used.
#ifndef TELAR_FIBER_SANITIZER_H
#define TELAR_FIBER_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sanitizers.h"
#include "os/stack.h"
#include "os/threads.h"

#if defined(TL__ASAN)
#define TL__SANITIZER_ARRIVES 1 ///< the sanitizer must be called after a switch, too
#endif

/// LeakSanitizer's functions. They are null unless the program contains LeakSanitizer, alone or as part of
/// AddressSanitizer.
extern void __lsan_register_root_region(const void *low, size_t size) __attribute__((weak));
extern void __lsan_unregister_root_region(const void *low, size_t size) __attribute__((weak));

/// Registers a stack with LeakSanitizer, so that memory to which only a suspended fiber's frames point does not count
/// as leaked.
static inline void tl__sanitizer_root(const void *low, size_t size)
{
    if (__lsan_register_root_region != NULL)
        __lsan_register_root_region(low, size);
}

static inline void tl__sanitizer_unroot(const void *low, size_t size)
{
    if (__lsan_unregister_root_region != NULL)
        __lsan_unregister_root_region(low, size);
}

/// The sanitizers' data of a fiber, or of a thread's own context.
typedef struct tl__sanitizer {
#ifdef TL__ASAN
    void *fake_stack;
    const void *low;
    size_t size;
#endif
#ifdef TL__TSAN
    void *tsan_fiber;    ///< reused by the next fiber of the same stack; null: none yet
    unsigned tsan_lives; ///< number of fibers that it has served
#endif
#ifdef TELAR_VALGRIND
    unsigned stack_id;
#endif
    char none;
} tl__sanitizer;

/// Initialises the data of the calling thread's own context.
static inline void tl__sanitizer_adopt_thread(tl__sanitizer *thread)
{
    (void)thread;
#ifdef TL__ASAN
    tl__thread_own_stack(&thread->low, &thread->size);
#endif
#ifdef TL__TSAN
    thread->tsan_fiber = __tsan_get_current_fiber();
#endif
}

#ifdef TL__TSAN
/// Number of fibers that share one ThreadSanitizer fiber. ThreadSanitizer keeps about 100 KB for each of its fibers
/// that ended, so one of them serves many fibers of one stack in turn. That hides no data race: threads that hand a
/// stack over have to synchronise anyway. But each fiber that ends leaves a few calls on the call stack that
/// ThreadSanitizer keeps for its fiber, which has room for 65,536 calls.
enum { TL__TSAN_LIVES = 256 };
#endif

/// Initialises the data of a control block before its first fiber; the memory may hold anything.
static inline void tl__sanitizer_begin(tl__sanitizer *block)
{
    (void)block;
#ifdef TL__TSAN
    block->tsan_fiber = NULL;
    block->tsan_lives = 0;
#endif
}

/// Releases the data of a control block, and initialises it again.
static inline void tl__sanitizer_end(tl__sanitizer *block)
{
    (void)block;
#ifdef TL__TSAN
    if (block->tsan_fiber != NULL)
        __tsan_destroy_fiber(block->tsan_fiber);
    tl__sanitizer_begin(block);
#endif
}

/// Registers a new fiber on the stack from `low` to `low + size`.
static inline void tl__sanitizer_create(tl__sanitizer *fiber, const void *low, size_t size)
{
    (void)fiber, (void)low, (void)size;
#ifdef TL__ASAN
    fiber->fake_stack = NULL;
    fiber->low = low;
    fiber->size = size;
#endif
#ifdef TL__TSAN
    if (fiber->tsan_fiber == NULL)
        fiber->tsan_fiber = __tsan_create_fiber(0);
#endif
#ifdef TELAR_VALGRIND
    fiber->stack_id = (unsigned)VALGRIND_STACK_REGISTER(low, (const char *)low + size);
#endif
}

static inline void tl__sanitizer_destroy(tl__sanitizer *fiber)
{
    (void)fiber;
#ifdef TL__TSAN
    if (++fiber->tsan_lives == TL__TSAN_LIVES)
        tl__sanitizer_end(fiber);
#endif
#ifdef TELAR_VALGRIND
    VALGRIND_STACK_DEREGISTER(fiber->stack_id);
#endif
}

/// Announces a switch to the sanitizer, right before it. `for_good`: `from` will not run again.
static TL__LEAVES __attribute__((unused)) void tl__sanitizer_leave(tl__sanitizer *from, const tl__sanitizer *to,
                                                                   bool for_good)
{
    (void)from, (void)to, (void)for_good;
#ifdef TL__ASAN
    __sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->low, to->size);
#endif
#ifdef TL__TSAN
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
}

/// Tells the sanitizer that a switch is complete, right after it, on the stack of `self`. It must be the first call on
/// a new fiber, too.
static inline void tl__sanitizer_arrive(tl__sanitizer *self)
{
    (void)self;
#ifdef TL__ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#endif
}

#ifdef TL__ASAN
/// Unpoisons memory from the lowest poisoned byte on. It searches for that byte first, since a search only reads:
/// shadow memory that was never written then stays without pages.
static inline void tl__asan_open(const void *low, size_t size)
{
    const char *end = (const char *)low + size, *poisoned = __asan_region_is_poisoned((void *)(uintptr_t)low, size);
    if (poisoned != NULL)
        __asan_unpoison_memory_region(poisoned, (size_t)(end - poisoned));
}
#endif

/// Marks the memory of a stack that is handed out as usable, whatever frames were abandoned on it.
static inline void tl__sanitizer_open(const void *low, size_t size)
{
    (void)low, (void)size;
#ifdef TL__ASAN
    tl__asan_open(low, size);
#endif
#ifdef TELAR_VALGRIND
    VALGRIND_MAKE_MEM_UNDEFINED(low, size);
#endif
}

/// Marks the frames from `low` to `end` as abandoned, so that the functions that run next may use the memory.
static inline void tl__sanitizer_abandon(const char *low, const char *end)
{
    (void)low, (void)end;
#ifdef TL__ASAN
    tl__asan_open(low, (size_t)(end - low));
#endif
}

/// Marks the memory of a stack that was returned to its pool as unusable: any use is reported until the stack is handed
/// out again. (With AddressSanitizer this covers only the pages from the lowest used one on.)
static inline void tl__sanitizer_close(const void *low, size_t size)
{
    (void)low, (void)size;
#ifdef TL__ASAN
    const char *used = tl__stack_lowest_page(low, size);
    __asan_poison_memory_region(used, size - (size_t)(used - (const char *)low));
#endif
#ifdef TELAR_VALGRIND
    VALGRIND_MAKE_MEM_NOACCESS(low, size);
#endif
}

#endif
