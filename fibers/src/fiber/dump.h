// SPDX-License-Identifier: MIT
/// What other layers add to a dump: the fibers that run jobs and scripts.
#ifndef TELAR_FIBER_DUMP_H
#define TELAR_FIBER_DUMP_H

#include "telar/dump.h"

typedef struct tl__dump tl__dump;

enum { TL__DUMP_CALLS = 64 }; ///< most calls of a fiber that a dump shows

/// The parts of an id that is written "index.generation"; index 0: none.
typedef struct tl__dump_id {
    uint32_t index, generation;
} tl__dump_id;

/// One fiber, or a thread. Strings may be null, numbers may be zero: then they are left out. (A fiber of which only the
/// name is known has stack_size 0.)
typedef struct tl__dump_item {
    const char *kind;            ///< "fiber", "job", "script", "thread"
    const tl_fiber_entry *entry; ///< of the fiber; null for a thread
    uint32_t stack_size;
    const char *name;
    tl__dump_id id, parent;
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
    bool is_interrupted; ///< the first address is that of an instruction, not what a call returns to
} tl__dump_item;

/// An item of which all that it refers to may be gone before it is added to a dump, so that it has copies. They are cut
/// off where they do not fit: paths at their beginning, so that the file's name stays.
typedef struct tl__dump_note {
    tl__dump_item item;
    const void *calls[TL__DUMP_CALLS]; ///< for tl__dump_look
    tl_fiber_entry entry;
    char name[64], function[64], file[128], wait[32], wait_name[64], spawned_file[128];
} tl__dump_note;

typedef enum tl__dump_part { TL__DUMP_JOBS, TL__DUMP_SCRIPTS, TL__DUMP_PARTS } tl__dump_part;

/// Registers the function by which a layer adds its items. The lists of fiber/roots.h are locked when it is called.
TL_API void tl__dump_with(tl__dump_part part, void (*add_all)(tl__dump *dump));

/// Sets what a fiber itself knows: state, use of its stack and, in an array of TL__DUMP_CALLS, its calls.
TL_API void tl__dump_look(tl__dump_item *item, const tl_fiber *fiber, const void **calls);

/// Adds an item to the dump; its strings are copied.
TL_API void tl__dump_add(tl__dump *dump, const tl__dump_item *item);

/// Copies a string into an array of `size` bytes and returns that. What does not fit is cut off, between two characters
/// of UTF-8. Null if the string is null. A signal handler may call it.
TL_API const char *tl__dump_copy(char *to, size_t size, const char *from);

/// Makes a note's item refer to copies of its strings and its entry. Calls nothing that a signal handler may not call.
TL_API void tl__dump_keep(tl__dump_note *note);

/// Makes and writes a dump of what `add_all` adds, as tl_dump does. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
TL_API tl_result tl__dump_make(const tl_dump_desc *desc, void (*add_all)(tl__dump *dump, void *user_data),
                               void *user_data);

/// Returns the number of the latest request for a dump; 0 if the program has written one since.
/// @thread any
TL_API uint32_t tl__dump_request(void);

#endif
