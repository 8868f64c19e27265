// SPDX-License-Identifier: MIT
/// Lists of all that exists in the process, from which debuggers, dumps and reports of faults begin: pools, fibers on
/// stacks of the program's own, threads that use fibers, job systems and worlds. They are touched only where one of
/// these is made or destroyed.
#ifndef TELAR_FIBER_ROOTS_H
#define TELAR_FIBER_ROOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"

typedef enum tl__root_kind {
    TL__ROOT_POOL,
    TL__ROOT_OWN_FIBER, ///< a fiber that is in no pool (tl__own_fiber)
    TL__ROOT_THREAD,    ///< the state of a thread that has resumed a fiber
    TL__ROOT_JOB_SYSTEM,
    TL__ROOT_WORLD,
    TL__ROOT_KINDS
} tl__root_kind;

/// A member of what is listed. Zeros: it is in no list.
typedef struct tl__root {
    struct tl__root *next;
    struct tl__root **at; ///< the pointer that points to this root
} tl__root;

/// The latest of each kind; null: there is none. Only under the lock, except in a debugger.
extern TL_API tl__root *tl__roots[TL__ROOT_KINDS];

/// What a root is a member of.
#define TL__OF_ROOT(listed, type, member) ((type *)((char *)(listed)-offsetof(type, member)))

TL_API void tl__root_add(tl__root_kind kind, tl__root *root);
/// Does nothing for a root that is in no list.
TL_API void tl__root_remove(tl__root *root);

/// For the child of a fork: empties a list, since what is in it is not in this process.
void tl__roots_forget(tl__root_kind kind);

/// Lock the lists. The first returns false if they are locked already, and so never waits: for signal handlers.
bool tl__roots_try_lock(void);
TL_API void tl__roots_lock(void);
TL_API void tl__roots_unlock(void);

#endif
