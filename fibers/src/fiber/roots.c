// SPDX-License-Identifier: MIT
#include "fiber/roots.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/sanitizers.h"
#include "os/spin.h"
#include "os/threads.h"

// Hidden from ThreadSanitizer: the lock would order whatever threads do before and after they first use fibers, and
// hide data races of the program's own.
#ifdef TL__TSAN
#define UNSEEN __attribute__((no_sanitize_thread))
#else
#define UNSEEN
#endif

tl__root *tl__roots[TL__ROOT_KINDS];
static atomic_flag is_locked = ATOMIC_FLAG_INIT;

UNSEEN bool tl__roots_try_lock(void)
{
    return !atomic_flag_test_and_set_explicit(&is_locked, memory_order_acquire); // pairs with tl__roots_unlock
}

UNSEEN void tl__roots_lock(void)
{
    uint32_t spins = 0;
    while (!tl__roots_try_lock())
        tl__pause(&spins);
}

UNSEEN void tl__roots_unlock(void)
{
    atomic_flag_clear_explicit(&is_locked, memory_order_release); // pairs with tl__roots_try_lock
}

UNSEEN void tl__root_add(tl__root_kind kind, tl__root *root)
{
    // The lock is held during a fork, so that the child gets whole lists, and can unlock them.
    static tl__fork_hooks hooks = {tl__roots_lock, tl__roots_unlock, tl__roots_unlock, false};
    tl__at_fork(&hooks);
    tl__roots_lock();
    root->next = tl__roots[kind];
    root->at = &tl__roots[kind];
    if (root->next != NULL)
        root->next->at = &root->next;
    tl__roots[kind] = root;
    tl__roots_unlock();
}

UNSEEN void tl__root_remove(tl__root *root)
{
    tl__roots_lock(); // before any look at the root, to which its neighbours write
    if (root->at != NULL) {
        *root->at = root->next;
        if (root->next != NULL)
            root->next->at = root->at;
        *root = (tl__root){0};
    }
    tl__roots_unlock();
}

void tl__roots_forget(tl__root_kind kind)
{
    tl__roots[kind] = NULL;
}
