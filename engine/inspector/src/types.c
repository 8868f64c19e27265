// SPDX-License-Identifier: MIT
#include "types.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fiber/info.h"
#include "os/allocator.h"

enum { LEAST_TYPES = 32 };

static uint32_t slot_of(const tl__types *types, const tl_fiber_entry *entry)
{
    uint64_t hash = (uint64_t)(uintptr_t)entry * 0x9e3779b97f4a7c15u >> 32;
    uint32_t at = (uint32_t)hash & (types->table_size - 1);
    while (types->table[at] != 0 && types->types[types->table[at] - 1].entry != entry)
        at = (at + 1) & (types->table_size - 1);
    return at;
}

/// Makes room for twice as many types, in a table that is at most half full.
static bool grow(tl__types *types)
{
    uint32_t capacity = types->capacity == 0 ? LEAST_TYPES : 2 * types->capacity;
    uint32_t *table = tl__allocate_zeros(2 * capacity * sizeof *table);
    if (table == NULL)
        return false;
    if (!TL__GROW(types->types, types->capacity, capacity)) {
        tl__free(table, 2 * capacity * sizeof *table);
        return false;
    }
    tl__free(types->table, types->table_size * sizeof *types->table);
    types->table = table;
    types->table_size = 2 * capacity;
    types->capacity = capacity;
    for (uint32_t i = 0; i < types->count; ++i)
        table[slot_of(types, types->types[i].entry)] = i + 1;
    return true;
}

tl__type *tl__type_of(tl__types *types, const tl_fiber_entry *entry)
{
    uint32_t found = types->table_size > 0 ? types->table[slot_of(types, entry)] : 0;
    if (found != 0)
        return &types->types[found - 1];
    if (types->count == types->capacity && !grow(types))
        return NULL;
    types->types[types->count] = (tl__type){.entry = entry};
    types->table[slot_of(types, entry)] = ++types->count;
    return &types->types[types->count - 1];
}

tl__type *tl__type_count(tl__types *types, const tl_fiber_entry *entry)
{
    tl__type *type = tl__type_of(types, entry);
    if (type != NULL && type->count++ == 0) { // another library may have been loaded to the same address
        snprintf(type->name, sizeof type->name, "%s", tl__entry_name(entry));
        snprintf(type->file, sizeof type->file, "%s", entry->file != NULL ? entry->file : "");
        type->line = entry->line;
    }
    return type;
}

void tl__types_begin(tl__types *types)
{
    for (uint32_t i = 0; i < types->count; ++i)
        types->types[i].count = 0;
}

bool tl__types_end(tl__types *types, double seconds)
{
    if (seconds < 1)
        return false;
    for (uint32_t i = 0; i < types->count; ++i) {
        tl__type *type = &types->types[i];
        if (seconds > 2) // the page was closed meanwhile
            type->count_seconds = 0;
        memmove(type->counts + 1, type->counts, TL__TYPE_SECONDS * sizeof *type->counts);
        type->counts[0] = type->count;
        if (type->count_seconds <= TL__TYPE_SECONDS)
            ++type->count_seconds;
    }
    return true;
}

bool tl__type_grows(const tl__type *type, uint32_t *from)
{
    enum { LEAST_GROWTH = 10 };
    if (type->count_seconds <= TL__TYPE_SECONDS)
        return false;
    for (uint32_t i = 0; i < TL__TYPE_SECONDS; ++i)
        if (type->counts[i] < type->counts[i + 1])
            return false;
    *from = type->counts[TL__TYPE_SECONDS];
    return type->counts[0] >= *from + LEAST_GROWTH && type->counts[0] - *from >= *from / 4;
}

void tl__types_free(tl__types *types)
{
    tl__free(types->types, types->capacity * sizeof *types->types);
    tl__free(types->table, types->table_size * sizeof *types->table);
}
