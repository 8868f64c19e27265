// SPDX-License-Identifier: MIT
/// The same work, done by each library that is compared.
#ifndef TELAR_BENCHMARK_PEER_H
#define TELAR_BENCHMARK_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PEER_LOCALS = 400 };

/// Fibers to be resumed in turn.
typedef struct peer_fibers {
    uint32_t count;
    size_t stack_size;
    bool shuffled; ///< resumed in an order unrelated to that in which they were made
    bool deep;     ///< each is suspended PEER_LOCALS bytes deep, as scripts are
} peer_fibers;

typedef enum peer_kind {
    PEER_USUAL = 0,
    PEER_MAKES_SYSTEM_CALLS, ///< each switch makes one, so it is measured with a tenth of the switches
    PEER_HAS_NO_FIBERS,      ///< there is no depth to suspend at
} peer_kind;

typedef struct peer {
    const char *name;
    const char *what; ///< how it is set up, for the head of the output
    uint32_t fewest;  ///< fewest and most fibers in turn for which it is measured
    uint32_t most;
    /// Makes fibers, each of which yields for ever, and starts them.
    void (*open)(const peer_fibers *fibers);
    /// Resumes each of the fibers in turn, `rounds` times over.
    void (*turn)(uint32_t rounds);
    /// Destroys the fibers.
    void (*close)(void);
    /// Makes a fiber, runs it to its end and destroys it, `times` times. May be null.
    void (*churn)(uint32_t times, size_t stack_size);
    peer_kind kind;
} peer;

extern const peer peer_telar, peer_telar_float, peer_telar_dense, peer_telar_page, peer_ucontext, peer_boost,
    peer_boost_prefetched, peer_boost_spaced, peer_memory, peer_control_words, peer_windows;

/// Returns the pointer, or ends the program if it is null.
void *need(void *pointer);

/// Puts `count` pointers into an order that is always the same for the same count.
void shuffle(void **pointers, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
