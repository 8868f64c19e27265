// SPDX-License-Identifier: MIT
#include "world/turn_times.h"

tl__turn_time *tl__turn_times_find(tl__turn_times *times, const tl_fiber_entry *entry)
{
    uint64_t key = (uint64_t)(uintptr_t)entry;
    uint64_t at = key * 0x9e3779b97f4a7c15u >> 32;
    for (uint32_t tries = 0; tries < TL__TIMED_ENTRIES; ++tries, ++at) {
        tl__turn_time *slot = &times->of[at % TL__TIMED_ENTRIES];
        uint64_t found = tl__load(&slot->entry, memory_order_relaxed);
        if (found == 0 && tl__cas(&slot->entry, &found, key, memory_order_relaxed))
            return slot;
        if (found == key)
            return slot;
    }
    return NULL;
}

void tl__turn_times_add(tl__turn_times *times, const tl_fiber_entry *entry, bool is_first, uint64_t ticks)
{
    tl__turn_time *slot = tl__turn_times_find(times, entry);
    if (slot == NULL)
        return;
    tl__add(&slot->starts, is_first, memory_order_relaxed);
    tl__add(&slot->turns, 1, memory_order_relaxed);
    tl__add(&slot->ticks, ticks, memory_order_relaxed);
    uint64_t longest = tl__load(&slot->longest, memory_order_relaxed);
    while (ticks > longest && !tl__cas(&slot->longest, &longest, ticks, memory_order_relaxed))
        continue;
}
