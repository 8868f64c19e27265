// SPDX-License-Identifier: MIT
/// The same jobs, done by each job system that is compared.
#ifndef TELAR_BENCHMARK_JOB_PEER_H
#define TELAR_BENCHMARK_JOB_PEER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A job system. The functions for what it cannot do are null.
typedef struct job_peer {
    const char *name;
    void (*open)(unsigned workers); ///< the calling thread included
    void (*close)(void);
    /// Starts `count` empty jobs, one after another, and waits for all.
    void (*flat)(size_t count);
    /// Returns the n-th Fibonacci number. With n above 1, each call starts a job for n - 1, computes n - 2 itself and
    /// waits.
    long (*fork_join)(int n);
    /// Runs work(i, context) for each i below `count`.
    void (*loop)(size_t count, void (*work)(size_t i, void *context), void *context);
    /// Starts one job while all others sleep, and returns how many nanoseconds later it began on another thread.
    double (*wake)(void);
} job_peer;

extern const job_peer job_peer_telar, job_peer_telar_pinned, job_peer_kernel, job_peer_tbb;

#ifdef __cplusplus
}
#endif

#endif
