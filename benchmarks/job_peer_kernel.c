// SPDX-License-Identifier: MIT
// The time that the system takes to wake a thread on another CPU: a thread there waits for a semaphore.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "job_peer.h"
#include "measure.h"

static pthread_t thread;
static sem_t work;
static atomic_bool stops;
static _Atomic(double) began;

static void *wait_for_work(void *unused)
{
    while (!atomic_load(&stops)) {
        while (sem_wait(&work) != 0)
            ;
        atomic_store(&began, now());
    }
    return unused;
}

static cpu_set_t before;

static void stay_on(pthread_t which, int cpu)
{
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET((size_t)cpu, &only);
    pthread_setaffinity_np(which, sizeof only, &only);
}

static void open(unsigned workers)
{
    (void)workers;
    pthread_getaffinity_np(pthread_self(), sizeof before, &before);
    stay_on(pthread_self(), 0);
    stops = false;
    sem_init(&work, 0, 0);
    if (pthread_create(&thread, NULL, wait_for_work, NULL) == 0)
        stay_on(thread, 1);
}

static double wake(void)
{
    atomic_store(&began, 0);
    double start = now();
    sem_post(&work);
    while (atomic_load(&began) == 0)
        ;
    return began - start;
}

static void close(void)
{
    atomic_store(&stops, true);
    sem_post(&work);
    pthread_join(thread, NULL);
    sem_destroy(&work);
    pthread_setaffinity_np(pthread_self(), sizeof before, &before);
}

const job_peer job_peer_kernel = {.name = "a semaphore, pinned", .open = open, .close = close, .wake = wake};
