/// The same three things, done by each library that is compared.
#ifndef TELAR_BENCHMARK_PEER_H
#define TELAR_BENCHMARK_PEER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PEER_STACK_SIZE = 64 * 1024 };

typedef struct peer {
    const char *name;
    const char *what; ///< how it is set up, for the table's foot
    /// Makes `count` fibers, each of which yields for ever, and starts them.
    void (*open)(uint32_t count);
    /// Resumes each of them in turn, `rounds` times over.
    void (*turn)(uint32_t rounds);
    /// Destroys them.
    void (*close)(void);
    /// Makes a fiber, runs it to its end and destroys it, `times` times.
    void (*churn)(uint32_t times);
} peer;

extern const peer peer_telar, peer_telar_float, peer_ucontext, peer_boost;

/// Ends the program when something cannot be had.
void *need(void *pointer);

#ifdef __cplusplus
}
#endif

#endif
