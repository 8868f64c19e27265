// SPDX-License-Identifier: MIT
/// What other layers add to a dump: the fibers that run jobs and scripts.
#ifndef TELAR_FIBER_DUMP_H
#define TELAR_FIBER_DUMP_H

#include "telar/dump.h"

typedef struct tl__dump tl__dump;

enum { TL__DUMP_CALLS = 64 }; ///< most calls of a fiber that a dump shows

/// One fiber. Strings may be null, numbers may be zero: then they are left out.
typedef struct tl__dump_item {
    const char *kind; ///< "fiber", "job", "script"
    const tl_fiber *fiber;
    const char *name;
    char id[32], parent[32];
    const char *wait;      ///< what it waits for
    const char *wait_name; ///< the name of that
    double seconds, age;   ///< since it waits, and since it was made; negative: unknown
    const char *spawned_file;
    int spawned_line;
    bool is_cancelled;
    size_t used;       ///< bytes of its stack in use
    const char *state; ///< shown if it waits for nothing
    const void **calls;
    size_t count;
} tl__dump_item;

typedef enum tl__dump_part { TL__DUMP_JOBS, TL__DUMP_SCRIPTS, TL__DUMP_PARTS } tl__dump_part;

/// Registers the function by which a layer adds its items. The lists of fiber/roots.h are locked when it is called.
TL_API void tl__dump_with(tl__dump_part part, void (*add_all)(tl__dump *dump));

/// Sets what a fiber itself knows: state, use of its stack and, in an array of TL__DUMP_CALLS, its calls.
TL_API void tl__dump_look(tl__dump_item *item, const tl_fiber *fiber, const void **calls);

/// Adds an item to the dump; its strings are copied.
TL_API void tl__dump_add(tl__dump *dump, const tl__dump_item *item);

#endif
