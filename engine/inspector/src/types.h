// SPDX-License-Identifier: MIT
/// What an inspector remembers of each entry function of scripts. Used by the thread that steps the world only.
#ifndef TELAR_INSPECTOR_TYPES_H
#define TELAR_INSPECTOR_TYPES_H

#include <stdbool.h>

#include "telar/fiber.h"

enum { TL__TYPE_SECONDS = 10 }; ///< for how long a type must grow to be noted

typedef struct tl__type {
    const tl_fiber_entry *entry;
    char name[64], file[160]; ///< copies: a library that is closed takes the entry with it
    int line;
    uint32_t count; ///< scripts of it, as of the latest look
    size_t high_water, stack_size;
    uint32_t counts[TL__TYPE_SECONDS + 1]; ///< the count at the latest full seconds, the newest first
    uint32_t count_seconds;                ///< how many of these there are
} tl__type;

/// Zero-initialised, it is empty.
typedef struct tl__types {
    tl__type *types;
    uint32_t *table; ///< by the hash of the entry: an index in `types`, counted from 1; 0: free
    uint32_t count, capacity, table_size;
} tl__types;

/// Returns the type of an entry, which is added if there is none; null if there is no memory.
tl__type *tl__type_of(tl__types *types, const tl_fiber_entry *entry);

/// Counts a living script of an entry. Returns its type; null if there is no memory.
tl__type *tl__type_count(tl__types *types, const tl_fiber_entry *entry);

/// Begins a look at all scripts: sets all counts to zero.
void tl__types_begin(tl__types *types);

/// Ends a look, `seconds` after the latest one that a full second had passed at; returns whether that is so again.
bool tl__types_end(tl__types *types, double seconds);

/// Whether the number of a type's scripts has only grown in the latest seconds, and by so much that it is worth a
/// warning; then sets `from` to what it was before.
bool tl__type_grows(const tl__type *type, uint32_t *from);

void tl__types_free(tl__types *types);

#endif
