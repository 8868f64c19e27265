// SPDX-License-Identifier: MIT
// The examples of docs/scripting.md about jobs and parallel scripts, run.
#include <cglm/struct.h>
#include <math.h>

#include "../engine/trace.h"
#include "telar/parallel.h"

struct spot {
    float x, y;
};

struct path_query {
    struct spot from, to;
    int length;
};

struct guard {
    struct spot at, post;
    bool arrived;
};

TL_JOB(find_path, struct path_query, q)
{
    q->length = (int)(fabsf(q->to.x - q->from.x) + fabsf(q->to.y - q->from.y));
}

static void follow(struct guard *me, const struct path_query *q)
{
    tl_wait_steps(q->length);
    me->at = q->to;
    me->arrived = true;
}

static void say(const char *words)
{
    note("%s@%ju ", words, step_count());
}

// [path_job]
TL_SCRIPT(guard, struct guard *, self)
{
    struct guard *me = *self;
    struct path_query q = {.from = me->at, .to = me->post};
    tl_job_call(NULL, find_path, &q); /* on any core; the game is not blocked */
    follow(me, &q);
}
// []

TL_FOR_BODY(light_up, struct guard, guards, i)
{
    guards[i].arrived = false;
}

// [loop]
TL_SCRIPT(dawn, struct guard *, guards)
{
    tl_counter paths = {.name = "paths"};
    tl_parallel_for(NULL, 100, 16, light_up, *guards); /* waits for all of the loop */
    tl_job_run(NULL, &paths, find_path, {{0, 0}, {3, 4}, 0});
    if (tl_counter_wait(&paths, TL_WITHIN(10)) == TL_TIMED_OUT)
        say("that takes long");
}
// []

TEST(scripts_wait_for_jobs)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){0}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.lockstep = true}, &world));
    static struct guard guards[100] = {[0] = {.post = {2, 1}}};
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, guard, &guards[0]));
    steps(3);
    CHECK(!guards[0].arrived);
    steps(1);
    CHECK(guards[0].arrived);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, dawn, guards));
    steps(1);
    CHECK(!guards[0].arrived);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_TRACE("");
    CHECK_OK(tl_world_destroy(world));
    CHECK_OK(tl_job_system_destroy(jobs));
}

static plain_event alarm;
static int alarms;

struct bird {
    tl_entity self, leader;
};

static bool sees_a_hawk(const struct bird *me)
{
    return me->self.index1 % 500 == 0 && tl_world_get_time(world).steps == 3;
}

// [bird]
TL_SCRIPT(bird, struct bird, me)
{
    for (;;) {
        tl_transform at = tl_entity_get_transform(world, me->self);
        tl_transform ahead = tl_entity_get_transform(world, me->leader); /* as it was before this phase */
        at.position = glms_vec3_lerp(at.position, ahead.position, 0.5f);
        tl_entity_set_transform(world, me->self, &at);
        if (sees_a_hawk(me)) {
            tl_emit(alarm, {0}); /* waits for its turn: from here on it runs alone */
            ++alarms;            /* so this is safe */
        }
        tl_wait_step(); /* and from here on in parallel again */
    }
}

static void hatch(tl_world *in, tl_entity self, tl_entity leader)
{
    tl_script_desc how = {.owner = self, .phase = TL_PHASE_PARALLEL};
    tl_spawn_with(in, &how, NULL, bird, {self, leader});
}
// []

TEST(birds_follow_each_other_on_all_cores)
{
    enum { BIRDS = 1000 };
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){0}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "alarm", &alarm));
    static tl_entity birds[BIRDS];
    for (int i = 0; i < BIRDS; ++i)
        birds[i] = make(TL_NO_ENTITY);
    tl_transform far = {.position.x = 64, .rotation.w = 1, .scale = {{1, 1, 1}}};
    CHECK_OK(tl_entity_set_transform(world, birds[0], &far));
    for (int i = 1; i < BIRDS; ++i)
        hatch(world, birds[i], birds[i - 1]);
    steps(3);
    static const float expected[] = {64, 56, 32, 8, 0};
    for (int i = 0; i < 5; ++i) {
        CHECK_NEAR(expected[i], tl_entity_get_transform(world, birds[i]).position.x, 0);
    }
    CHECK_INT(2, alarms);
    CHECK_UINT(2, tl_event_count(alarm));
    CHECK_OK(tl_world_destroy(world));
    CHECK_OK(tl_job_system_destroy(jobs));
}
