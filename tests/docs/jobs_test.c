// SPDX-License-Identifier: MIT
// The examples of docs/jobs.md, as they stand there.
#include "check.h"
#include "telar/job.h"
#include "telar/lock.h"

struct map {
    size_t regions;
    int cost[100], length;
};

struct query {
    struct map *map;
};

TL_FOR_BODY(relax_region, struct map, m, i)
{
    m->cost[i] = 1;
}

static int walk_back(const struct map *map)
{
    int length = 0;
    for (size_t i = 0; i < map->regions; ++i)
        length += map->cost[i];
    return length;
}

// [job]
TL_JOB(find_path, struct query, q) /* a function with a typed, copied argument */
{
    tl_parallel_for(NULL, q->map->regions, 16, relax_region, q->map); /* may start jobs and wait for them */
    q->map->length = walk_back(q->map);
}
// []

static struct {
    tl_mutex mutex;
    tl_condition not_empty;
    int count;
} belt;

static void wait_for_item(void)
{
    // [locks]
    tl_scoped_lock(&belt.mutex); /* until the block is left, in whichever way */
    while (belt.count == 0)
        tl_condition_wait(&belt.not_empty, &belt.mutex);
    // []
}

TL_JOB(take, tl_nothing, unused)
{
    wait_for_item();
}

TL_JOB(put, tl_nothing, unused)
{
    tl_scoped_lock(&belt.mutex);
    ++belt.count;
    tl_condition_signal(&belt.not_empty);
}

TEST(paths_are_found)
{
    enum { count = 20 };
    static struct map maps[count];
    for (int i = 0; i < count; ++i)
        maps[i].regions = (size_t)i * 5;
    // [start]
    tl_job_system *jobs = NULL;
    tl_job_system_create(&(tl_job_system_desc){0}, &jobs); /* one worker for each CPU; this thread is one */
    tl_counter paths = {.name = "paths"};
    for (int i = 0; i < count; ++i)
        tl_job_run(jobs, &paths, find_path, {.map = &maps[i]});
    tl_counter_wait(&paths); /* works on them, too; then sleeps until all are done */
    // []
    for (int i = 0; i < count; ++i)
        CHECK_INT(i * 5, maps[i].length);
    CHECK_OK(tl_job_run(jobs, &paths, take, {0}));
    CHECK_OK(tl_job_run(jobs, &paths, put, {0}));
    CHECK_OK(tl_counter_wait(&paths));
    CHECK_OK(tl_job_system_destroy(jobs));
}
