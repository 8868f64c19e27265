// SPDX-License-Identifier: MIT
// The jobs of a program in lockstep.
#include "lockstep.h"

static void do_work(struct work *w);

TL_JOB_DEFINE(works, struct work, w)
{
    do_work(w);
}

TL_FOR_BODY(squares, uint64_t, numbers, index)
{
    numbers[index] = index * index + numbers[index] % 7;
}

struct task {
    struct work work;
    uint64_t *result;
};

TL_JOB(runs_task, struct task, e)
{
    do_work(&e->work);
    *e->result = e->work.result;
}

tl_result square_all(uint64_t *numbers, size_t count, size_t grain)
{
    return tl_parallel_for(all.jobs, count, grain, squares, numbers);
}

static uint64_t work_with_loop(uint64_t *dice)
{
    uint64_t numbers[40] = {0}, sum = 0;
    CHECK_OK(square_all(numbers, 40, 1 + choose(dice, 9)));
    for (int i = 0; i < 40; ++i)
        sum += numbers[i];
    return sum;
}

tl_job_desc some_job(uint64_t *dice)
{
    static const tl_priority priorities[] = {TL_PRIORITY_NORMAL, TL_PRIORITY_HIGH, TL_PRIORITY_LOW};
    return (tl_job_desc){.priority = priorities[choose(dice, 3)],
                         .stack = choose(dice, 12) == 0 ? TL_STACK_LARGE : TL_STACK_SMALL};
}

int start_tasks(uint64_t *dice, uint32_t depth, tl_counter *counter, tl_counter *after, uint64_t *results)
{
    int count = (int)choose(dice, 4);
    for (int i = 0; i < count; ++i) {
        tl_job_desc desc = some_job(dice);
        desc.after = after;
        struct task task = {{.seed = check_random(dice), .depth = depth}, &results[i]};
        bool is_plain = choose(dice, 2) == 0 && after == NULL;
        CHECK_OK(tl_job_run_with(all.jobs, is_plain ? NULL : &desc, counter, runs_task, task));
    }
    return count;
}

static uint64_t work_with_tasks(uint64_t *dice, uint32_t depth)
{
    uint64_t results[4] = {0}, sum = 0;
    tl_counter done = {.name = "tasks"}, gate = {.name = "gate"};
    bool has_gate = choose(dice, 2) == 0;
    if (has_gate)
        CHECK_OK(tl_counter_add(&gate, 1));
    int count = start_tasks(dice, depth + 1, &done, has_gate ? &gate : NULL, results);
    if (has_gate)
        CHECK_OK(tl_counter_finish(&gate));
    CHECK_OK(tl_counter_wait(&done));
    for (int i = 0; i < count; ++i)
        sum = sum * 31 + results[i];
    return sum;
}

static void do_work(struct work *w)
{
    uint64_t dice = w->seed;
    atomic_fetch_add(&all.begun, 1);
    CHECK(!tl_job_is_cancelled()); // in lockstep not even if its script was cancelled
    for (uint64_t turns = choose(&dice, 300); turns > 0; --turns)
        check_random(&dice);
    w->result = check_random(&dice);
    switch (choose(&dice, w->depth < DEEPEST ? 8 : 3)) {
    case 0: tl_yield(NULL); break;
    case 1: {
        tl_scoped_lock(&all.of_jobs);
        ++all.locked_by_jobs;
        if (choose(&dice, 4) == 0)
            tl_yield(NULL);
        break;
    }
    case 3: w->result += work_with_loop(&dice); break;
    case 4:
    case 5: w->result += work_with_tasks(&dice, w->depth); break;
    case 6: {
        struct work inner = {.seed = check_random(&dice), .depth = w->depth + 1};
        CHECK_OK(tl_job_call(all.jobs, works, &inner));
        w->result ^= inner.result;
        break;
    }
    default: break;
    }
    atomic_fetch_add(&all.done, 1);
}

TL_JOB_DEFINE(may_be_given_up, uint64_t, dice)
{
    for (uint64_t turns = choose(dice, 300); turns > 0 && !tl_job_is_cancelled(); --turns)
        check_random(dice);
}

TL_JOB_DEFINE(waits_for_scripts, tl_nothing, unused)
{
    CHECK_OK(tl_counter_wait(&all.scripts));
}
