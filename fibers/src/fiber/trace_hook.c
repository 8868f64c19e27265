// SPDX-License-Identifier: MIT
#include "fiber/trace_hook.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fiber/callback.h"
#include "fiber/trace_names.h"

/// The name of a stack, by the control block on it. Profilers keep the names' addresses, so none is ever freed; and
/// they are in the C library's memory, since the program may set an allocator later.
typedef struct stack_name {
    const tl_fiber *fiber; ///< null: this place of the table is free
    const char *name;
} stack_name;

/// A hash table with linear probing, at most half full.
static stack_name *stack_names;
static size_t stack_name_count, stack_name_room;

static _Atomic(const tl_run_hook *) run_hook;

static stack_name *stack_place(stack_name *table, size_t size, const tl_fiber *fiber)
{
    size_t at = (size_t)((uintptr_t)fiber / sizeof(void *) * UINT64_C(0x9e3779b97f4a7c15) >> 20) % size;
    while (table[at].fiber != NULL && table[at].fiber != fiber)
        at = (at + 1) % size;
    return &table[at];
}

static void grow_stack_names(void)
{
    enum { LEAST = 256 };
    size_t larger = stack_name_room == 0 ? LEAST : 2 * stack_name_room;
    stack_name *table = calloc(larger, sizeof *table);
    if (table == NULL)
        return;
    for (size_t i = 0; i < stack_name_room; ++i)
        if (stack_names[i].fiber != NULL)
            *stack_place(table, larger, stack_names[i].fiber) = stack_names[i];
    free(stack_names);
    stack_names = table;
    stack_name_room = larger;
}

static const char *make_stack_name(size_t number)
{
    enum { SIZE = 32 };
    char *name = malloc(SIZE);
    if (name != NULL)
        snprintf(name, SIZE, "fiber %zu", number);
    return name;
}

/// Returns one name for all stacks for which there is no memory.
static const char *find_stack_name(const tl_fiber *fiber)
{
    if (2 * stack_name_count >= stack_name_room)
        grow_stack_names();
    if (2 * stack_name_count >= stack_name_room)
        return "fibers";
    stack_name *found = stack_place(stack_names, stack_name_room, fiber);
    if (found->fiber == NULL) {
        const char *name = make_stack_name(stack_name_count + 1);
        if (name == NULL)
            return "fibers";
        *found = (stack_name){fiber, name};
        ++stack_name_count;
    }
    return found->name;
}

static const char *stack_name_of(const tl_fiber *fiber)
{
    tl__trace_lock();
    const char *name = find_stack_name(fiber);
    tl__trace_unlock();
    return name;
}

void tl__run_hook_call(const tl_fiber *fiber)
{
    const tl_run_hook *hook = atomic_load_explicit(&run_hook, memory_order_acquire); // pairs with tl_set_run_hook
    if (hook == NULL)
        return;
    TL__CALLBACK(callback);
    hook->on_run(fiber != NULL ? stack_name_of(fiber) : NULL, fiber, hook->user_data);
}

void tl__run_hook_set(const tl_run_hook *hook)
{
    atomic_store_explicit(&run_hook, hook, memory_order_release); // pairs with tl__run_hook_call
}
