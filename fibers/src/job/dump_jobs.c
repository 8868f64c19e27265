// SPDX-License-Identifier: MIT
#include "job/dump_jobs.h"

#include "fiber/info.h"
#include "job/deadlock.h"
#include "job/fork.h"
#include "job/waiting.h"
#include "os/allocator.h"

static double seconds_waited(const tl__job_fiber *job_fiber)
{
    const tl__tick_scale *scale = &job_fiber->jobs->tick_scale;
    int64_t ticks = (int64_t)(tl__ticks(scale->steady) - job_fiber->waits_since);
    return ticks > 0 ? (double)ticks * tl__tick_seconds(scale) : 0; // clocks of two cores may differ by a little
}

static void note_waiting(tl__dump_note *noted, const tl__job_fiber *job_fiber, bool with_calls)
{
    const tl__active_job *active = job_fiber->active_job;
    noted->item = (tl__dump_item){.kind = "job", .seconds = seconds_waited(job_fiber), .age = -1};
    if (with_calls)
        tl__dump_look(&noted->item, job_fiber->fiber, noted->calls);
    noted->item.name = active != NULL ? tl__entry_name(active->job->entry) : "(none)";
    noted->item.wait = job_fiber->wait.kind;
    noted->item.wait_name = job_fiber->wait.name;
    tl__dump_keep(noted); // what it waits for may be gone as soon as jobs can go on (waiting.h)
}

/// Notes the jobs of a system, or without one the threads, that wait, as many as there is room for. Returns how many
/// wait.
static uint32_t note_all_waiting(tl_job_system *jobs, bool with_calls, tl__dump_note *noted, uint32_t room)
{
    if (jobs == NULL)
        return tl__blocked_note(noted, room);
    tl__waiting_lock(jobs);
    uint32_t count = 0;
    TL__EACH_WAITING (job_fiber, jobs)
        if (count++ < room)
            note_waiting(&noted[count - 1], job_fiber, with_calls);
    tl__waiting_unlock(jobs);
    return count;
}

/// As tl__each_waiting_job, but without a system of the threads that wait.
static void look_at_waiting(tl_job_system *jobs, bool with_calls,
                            void (*look)(const tl__dump_item *item, void *user_data), void *user_data)
{
    tl__dump_note *noted = NULL;
    uint32_t room = 0, count;
    while ((count = note_all_waiting(jobs, with_calls, noted, room)) > room) { // takes no memory while jobs are held
        tl__free(noted, room * sizeof *noted);
        room = count + count / 2;
        noted = tl__allocate(room * sizeof *noted);
        if (noted == NULL)
            return;
    }
    for (uint32_t i = 0; i < count; ++i)
        look(&noted[i].item, user_data);
    tl__free(noted, room * sizeof *noted);
}

void tl__each_waiting_job(tl_job_system *jobs, bool with_calls,
                          void (*look)(const tl__dump_item *item, void *user_data), void *user_data)
{
    if (!tl__is_forked(jobs)) // its threads, which may hold its locks, are not in this process
        look_at_waiting(jobs, with_calls, look, user_data);
}

static void add_to_dump(const tl__dump_item *item, void *dump)
{
    tl__dump_add(dump, item);
}

void tl__dump_add_jobs_of(tl__dump *dump, tl_job_system *jobs)
{
    tl__each_waiting_job(jobs, true, add_to_dump, dump);
}

void tl__dump_add_jobs(tl__dump *dump)
{
    for (tl__root *root = tl__roots[TL__ROOT_JOB_SYSTEM]; root != NULL; root = root->next)
        tl__dump_add_jobs_of(dump, TL__OF_ROOT(root, tl_job_system, root));
    look_at_waiting(NULL, false, add_to_dump, dump);
}
