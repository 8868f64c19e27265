// SPDX-License-Identifier: MIT
/// Counts what is listed for debuggers.
#ifndef TELAR_ROOTS_COUNT_H
#define TELAR_ROOTS_COUNT_H

#include "check.h"
#include "fiber/roots.h"

static inline size_t count_roots(tl__root_kind kind)
{
    size_t found = 0;
    tl__roots_lock();
    for (const tl__root *root = tl__roots[kind]; root != NULL; root = root->next) {
        CHECK_POINTER(root, *root->at);
        ++found;
    }
    tl__roots_unlock();
    return found;
}

#endif
