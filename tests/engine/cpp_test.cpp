// Scripts from C++: the same macros.
#include "check.h"
#include "telar/concurrency.h"

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
    CHECK_OK(tl_wait_frame());
    CHECK_OK(tl_wait_frames(2, TL_WITHIN(1)));
    CHECK_OK(tl_wait_seconds(0.1));
    CHECK_OK(tl_wait_until(is_true, nullptr));
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_script(TL_NO_SCRIPT));
    done = 1;
}

} // namespace

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
