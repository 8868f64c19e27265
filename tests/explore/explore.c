// SPDX-License-Identifier: MIT
// The simulated threads are fibers. The library's thread-local state is exchanged with them, so that they may resume
// fibers of their own.
#include "explore.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef TELAR_VALGRIND
#include <valgrind/memcheck.h>
#endif

#include "check.h"
#include "explore_atomics.h"
#include "fiber/thread.h"
#include "telar/pool.h"

enum {
    HISTORY = 8,        ///< latest stores of a word that a load may still see
    WORDS = 4096,       ///< words that a run may use; a power of two
    RANGES = 64,        ///< ranges of memory that can be retired at once
    MOST_STEPS = 60000, ///< steps that a run may take
};

typedef struct store {
    uint64_t value;
    int thread;
    uint32_t stamp;
    explore_clock released; ///< what a thread that acquires this store knows from then on
} store;

typedef struct word {
    const void *at;
    uint64_t run;        ///< the seed of the run that this entry belongs to
    uint64_t count;      ///< number of stores so far; number i is in stores[i % HISTORY]
    uint64_t last_total; ///< number of the latest seq_cst store
    uint64_t seen[EXPLORE_THREADS];
    store stores[HISTORY];
    // For plain memory: the thread that wrote last, the time of that write, and the latest time that each thread read.
    int writer;
    explore_clock writes, reads;
} word;

typedef struct thread {
    tl_fiber *fiber;
    void *(*run)(void *);
    void *arg;
    tl__thread_state own; ///< its thread-local state while it does not run
    bool done, paused;
    explore_semaphore *waits_for;
    int joins; ///< the thread that it waits for; -1: none
    explore_clock clock;
} thread;

static struct {
    uint64_t seed, random;
    int64_t time;         ///< nanoseconds, as the threads see them
    uint32_t steps, calm; ///< at one operation in `calm` another thread continues
    int count, current;
    uint32_t words_used;
    thread threads[EXPLORE_THREADS];
    word words[WORDS];
    struct {
        const char *begin, *end;
    } retired[RANGES];
    uint32_t retired_count;
    tl_pool *stacks;
} all;

static uint64_t next_random(void)
{
    return check_random(&all.random);
}

uint32_t explore_choose(uint32_t below)
{
    return (uint32_t)((next_random() >> 32) * below >> 32);
}

static void print_seed(void)
{
    fprintf(stderr, "explore: TELAR_SEED=%llu\n", (unsigned long long)all.seed);
}

static __attribute__((noreturn)) void fail(const char *what)
{
    check_fail("explore", 0, "%s", what);
}

/// Gives control back to the loop in run_once, from whatever fiber the thread is on.
static void leave(thread *self)
{
    tl__thread_exchange(&self->own);
    tl_yield(NULL);
    tl__thread_exchange(&self->own);
}

/// Called before an operation: another thread may continue first.
static void place(void)
{
    if (++all.steps > MOST_STEPS)
        fail("this comes to no end");
    if (all.count > 1 && explore_choose(all.calm) == 0)
        leave(&all.threads[all.current]);
}

void explore_pause(void)
{
    thread *self = &all.threads[all.current];
    if (++all.steps > MOST_STEPS)
        fail("this comes to no end");
    self->paused = true;
    leave(self);
}

static void join(explore_clock *clock, const explore_clock *with)
{
    for (int i = 0; i < EXPLORE_THREADS; ++i)
        if (with->known[i] > clock->known[i])
            clock->known[i] = with->known[i];
}

static void check_not_retired(const char *at)
{
    for (uint32_t i = 0; i < all.retired_count; ++i)
        if (at >= all.retired[i].begin && at < all.retired[i].end)
            fail("a word is used that is gone");
}

static word *find(const void *at)
{
    check_not_retired(at);
    size_t i = ((uintptr_t)at >> 3) * 0x9E3779B97F4A7C15u >> 52;
    while (all.words[i].run == all.seed && all.words[i].at != at)
        i = (i + 1) % WORDS;
    word *found = &all.words[i];
    if (found->run != all.seed) {
        CHECK(++all.words_used < WORDS);
        memset(found, 0, sizeof *found);
        found->at = at;
        found->run = all.seed;
        found->writer = -1;
    }
    return found;
}

static store *latest(word *w)
{
    return &w->stores[(w->count - 1) % HISTORY];
}

/// Returns the history of an atomic word. If plain code has set the word, its history begins anew.
static word *history(const uint64_t *at)
{
    word *found = find(at);
    if (found->count == 0 || latest(found)->value != *at) {
        memset(found->seen, 0, sizeof found->seen);
        found->count = 1;
        found->last_total = 0;
        found->stores[0] = (store){.value = *at, .thread = 0, .stamp = 0};
    }
    return found;
}

static bool acquires(memory_order order)
{
    return order == memory_order_acquire || order == memory_order_acq_rel || order == memory_order_seq_cst;
}

static bool releases(memory_order order)
{
    return order == memory_order_release || order == memory_order_acq_rel || order == memory_order_seq_cst;
}

/// Returns the number of the earliest store that the current thread may still see.
static uint64_t earliest(const word *w, memory_order order)
{
    const explore_clock *clock = &all.threads[all.current].clock;
    uint64_t first = w->count > HISTORY ? w->count - HISTORY : 0;
    if (w->seen[all.current] > first)
        first = w->seen[all.current];
    if (order == memory_order_seq_cst && w->last_total > first)
        first = w->last_total;
    for (uint64_t i = w->count - 1; i > first; --i) {
        const store *known = &w->stores[i % HISTORY];
        if (known->stamp <= clock->known[known->thread])
            return i;
    }
    return first;
}

uint64_t explore_load(const uint64_t *at, memory_order order)
{
    place();
    word *w = history(at);
    uint64_t first = earliest(w, order), chosen = w->count - 1;
    if (first < chosen && explore_choose(2) == 0)
        chosen = first + explore_choose((uint32_t)(chosen - first));
    const store *seen = &w->stores[chosen % HISTORY];
    w->seen[all.current] = chosen;
    if (acquires(order))
        join(&all.threads[all.current].clock, &seen->released);
    return seen->value;
}

static void add_store(word *w, uint64_t *at, uint64_t value, memory_order order, const explore_clock *passed_on)
{
    thread *self = &all.threads[all.current];
    store *made = &w->stores[w->count % HISTORY];
    explore_clock released = {{0}};
    if (passed_on != NULL)
        released = *passed_on;
    *made = (store){.value = value, .thread = all.current, .stamp = ++self->clock.known[all.current]};
    if (releases(order))
        join(&released, &self->clock);
    made->released = released;
    if (order == memory_order_seq_cst)
        w->last_total = w->count;
    w->seen[all.current] = w->count++;
    *at = value;
}

void explore_store(uint64_t *at, uint64_t value, memory_order order)
{
    place();
#ifdef TELAR_VALGRIND
    VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value); // an argument's padding need not be defined
#endif
    add_store(history(at), at, value, order, NULL);
}

static void change(word *w, uint64_t *at, uint64_t value, memory_order order)
{
    explore_clock released = latest(w)->released; // an operation that also reads continues a release sequence
    if (acquires(order))
        join(&all.threads[all.current].clock, &released);
    add_store(w, at, value, order, &released);
}

uint64_t explore_rmw(uint64_t *at, explore_change kind, uint64_t value, memory_order order)
{
    place();
    word *w = history(at);
    uint64_t before = *at;
    change(w, at, kind == EXPLORE_EXCHANGE ? value : kind == EXPLORE_ADD ? before + value : before - value, order);
    return before;
}

bool explore_cas(uint64_t *at, uint64_t *expected, uint64_t value, memory_order order)
{
    place();
    word *w = history(at);
    if (*at != *expected) {
        *expected = *at;
        w->seen[all.current] = w->count - 1;
        return false;
    }
    change(w, at, value, order);
    return true;
}

static bool knows(const explore_clock *clock, const explore_clock *of)
{
    for (int i = 0; i < EXPLORE_THREADS; ++i)
        if (of->known[i] > clock->known[i])
            return false;
    return true;
}

void explore_read(const void *plain)
{
    word *w = find(plain);
    explore_clock *clock = &all.threads[all.current].clock;
    if (w->writer >= 0 && w->writer != all.current && !knows(clock, &w->writes))
        fail("a thread reads what another writes at the same time");
    uint32_t *now = &clock->known[all.current];
    w->reads.known[all.current] = ++*now;
}

void explore_write(const void *plain)
{
    word *w = find(plain);
    explore_clock *clock = &all.threads[all.current].clock;
    if ((w->writer >= 0 && !knows(clock, &w->writes)) || !knows(clock, &w->reads))
        fail("a thread writes what another uses at the same time");
    w->writer = all.current;
    memset(&w->writes, 0, sizeof w->writes);
    w->writes.known[all.current] = ++clock->known[all.current];
}

void explore_retire(const void *memory, size_t size)
{
    CHECK(all.retired_count < RANGES);
    all.retired[all.retired_count].begin = memory;
    all.retired[all.retired_count++].end = (const char *)memory + size;
}

void explore_reuse(const void *memory)
{
    for (uint32_t i = 0; i < all.retired_count; ++i)
        if (all.retired[i].begin == memory)
            all.retired[i--] = all.retired[--all.retired_count];
}

void explore_post(explore_semaphore *semaphore)
{
    place();
    join(&semaphore->released, &all.threads[all.current].clock);
    ++semaphore->posts;
}

void explore_wait(explore_semaphore *semaphore)
{
    thread *self = &all.threads[all.current];
    place();
    while (semaphore->posts == 0) {
        self->waits_for = semaphore;
        leave(self);
    }
    self->waits_for = NULL;
    --semaphore->posts;
    join(&self->clock, &semaphore->released);
}

int64_t tl__monotonic_time(void)
{
    return ++all.time;
}

/// The time may pass at any moment.
bool explore_wait_until(explore_semaphore *semaphore, int64_t end)
{
    for (uint32_t patience = explore_choose(4); patience > 0 && semaphore->posts == 0; --patience)
        place();
    if (semaphore->posts == 0) {
        all.time = end > all.time ? end : all.time;
        return false;
    }
    explore_wait(semaphore);
    return true;
}

TL_FIBER(run_thread, thread *, self)
{
    thread *t = *self;
    tl__thread_exchange(&t->own);
    t->run(t->arg);
    tl__thread_exchange(&t->own);
    t->done = true;
}

int explore_start(void *(*run)(void *), void *arg)
{
    CHECK(all.count < EXPLORE_THREADS);
    thread *made = &all.threads[all.count];
    *made = (thread){.run = run, .arg = arg, .joins = -1, .own = tl__thread_state_fresh((uintptr_t)made)};
    if (all.count > 0)
        made->clock = all.threads[all.current].clock;
    made->clock.known[all.count] = 1;
    CHECK_OK(tl_fiber_create(all.stacks, &made->fiber, run_thread, made));
    return all.count++;
}

void explore_join(int other)
{
    thread *self = &all.threads[all.current];
    place();
    self->joins = other;
    while (!all.threads[other].done)
        leave(self);
    self->joins = -1;
    join(&self->clock, &all.threads[other].clock);
}

static bool can_go_on(const thread *t)
{
    return !t->done && (t->waits_for == NULL || t->waits_for->posts > 0) &&
           (t->joins < 0 || all.threads[t->joins].done);
}

/// Returns a random thread that can continue, and one that pauses only if no other can; -1 if there is none.
static int choose_thread(void)
{
    int chosen = -1;
    for (int pausing = 0; pausing < 2 && chosen < 0; ++pausing) {
        uint32_t candidates = 0;
        for (int i = 0; i < all.count; ++i)
            if (can_go_on(&all.threads[i]) && (pausing || !all.threads[i].paused) && explore_choose(++candidates) == 0)
                chosen = i;
    }
    return chosen;
}

static void *run_program(void *program)
{
    ((void (*)(void))(uintptr_t)program)();
    return NULL;
}

static void run_once(uint64_t seed, void (*program)(void))
{
    all.seed = seed;
    all.random = seed;
    all.steps = 0;
    all.count = 0;
    all.words_used = 0;
    all.retired_count = 0;
    all.calm = 2u << explore_choose(4);
    explore_start(run_program, (void *)(uintptr_t)program);
    for (int next = choose_thread(); next >= 0; next = choose_thread()) {
        for (int i = 0; i < all.count; ++i)
            all.threads[i].paused &= i == next; // another thread continues, so they may look again afterwards
        all.threads[next].paused = false;
        all.current = next;
        tl_resume(all.threads[next].fiber, NULL);
    }
    for (int i = 0; i < all.count; ++i) {
        if (!all.threads[i].done)
            fail("threads wait, and none is left that could wake them");
        CHECK_OK(tl_fiber_destroy(all.threads[i].fiber));
    }
    all.seed = 0;
}

static bool is_slow(void)
{
#ifdef __OPTIMIZE__
    return CHECK_ASAN || CHECK_TSAN || check_under_valgrind();
#else
    return true;
#endif
}

/// The seeds that are run: `first`, and every `step`-th after it.
typedef struct part {
    uint64_t first, step;
} part;

static part read_part(void)
{
    const char *asked = getenv("TELAR_PART");
    part p = {1, 1};
    int end = 0;
    if (asked != NULL) {
        int read = sscanf(asked, "%" SCNu64 "/%" SCNu64 "%n", &p.first, &p.step, &end);
        if (read != 2 || asked[end] != '\0' || p.first < 1 || p.first > p.step)
            check_fail("explore", 0, "TELAR_PART is \"%s\"; it must be i/n, with 1 <= i <= n", asked);
    } else if (is_slow()) {
        p.step = check_under_valgrind() ? 1000 : 10;
    }
    return p;
}

void explore(uint64_t seeds, void (*program)(void))
{
    const char *only = getenv("TELAR_SEED");
    check_when_failing(print_seed);
    part p = read_part();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 256 << 10, .stack_count = EXPLORE_THREADS}, &all.stacks));
    if (only != NULL) {
        run_once(strtoull(only, NULL, 10), program);
    } else {
        for (uint64_t seed = p.first; seed <= seeds; seed += p.step)
            run_once(seed, program);
    }
    CHECK_OK(tl_pool_destroy(all.stacks));
}
