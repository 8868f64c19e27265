// SPDX-License-Identifier: MIT
// What predicates, a world's physics and the log hook may do, and what happens when they do something else: suspend,
// throw, or end the script that they are called for.
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
extern "C" {
#include "jobs_at.h"
}
#include "telar/concurrency.h"
#include "telar/log.h"

namespace
{

tl_world *world;
int asked, finished, refused;
bool throws;

void refuse_all(tl_result expected)
{
    CHECK_MISUSE(expected, tl_yield(nullptr));
    CHECK_MISUSE(expected, tl_exit(nullptr));
    ++refused;
}

bool ask_and_yield(void *)
{
    refuse_all(TL_ERROR_IN_CALLBACK);
    return ++asked > 2;
}

TL_SCRIPT(waits_for_predicate, tl_nothing, unused)
{
    CHECK_OK(tl_wait_until(ask_and_yield, nullptr));
    ++finished;
}

void physics_that_yields(tl_world *, void *)
{
    refuse_all(TL_ERROR_IN_CALLBACK);
}

/// Steps the world inside a fiber, which a yield would suspend in the middle of a step.
TL_FIBER(steps_in_fiber, int, count)
{
    for (int i = 0; i < *count; ++i)
        CHECK_OK(tl_world_step(world));
}

void step_in_fiber(int count)
{
    tl_pool *pool = nullptr;
    tl_fiber *fiber = nullptr;
    tl_pool_desc desc = {};
    CHECK_OK(tl_pool_create(&desc, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, steps_in_fiber, count));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, nullptr));
    CHECK_OK(tl_pool_destroy(pool));
}

void make(void (*physics)(tl_world *, void *))
{
    tl_world_desc desc = {};
    desc.physics = physics;
    CHECK_OK(tl_world_create(&desc, &world));
}

TEST(a_predicate_and_the_physics_cannot_suspend)
{
    make(physics_that_yields);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, waits_for_predicate, {}));
    step_in_fiber(3);
    CHECK_INT(1, finished);
    CHECK_INT(3 + 3, refused);
    CHECK_OK(tl_world_destroy(world));
}

bool throw_once(void *)
{
    if (throws) {
        throws = false;
        throw std::runtime_error("predicate");
    }
    return ++asked > 1;
}

TL_SCRIPT(waits_for_thrower, tl_nothing, unused)
{
    CHECK_OK(tl_wait_until(throw_once, nullptr));
    ++finished;
}

TL_SCRIPT(catches, tl_nothing, unused)
{
    bool caught = false;
    try {
        tl_wait_until(throw_once, nullptr);
    } catch (const std::runtime_error &) {
        caught = true;
    }
    CHECK(caught);
    CHECK_OK(tl_wait_step());
    ++finished;
}

void step_and_catch()
{
    bool caught = false;
    try {
        tl_world_step(world);
    } catch (const std::runtime_error &) {
        caught = true;
    }
    CHECK(caught);
}

TEST(an_exception_out_of_a_predicate_ends_the_step)
{
    make(nullptr);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, waits_for_thrower, {}));
    CHECK_OK(tl_world_step(world)); // the predicate is asked at once, and is false
    throws = true;
    step_and_catch();
    CHECK_INT(0, finished);
    CHECK_OK(tl_world_step(world));
    CHECK_INT(1, finished);
    throws = true;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, catches, {}));
    CHECK_OK(tl_world_step(world));
    CHECK_OK(tl_world_step(world));
    CHECK_INT(2, finished);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(finishes, tl_nothing, unused)
{
    ++finished;
}

TEST(those_that_an_exception_kept_from_running_run_in_the_next_step)
{
    make(nullptr);
    tl_script thrower;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &thrower, waits_for_thrower, {}));
    CHECK_OK(tl_world_step(world));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, finishes, {}));
    throws = true;
    step_and_catch();
    CHECK_INT(0, finished);
    CHECK_OK(tl_script_cancel(world, thrower));
    CHECK_OK(tl_world_step(world));
    CHECK_INT(3, finished);
    CHECK_OK(tl_world_destroy(world));
}

bool throw_or_wait_on(void *)
{
    return throws && throw_once(nullptr);
}

TL_SCRIPT(is_asked_for_ever, tl_nothing, unused)
{
    CHECK_OK(tl_wait_until(throw_or_wait_on, nullptr));
}

TL_SCRIPT(lets_it_throw, tl_nothing, unused)
{
    CHECK_OK(tl_wait_steps(3));
    throws = true;
    CHECK_OK(tl_wait_step());
    ++finished;
}

TEST(who_waits_for_the_next_step_when_an_exception_ends_one_has_it)
{
    make(nullptr);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, lets_it_throw, {}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, is_asked_for_ever, {}));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_world_step(world));
    step_and_catch();
    CHECK_INT(0, finished);
    CHECK_OK(tl_world_step(world));
    CHECK_INT(1, finished);
    CHECK_OK(tl_world_destroy(world));
}

void physics_that_throws(tl_world *, void *)
{
    if (throws)
        throw std::runtime_error("physics");
}

TEST(an_exception_out_of_the_physics_ends_the_step)
{
    make(physics_that_throws);
    throws = true;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, finishes, {}));
    step_and_catch();
    step_and_catch();
    CHECK_INT(0, finished);
    throws = false;
    CHECK_OK(tl_world_step(world));
    CHECK_INT(1, finished);
    CHECK_UINT(3, tl_world_get_time(world).steps);
    CHECK_OK(tl_world_destroy(world));
}

int added;

TL_FOR_BODY(add_one, int, sum, i)
{
    __atomic_fetch_add(sum, 1, __ATOMIC_RELAXED);
}

void physics_with_jobs(tl_world *, void *)
{
    CHECK_OK(tl_parallel_for(nullptr, 1000, 10, add_one, &added));
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_yield(nullptr));
}

TL_JOB(steps_in_job, tl_nothing, unused)
{
    for (int i = 0; i < 10; ++i)
        CHECK_OK(tl_world_step(world));
}

TEST(the_physics_of_a_world_that_a_job_steps_may_wait_for_jobs)
{
    make(physics_with_jobs);
    tl_job_system_desc desc = {};
    desc.workers = 4;
    tl_job_system *jobs = nullptr;
    CHECK_OK(tl_job_system_create(&desc, &jobs));
    tl_nothing nothing = {};
    CHECK_OK(tl_job_call(jobs, steps_in_job, &nothing));
    CHECK_INT(10000, added);
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_OK(tl_world_destroy(world));
}

// The log hook.

tl_entity owner;
int cleaned, reported;

void clean(void *)
{
    ++cleaned;
}

TL_SCRIPT(fails, tl_nothing, unused)
{
    tl_defer(clean, nullptr);
    tl_fail(7, "on purpose");
}

TL_SCRIPT(branches, tl_nothing, unused)
{
    tl_defer(clean, nullptr);
    tl_branch(child, fails, {});
    CHECK_OK(tl_wait_step());
    CHECK_UNREACHED(); // the hook has destroyed its owner
}

void destroy_the_owner(const tl_log *item)
{
    CHECK_INT(TL_LOG_SCRIPT_FAILED, item->id);
    ++reported;
    CHECK_RESULT(TL_OK, tl_entity_destroy(world, owner));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
}

void spawn_owned_by_one(const tl_fiber_entry *entry, tl_counter *counter)
{
    tl_nothing nothing = {};
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &owner));
    tl_script_desc desc = {};
    desc.owner = owner;
    desc.counter = counter;
    CHECK_OK(tl_spawn_raw(world, &desc, entry, &nothing, nullptr, nullptr));
}

TEST(a_log_hook_may_destroy_the_owner_of_what_failed)
{
    tl_set_log_hook(destroy_the_owner);
    make(nullptr);
    tl_counter counter = {};
    spawn_owned_by_one(&fails__entry, &counter);
    CHECK_OK(tl_world_step(world));
    CHECK_INT(1, reported);
    CHECK_INT(1, cleaned);
    CHECK(tl_counter_is_done(&counter));
    spawn_owned_by_one(&branches__entry, &counter);
    CHECK_OK(tl_world_step(world));
    CHECK_INT(2, reported);
    CHECK_INT(3, cleaned);
    CHECK(tl_counter_is_done(&counter));
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT_RETURNING(int, returns, tl_nothing, unused)
{
    tl_defer(clean, nullptr);
    jobs_at_fail_after = 0;
    return 7;
}

TEST(the_same_of_what_had_no_memory_for_its_result)
{
    tl_set_log_hook(destroy_the_owner);
    make(nullptr);
    tl_counter counter = {};
    spawn_owned_by_one(&returns__entry, &counter);
    CHECK_OK(tl_world_step(world));
    jobs_at_fail_after = -1;
    CHECK_INT(1, reported);
    CHECK_INT(1, cleaned);
    CHECK(tl_counter_is_done(&counter));
    CHECK_OK(tl_world_destroy(world));
}

#ifndef _WIN32 // which has no fork
void throw_in_hook(const tl_log *)
{
    throw std::runtime_error("hook");
}
#endif

TEST(an_exception_out_of_the_log_hook_aborts)
{
#ifdef _WIN32
    SKIP("there is no fork");
#else
    make(nullptr);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, fails, {}));
    pid_t child = fork();
    if (child == 0) {
        tl_set_log_hook(throw_in_hook);
        try {
            tl_world_step(world);
        } catch (...) {
        }
        _exit(0);
    }
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_OK(tl_world_destroy(world));
#endif
}

} // namespace
