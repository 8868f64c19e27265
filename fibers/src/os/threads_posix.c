// SPDX-License-Identifier: MIT
// What all systems with POSIX threads have in common.
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#include "os/threads.h"

static pthread_key_t key;
static bool has_key;

static void call(void *function)
{
    ((void (*)(void))(uintptr_t)function)();
}

static void make_thread_key(void)
{
    has_key = pthread_key_create(&key, call) == 0;
}

bool tl__thread_at_end(void (*function)(void))
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_thread_key);
    return has_key && pthread_setspecific(key, (void *)(uintptr_t)function) == 0;
}

_Noreturn void tl__thread_end_process(void)
{
    abort();
}

bool tl__at_fork(tl__fork_hooks *hooks)
{
    // relaxed: a caller that finds it set relies on no other data, and the C library has locks of its own.
    if (__atomic_exchange_n(&hooks->registered, true, __ATOMIC_RELAXED))
        return true;
    bool done = pthread_atfork(hooks->before, hooks->in_parent, hooks->in_child) == 0;
    __atomic_store_n(&hooks->registered, done, __ATOMIC_RELAXED);
    return done;
}

void tl__thread_yield(void)
{
    sched_yield();
}
