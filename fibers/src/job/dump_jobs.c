// SPDX-License-Identifier: MIT
#include "job/dump_jobs.h"

#include <stdio.h>

#include "fiber/info.h"
#include "job/fork.h"
#include "job/waiting.h"
#include "os/allocator.h"

/// What is noted of a job while no job that waits can go on (waiting.h). Its strings are copied: the object that it waits for may be
/// gone afterwards.
typedef struct noted_job {
    tl__dump_item item;
    const void *calls[TL__DUMP_CALLS];
    char name[64], wait[32], wait_name[64];
} noted_job;

static const char *copy_string(char *to, size_t size, const char *from)
{
    if (from == NULL)
        return NULL;
    snprintf(to, size, "%s", from);
    return to;
}

static void note_waiting(noted_job *noted, const tl__job_fiber *job_fiber)
{
    const tl__active_job *active = job_fiber->active_job;
    noted->item = (tl__dump_item){.kind = "job", .seconds = -1, .age = -1};
    tl__dump_look(&noted->item, job_fiber->fiber, noted->calls);
    noted->item.name =
        copy_string(noted->name, sizeof noted->name, active != NULL ? tl__entry_name(active->job->entry) : "(none)");
    noted->item.wait = copy_string(noted->wait, sizeof noted->wait, job_fiber->wait.kind);
    noted->item.wait_name = copy_string(noted->wait_name, sizeof noted->wait_name, job_fiber->wait.name);
}

/// Notes the jobs that wait, as many as there is room for. Returns how many wait.
static uint32_t note_all_waiting(tl_job_system *jobs, noted_job *noted, uint32_t room)
{
    tl__waiting_lock(jobs);
    uint32_t count = 0;
    TL__EACH_WAITING (job_fiber, jobs)
        if (count++ < room)
            note_waiting(&noted[count - 1], job_fiber);
    tl__waiting_unlock(jobs);
    return count;
}

static void add_jobs_of(tl__dump *dump, tl_job_system *jobs)
{
    if (tl__is_forked(jobs))
        return; // its threads, which may hold its locks, are not in this process
    noted_job *noted = NULL;
    uint32_t room = 0, count;
    while ((count = note_all_waiting(jobs, noted, room)) > room) { // no memory is taken while the jobs are held
        tl__free(noted, room * sizeof *noted);
        room = count + count / 2;
        noted = tl__allocate(room * sizeof *noted);
        if (noted == NULL)
            return;
    }
    for (uint32_t i = 0; i < count; ++i)
        tl__dump_add(dump, &noted[i].item);
    tl__free(noted, room * sizeof *noted);
}

void tl__dump_add_jobs(tl__dump *dump)
{
    for (tl__root *root = tl__roots[TL__ROOT_JOB_SYSTEM]; root != NULL; root = root->next)
        add_jobs_of(dump, TL__OF_ROOT(root, tl_job_system, root));
}
