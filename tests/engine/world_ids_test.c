// SPDX-License-Identifier: MIT
#include "world/world_ids.h"

#include <pthread.h>
#include <stdlib.h>

#include "check.h"

/// Stands for a world: nothing looks into it here.
static tl_world *stand_in(size_t number)
{
    static char worlds[8192];
    return (tl_world *)(void *)&worlds[number];
}

TEST(an_id_names_one_world_for_its_life)
{
    uint64_t id = 0, next = 0;
    CHECK_POINTER(NULL, tl__world_of(0));
    CHECK_OK(tl__world_ids_add(stand_in(1), &id));
    CHECK(id != 0);
    CHECK_POINTER(stand_in(1), tl__world_of(id));
    CHECK_POINTER(NULL, tl__world_of(0));
    tl__world_ids_remove(id);
    CHECK_POINTER(NULL, tl__world_of(id));
    tl__world_ids_remove(0);
    CHECK_OK(tl__world_ids_add(stand_in(1), &next));
    CHECK(next != id);
    CHECK_UINT(id % TL__WORLD_CHUNK, next % TL__WORLD_CHUNK); // the same slot
    CHECK_POINTER(NULL, tl__world_of(id));
    CHECK_POINTER(stand_in(1), tl__world_of(next));
    tl__world_ids_remove(next);
    CHECK_POINTER(NULL, tl__world_of(0));
}

TEST(ids_that_were_never_given_name_nothing)
{
    for (int bit = 0; bit < 64; ++bit)
        CHECK_POINTER(NULL, tl__world_of((uint64_t)1 << bit));
    CHECK_POINTER(NULL, tl__world_of(UINT64_MAX));
}

TEST(thousands_of_worlds_at_once)
{
    enum { COUNT = 3 * TL__WORLD_CHUNK };
    static uint64_t ids[COUNT];
    for (size_t round = 0; round < 2; ++round) { // the second time in slots that were freed
        for (size_t i = 0; i < COUNT; ++i)
            CHECK_OK(tl__world_ids_add(stand_in(i), &ids[i]));
        for (size_t i = 0; i < COUNT; ++i)
            CHECK_POINTER(stand_in(i), tl__world_of(ids[i]));
        for (size_t i = 0; i < COUNT; ++i)
            tl__world_ids_remove(ids[i]);
        for (size_t i = 0; i < COUNT; ++i)
            CHECK_POINTER(NULL, tl__world_of(ids[i]));
    }
}

TEST(no_more_than_a_million_at_once)
{
    enum { MOST = (1 << TL__WORLD_SLOT_BITS) - 1 };
    uint64_t *ids = calloc(MOST, sizeof *ids), more = 0;
    for (size_t i = 0; i < MOST; ++i)
        CHECK_OK(tl__world_ids_add(stand_in(i % 8192), &ids[i]));
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl__world_ids_add(stand_in(0), &more));
    CHECK_UINT(0, more);
    CHECK_POINTER(stand_in((MOST - 1) % 8192), tl__world_of(ids[MOST - 1]));
    tl__world_ids_remove(ids[5]);
    CHECK_OK(tl__world_ids_add(stand_in(7), &more));
    CHECK_POINTER(stand_in(7), tl__world_of(more));
    CHECK_POINTER(NULL, tl__world_of(ids[5]));
    free(ids);
}

enum { THREADS = 4, ROUNDS = 5000, AT_ONCE = 3 };
static uint64_t everybodys[THREADS]; ///< an id of each thread, for the others to look up

/// Adds and removes worlds while the other threads look up their own, and ids of this thread that are or were valid.
static void *comes_and_goes(void *arg)
{
    size_t self = (size_t)(uintptr_t)arg;
    uint64_t ids[AT_ONCE] = {0};
    for (int round = 0; round < ROUNDS; ++round) {
        uint64_t *id = &ids[round % AT_ONCE];
        uint64_t before = *id;
        tl__world_ids_remove(before);
        CHECK_POINTER(NULL, tl__world_of(before));
        CHECK_OK(tl__world_ids_add(stand_in(self), id));
        CHECK_POINTER(stand_in(self), tl__world_of(*id));
        CHECK_POINTER(NULL, tl__world_of(before));
        __atomic_store_n(&everybodys[self], *id, __ATOMIC_RELAXED);
        size_t other = (size_t)round % THREADS;
        (void)tl__world_of(__atomic_load_n(&everybodys[other], __ATOMIC_RELAXED)); // any answer, but no race
    }
    for (int i = 0; i < AT_ONCE; ++i)
        tl__world_ids_remove(ids[i]);
    return NULL;
}

TEST(worlds_of_many_threads_come_and_go)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i)
        CHECK_INT(0, pthread_create(&threads[i], NULL, comes_and_goes, (void *)(uintptr_t)i));
    for (size_t i = 0; i < THREADS; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
}
