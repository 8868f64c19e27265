// SPDX-License-Identifier: MIT
// Scripts from C++: the same macros.
#include "check.h"
#include "telar/concurrency.h"
#include "telar/log.h"

namespace
{

tl_world *world;
typedef TL_CHANNEL(int) int_channel;
typedef TL_EVENT(tl_nothing) plain_event;

int_channel belt;
plain_event bell;
int done;

struct counter {
    int first, count;
};

bool is_true(void *)
{
    return true;
}

TL_SCRIPT(sends, counter, me)
{
    for (int i = me->first; i < me->first + me->count; ++i)
        CHECK_OK(tl_send(belt, &i));
    CHECK_OK(tl_emit(bell, {0}));
}

TL_SCRIPT(receives, tl_nothing, unused)
{
    for (int i = 5; i < 9; ++i) {
        int item = 0;
        CHECK_OK(tl_receive(belt, &item, TL_WITHIN(1)));
        CHECK_INT(i, item);
    }
    CHECK_OK(tl_wait_event(bell, nullptr, TL_WITHIN_REAL(1)));
    CHECK_OK(tl_wait_step());
    CHECK_OK(tl_wait_steps(2, TL_WITHIN(1)));
    CHECK_OK(tl_wait_seconds(0.1));
    CHECK_OK(tl_wait_until(is_true, nullptr));
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_script(TL_NO_SCRIPT));
    done = 1;
}

struct holder {
    int *released;
    ~holder()
    {
        ++*released;
    }
};

int released;

TL_SCRIPT_RETURNING(int, doubles, int, number)
{
    holder held{&released};
    tl_wait_steps(*number);
    return 2 * *number;
}

TL_SCRIPT(never_ends, tl_nothing, unused)
{
    holder held{&released};
    tl_branch(child, doubles, 1000);
    CHECK_OK(child.result);
    {
        tl_scoped_shield();
        tl_wait_step();
    }
    tl_wait_seconds(1000);
    CHECK_UNREACHED();
}

TL_SCRIPT(does_several, tl_nothing, unused)
{
    int one = 0, two = 0, item = 0;
    CHECK_OK(tl_sync(TL_CHILD_INTO(&one, doubles, 1), TL_CHILD_INTO(&two, doubles, 2)));
    CHECK_INT(2, one);
    CHECK_INT(4, two);
    CHECK_INT(
        3, tl_race(TL_CHILD(never_ends, {0}), TL_ON(bell, nullptr), TL_ON_RECEIVE(belt, &item), TL_AFTER(0.1)).winner);
    CHECK_INT(4, released); // destructors ran at each depth, and in the branch
    const int many = 1000;
    CHECK_RESULT(TL_TIMED_OUT, tl_sync_within(TL_WITHIN(0.1), TL_CHILD_OF(doubles, &many)));
    done = 2;
    tl_fail(7, "%s", "so it is");
}

TL_SCRIPT(loops_in_shields, tl_nothing, unused)
{
    for (int round = 0; round < 5; ++round) {
        tl_scoped_shield();
        holder held{&released};
        CHECK_OK(tl_wait_step());
        if (round == 0)
            continue;
        if (round == 2)
            break;
        done = round;
    }
    tl_wait_step();
    CHECK_UNREACHED();
}

void keep_log(const tl_log *item)
{
    done = item->code;
}

} // namespace

TEST(several_at_once_from_cpp)
{
    tl_world_desc world_desc = {};
    CHECK_OK(tl_world_create(&world_desc, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "belt", 2, &belt));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, does_several, {0}));
    tl_set_log_hook(keep_log);
    for (int i = 0; i < 40; ++i)
        CHECK_OK(tl_world_step(world));
    CHECK_INT(7, done);
    CHECK_INT(5, released);
    CHECK_OK(tl_world_destroy(world));
}

TEST(scoped_shields_from_cpp)
{
    tl_world_desc world_desc = {};
    tl_script script;
    CHECK_OK(tl_world_create(&world_desc, &world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, loops_in_shields, {0}));
    CHECK_OK(tl_world_step(world));
    CHECK_OK(tl_script_cancel(world, script));
    for (int i = 0; i < 5; ++i)
        CHECK_OK(tl_world_step(world));
    CHECK_INT(1, done);
    CHECK_INT(3, released);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(scripts_from_cpp)
{
    tl_world_desc world_desc = {};
    tl_script_desc first = {};
    first.priority = 1;
    CHECK_OK(tl_world_create(&world_desc, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "belt", 2, &belt));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    tl_entity entity = TL_NO_ENTITY;
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &entity));
    CHECK_OK(tl_spawn(world, entity, nullptr, sends, {5, 4}));
    CHECK_OK(tl_spawn_with(world, &first, nullptr, receives, {0}));
    for (int i = 0; i < 20; ++i)
        CHECK_OK(tl_world_step(world));
    CHECK_INT(1, done);
    CHECK_OK(tl_world_destroy(world));
}
