// SPDX-License-Identifier: MIT
/// What the page warns of, apart from the library's messages.
#ifndef TELAR_INSPECTOR_WARNINGS_H
#define TELAR_INSPECTOR_WARNINGS_H

#include "board.h"
#include "fiber/dump_text.h"
#include "world/observer.h"

/// The script that the server saw running when it last looked.
typedef struct tl__stuck {
    uint64_t turn; ///< number of its turn
    int64_t since; ///< when that was first seen
} tl__stuck;

/// Writes the warnings as members of a JSON array.
/// @param observer  of the world, which shows the running script
void tl__warnings_write(tl__dump_text *json, const tl__snapshot *snapshot, const tl__board *board,
                        const tl__observer *observer, tl__stuck *stuck);

/// Returns a size for a stack of which at most `high_water` bytes were used: twice that, in whole pages, and no less
/// than 16 KiB.
size_t tl__suggested_stack(size_t high_water);

#endif
