// SPDX-License-Identifier: MIT
/// Explores interleavings: a program of several threads is run many times on a single one, each time in an order of its
/// own, which a seed decides. The same seed gives the same run.
///
///     TEST(a_lock_is_held_by_one) { explore(100000, two_threads_that_lock); }
///
/// Before each operation on an atomic word, another thread may continue. And a load returns any of the values that C11
/// allows: each word keeps its last stores, and a thread sees one of those that it does not know to be overwritten, by
/// what it has acquired. So a memory order that is too weak is found even on a machine that would never show it. Loads
/// that see stores of the future are not explored.
///
/// A run fails when a CHECK fails; when threads wait and none can continue; when the run does not end; when two threads
/// use plain memory, which they announce by explore_read and explore_write, without order between them; and when a
/// thread uses a word that explore_retire was called for. The seed is printed; TELAR_SEED=n runs only that one.
#ifndef TELAR_EXPLORE_H
#define TELAR_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPLORE_THREADS = 6 };

/// What a thread knows: of each thread, how many of its accesses.
typedef struct explore_clock {
    uint32_t known[EXPLORE_THREADS];
} explore_clock;

typedef struct explore_semaphore {
    uint32_t posts;
    explore_clock released;
} explore_semaphore;

/// Runs the program as the first thread, once for each seed from 1 to `seeds`. TELAR_PART="i/n" in the environment runs
/// only the seeds i, i + n, i + 2n, ..., so that the presets share the seeds. Without it a slow build runs one seed
/// in 10 (under sanitizers and without optimisation) or in 1,000 (under Valgrind).
void explore(uint64_t seeds, void (*program)(void));

/// Returns a number below `below`, which the seed decides.
uint32_t explore_choose(uint32_t below);

int explore_start(void *(*run)(void *), void *arg);
void explore_join(int thread);
void explore_post(explore_semaphore *semaphore);
void explore_wait(explore_semaphore *semaphore);
/// @return false if the time has passed, which may happen at any moment
bool explore_wait_until(explore_semaphore *semaphore, int64_t end);

/// Announce that plain memory is read or written.
void explore_read(const void *plain);
void explore_write(const void *plain);

/// From here on no thread may use the words in this memory, as if it were freed, until explore_reuse or the run's end.
void explore_retire(const void *memory, size_t size);
void explore_reuse(const void *memory);

#endif
