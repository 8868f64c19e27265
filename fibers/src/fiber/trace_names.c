// SPDX-License-Identifier: MIT
#include "fiber/trace_names.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/utf8.h"
#include "os/memory.h"
#include "os/spin.h"
#include "os/threads.h"

/// A hash table with linear probing, at most half full.
enum { NAME_BUCKETS = 2 * TL__TRACE_NAMES };

/// In memory of its own, since most programs trace nothing.
typedef struct name_table {
    char texts[TL__TRACE_NAMES][TL__TRACE_NAME_SIZE];
    uint16_t numbers[NAME_BUCKETS]; ///< 0: free
} name_table;

static name_table *name_table_made;                        // written under the lock
static _Atomic uint32_t name_count = TL__TRACE_MORE_NAMES; // written under the lock, after the name
static tl__spin trace_spin;

void tl__trace_lock(void)
{
    tl__spin_acquire(&trace_spin);
}

void tl__trace_unlock(void)
{
    tl__spin_release(&trace_spin);
}

void tl__trace_watch_forks(void)
{
    static tl__fork_hooks hooks = {tl__trace_lock, tl__trace_unlock, tl__trace_unlock, false};
    tl__at_fork(&hooks);
}

/// Returns how many bytes of a name are kept.
static size_t kept_length(const char *name)
{
    return tl__utf8_fit(name, TL__TRACE_NAME_SIZE - 1);
}

/// FNV-1a, over the bytes that are kept.
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0, length = kept_length(name); i < length; ++i)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

static bool is_copy_of(const char *copy, const char *name)
{
    size_t length = strlen(copy);
    return strncmp(copy, name, length) == 0 && (name[length] == '\0' || length == kept_length(name));
}

static uint32_t add_to_table(const char *name)
{
    uint32_t at = hash_name(name) % NAME_BUCKETS;
    for (; name_table_made->numbers[at] != 0; at = (at + 1) % NAME_BUCKETS)
        if (is_copy_of(name_table_made->texts[name_table_made->numbers[at]], name))
            return name_table_made->numbers[at];
    uint32_t number = tl__trace_name_count();
    if (number == TL__TRACE_NAMES)
        return TL__TRACE_MORE_NAMES;
    memcpy(name_table_made->texts[number], name, kept_length(name));
    name_table_made->numbers[at] = (uint16_t)number;
    atomic_store_explicit(&name_count, number + 1, memory_order_release); // pairs with tl__trace_name_count
    return number;
}

/// Returns false if there is no memory, also if there was none before.
static bool make_name_table(void)
{
    static const char *const always[] = {"(too many names)", "runs", "ready", "asleep", "wakes", "frame"};
    static bool refused;
    if (name_table_made != NULL || refused)
        return name_table_made != NULL;
    size_t size = (sizeof *name_table_made + tl__page_size() - 1) / tl__page_size() * tl__page_size();
    void *memory = tl__memory_map(size);
    refused = memory == NULL || !tl__memory_commit(memory, size);
    if (refused && memory != NULL)
        tl__memory_unmap(memory, size);
    if (refused)
        return false;
    name_table_made = memory;
    for (size_t i = 0; i < sizeof always / sizeof *always; ++i)
        add_to_table(always[i]);
    return true;
}

uint32_t tl__trace_add_name(const char *name)
{
    if (name == NULL)
        return TL__TRACE_NO_NAME;
    tl__trace_lock();
    uint32_t number = make_name_table() ? add_to_table(name) : TL__TRACE_MORE_NAMES;
    tl__trace_unlock();
    return number;
}

uint32_t tl__trace_name_count(void)
{
    return atomic_load_explicit(&name_count, memory_order_acquire); // pairs with add_to_table
}

const char *tl__trace_name(uint32_t number)
{
    return number == TL__TRACE_NO_NAME || name_table_made == NULL ? "" : name_table_made->texts[number];
}

uint32_t tl__trace_find_name(tl__trace_recent recent[TL__TRACE_RECENT_NAMES], const char *name)
{
    if (name == NULL)
        return TL__TRACE_NO_NAME;
    uintptr_t address = (uintptr_t)name;
    tl__trace_recent *found = &recent[(address ^ address >> 8) % TL__TRACE_RECENT_NAMES];
    if (UNLIKELY(found->name != name || !is_copy_of(found->copy, name))) { // other text may lie there now
        found->number = tl__trace_add_name(name);
        found->copy = tl__trace_name(found->number);
        found->name = found->number != TL__TRACE_MORE_NAMES ? name : NULL;
    }
    return found->number;
}
