// SPDX-License-Identifier: MIT
// The inspector changes nothing of a run but what its user asked for, and that can be done again.
#include "telar/inspector.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "http.h"
#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/parallel.h"
#include "telar/random.h"
#include "telar/wait.h"

enum { WALKERS = 300, ASKERS = 3, MOST_CANCELS = 64, LEAST_STEPS = 200 };

typedef TL_CHANNEL(uint64_t) word_channel;

/// What one run of the game has come to.
struct game {
    tl_world *world;
    word_channel words;
    uint64_t hash;
    tl_script walkers[WALKERS];
};
static struct game game;

static void add_to_hash(uint64_t word)
{
    game.hash = (game.hash ^ word) * 0x100000001b3u;
    game.hash ^= game.hash >> 29;
}

struct walker {
    uint32_t number;
};

static void note_end(void *walker)
{
    const struct walker *me = walker;
    add_to_hash(me->number + 7777);
}

TL_SCRIPT(pauses, struct walker, me)
{
    tl_wait_seconds(0.05 + 0.001 * me->number);
}

TL_SCRIPT(walks, struct walker, me)
{
    tl_random random = {me->number};
    tl_defer(note_end, me);
    for (uint64_t turn = 0;; ++turn) {
        add_to_hash(me->number * 1000003u + turn);
        switch (tl_random_next(&random) % 5) {
        case 0: tl_wait_step(); break;
        case 1: tl_wait_seconds(0.1 * (double)tl_random_unit(&random)); break;
        case 2: tl_race(TL_CHILD(pauses, {me->number % 50}), TL_CHILD(pauses, {(me->number + 3) % 50})); break;
        case 3: {
            uint64_t word = turn;
            tl_send(game.words, &word, TL_WITHIN(0.2));
            break;
        }
        default: {
            uint64_t word;
            if (tl_receive(game.words, &word, TL_WITHIN(0.2)) == TL_OK)
                add_to_hash(word);
        }
        }
    }
}

TL_SCRIPT(drifts, struct walker, me)
{
    tl_random random = {me->number};
    volatile uint64_t at = 0;
    for (;;) {
        at += tl_random_next(&random);
        if (at % 64 == 0) {
            tl_wait_exclusive();
            add_to_hash(at);
        }
        tl_wait_step();
    }
}

static void open_game(tl_job_system *jobs)
{
    game = (struct game){.hash = 1};
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs}, &game.world));
    CHECK_OK(tl_channel_create(game.world, TL_NO_ENTITY, "words", 16, &game.words));
    for (uint32_t i = 0; i < WALKERS; ++i)
        CHECK_OK(tl_spawn(game.world, TL_NO_ENTITY, &game.walkers[i], walks, {i + 1}));
    tl_script_desc parallel = {.phase = TL_PHASE_PARALLEL};
    for (uint32_t i = 0; i < WALKERS; ++i)
        CHECK_OK(tl_spawn_with(game.world, &parallel, NULL, drifts, {i + 1}));
}

/// One cancel that the page asked for.
struct cancelled {
    uint64_t step;
    tl_script script;
};
static struct cancelled cancels[MOST_CANCELS];
static uint32_t cancel_count;

static void record_cancel(tl_world *world, tl_script script, void *unused)
{
    (void)unused;
    CHECK(cancel_count < MOST_CANCELS);
    cancels[cancel_count++] = (struct cancelled){tl_world_get_time(world).steps, script};
}

/// Does the run again, without an inspector. Returns its hash.
static uint64_t replay(tl_job_system *jobs, uint64_t steps)
{
    open_game(jobs);
    uint32_t cancel = 0;
    for (uint64_t step = 0; step < steps; ++step) {
        for (; cancel < cancel_count && cancels[cancel].step == step; ++cancel)
            CHECK_OK(tl_script_cancel(game.world, cancels[cancel].script));
        CHECK_OK(tl_world_step(game.world));
    }
    CHECK_UINT(cancel_count, cancel);
    CHECK_OK(tl_world_destroy(game.world));
    return game.hash;
}

// What the page's side does meanwhile.

struct asker {
    pthread_t thread;
    const tl_inspector *inspector;
    int requests;
    bool cancels; ///< some scripts, too
};
static atomic_int asking;

static void *ask(void *arg)
{
    static const char *const queries[] = {"", "sort=waited&descends=1", "filter=walk&most=50", "tree=1", "sort=name"};
    struct asker *asker = arg;
    for (int i = 0; i < asker->requests; ++i) {
        free(http_state(asker->inspector, queries[i % 5]));
        if (asker->cancels && i % 25 == 24) {
            char query[64];
            snprintf(query, sizeof query, "what=cancel&script=%d.1", 1 + i / 25 * 7);
            http_act(asker->inspector, query);
        }
    }
    atomic_fetch_sub(&asking, 1);
    return NULL;
}

/// Steps the game until `requests` requests were answered, and compares its hash with that of a run without them.
static void compare(tl_job_system *jobs, int requests, bool cancels_some)
{
    struct asker askers[ASKERS];
    tl_inspector *inspector;
    open_game(jobs);
    cancel_count = 0;
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = game.world, .on_cancel = record_cancel}, &inspector));
    atomic_store(&asking, ASKERS);
    for (int i = 0; i < ASKERS; ++i) {
        askers[i] = (struct asker){.inspector = inspector, .requests = requests / ASKERS + 1, .cancels = cancels_some};
        CHECK_INT(0, pthread_create(&askers[i].thread, NULL, ask, &askers[i]));
    }
    while (atomic_load(&asking) > 0 || tl_world_get_time(game.world).steps < LEAST_STEPS) {
        tl_inspector_frame(inspector);
        CHECK_OK(tl_world_step(game.world));
    }
    for (int i = 0; i < ASKERS; ++i)
        CHECK_INT(0, pthread_join(askers[i].thread, NULL));
    uint64_t steps = tl_world_get_time(game.world).steps;
    tl_inspector_stop(inspector);
    CHECK_OK(tl_world_destroy(game.world));
    uint64_t hash = game.hash;
    CHECK_UINT(hash, replay(jobs, steps));
}

static int fewer_under(int requests)
{
    return check_under_valgrind() || CHECK_TSAN || CHECK_ASAN ? requests / 20 : requests;
}

TEST(ten_thousand_requests_change_nothing)
{
    compare(NULL, check_under_valgrind() ? 100 : fewer_under(10000), false);
    CHECK_UINT(0, cancel_count);
}

TEST(nor_do_they_with_workers)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &jobs));
    compare(jobs, fewer_under(2000), false);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(what_the_page_cancelled_can_be_replayed)
{
    compare(NULL, fewer_under(2000), true);
    CHECK(cancel_count > 0);
}
