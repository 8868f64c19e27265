// SPDX-License-Identifier: MIT
// Which scripts hear an event, and in which order, when some of those that waited for it have left.
#include "world/audience.h"

#include "telar/event.h"
#include "telar/group.h"
#include "trace.h"

typedef TL_EVENT(int) number_event;

static number_event event, other;
static tl_group *crowd;

static void make_events(void)
{
    make_world(0);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "event", &event));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "other", &other));
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "crowd"}, &crowd));
}

typedef enum way { ALONE, LIMITED, RACING, WAYS } way;

struct hearer {
    char name;
    way way;
    int begins; ///< steps after its spawn at which it begins to wait
};

TL_SCRIPT(hears, struct hearer, me)
{
    int number = 0;
    CHECK_OK(tl_wait_steps(me->begins));
    if (me->way == ALONE)
        CHECK_OK(tl_wait_event(event, &number));
    else if (me->way == LIMITED)
        CHECK_OK(tl_wait_event(event, &number, TL_WITHIN(1000)));
    else
        CHECK_INT(0, tl_race(TL_ON(event, &number), TL_AFTER(1000)).winner);
    note("%c%d@%ju ", me->name, number, (uintmax_t)tl_world_get_time(world).steps);
}

static tl_script spawn(struct hearer hearer)
{
    tl_script script;
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), &script, hears, hearer));
    return script;
}

/// Emits the event. From here on one script of the crowd runs in each step, in the order in which the event woke them.
static void emit_one_by_one(int number)
{
    CHECK_OK(tl_group_set_budget(crowd, 1));
    CHECK_OK(tl_emit(event, number));
}

TEST(all_hear_it_in_the_order_in_which_they_began_to_wait)
{
    enum { COUNT = 9 };
    make_events();
    for (int i = 0; i < COUNT; ++i) // the script spawned last begins to wait first
        spawn((struct hearer){(char)('a' + i), (way)(i % WAYS), COUNT - i});
    steps(COUNT + 1);
    emit_one_by_one(5);
    steps(COUNT);
    CHECK_TRACE("i5@11 h5@12 g5@13 f5@14 e5@15 d5@16 c5@17 b5@18 a5@19 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(hears_and_waits, struct hearer, me)
{
    CHECK_OK(tl_wait_steps(me->begins));
    CHECK_OK(tl_wait_event(event, NULL));
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_wait_step());
        CHECK_OK(tl_wait_steps(6)); // all of them until the same step
    }
    note("%c@%ju ", me->name, (uintmax_t)tl_world_get_time(world).steps);
}

TEST(the_order_stays_from_step_to_step)
{
    enum { COUNT = 5 };
    static const int begins[COUNT] = {3, 5, 1, 4, 2};
    make_events();
    for (int i = 0; i < COUNT; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), NULL, hears_and_waits,
                               {.name = (char)('a' + i), .begins = begins[i]}));
    steps(COUNT + 1);
    CHECK_OK(tl_emit(event, 0));
    steps(20); // the last wait is over in the 22nd step after the emit
    CHECK_OK(tl_group_set_budget(crowd, 1));
    steps(2 + COUNT);
    CHECK_TRACE("c@28 e@29 a@30 d@31 b@32 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_order_stays_when_some_have_left)
{
    enum { FIRST = 16, LATER = 6 };
    tl_script scripts[FIRST];
    make_events();
    for (int i = 0; i < FIRST; ++i)
        scripts[i] = spawn((struct hearer){(char)('a' + i), i == 7 || i == 11 ? RACING : ALONE, 0});
    steps(2);
    for (int i = 0; i < FIRST; ++i)
        if (i % 4 != 3)
            CHECK_OK(tl_script_cancel(world, scripts[i]));
    for (int i = 0; i < LATER; ++i)
        spawn((struct hearer){(char)('A' + i), (way)(i % WAYS), LATER - i});
    steps(LATER + 1);
    emit_one_by_one(1);
    steps(4 + LATER);
    CHECK_TRACE("d1@10 h1@11 l1@12 p1@13 F1@14 E1@15 D1@16 C1@17 B1@18 A1@19 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(hears_other, char, name)
{
    int number = 0;
    CHECK_OK(tl_wait_event(other, &number));
    note("%c%d ", *name, number);
}

TEST(who_left_for_the_same_place_at_another_event_hears_that_one_only)
{
    make_events();
    tl_script script = spawn((struct hearer){'a', ALONE, 0});
    steps(2);
    CHECK_OK(tl_script_cancel(world, script));
    tl_script next;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &next, hears_other, 'b'));
    CHECK_UINT(script.index1, next.index1); // it uses the same record as the first script
    steps(1);
    CHECK_OK(tl_emit(event, 1));
    steps(1);
    CHECK_TRACE("");
    CHECK_OK(tl_emit(other, 2));
    steps(1);
    CHECK_TRACE("b2 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(hears_twice, tl_nothing, unused)
{
    int number = 0;
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_event(event, &number, TL_WITHIN(0.01)));
    CHECK_OK(tl_wait_event(event, NULL));
    CHECK_OK(tl_wait_event(event, &number, TL_WITHIN(1)));
    CHECK_INT(2, number);
    CHECK_OK(tl_wait_event(event, &number));
    note("%d ", number);
}

TEST(one_script_waits_in_each_way_in_turn)
{
    make_events();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears_twice, {0}));
    steps(3);
    for (int i = 1; i <= 3; ++i) {
        CHECK_OK(tl_emit(event, i));
        steps(1);
    }
    CHECK_TRACE("3 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(looks_at_the_time, tl_nothing, unused)
{
    CHECK_OK(tl_wait_event(event, NULL));
    CHECK_OK(tl_wait_seconds(0.1)); // six steps
    note("@%ju ", (uintmax_t)tl_world_get_time(world).steps);
}

TL_SCRIPT(emits_late, tl_nothing, unused)
{
    CHECK_OK(tl_wait_phase(TL_PHASE_AFTER));
    CHECK_OK(tl_emit(event, 0));
}

TEST(own_time_continues_from_the_step_of_the_event)
{
    make_events();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, looks_at_the_time, {0}));
    steps(1);
    CHECK_OK(tl_emit(event, 0)); // counts as emitted in the next step
    steps(8);
    CHECK_TRACE("@8 ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, looks_at_the_time, {0}));
    steps(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, emits_late, {0}));
    steps(8); // emitted in step 11 after the script's phase: it runs in step 12, and its time counts from step 11
    CHECK_TRACE("@17 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(hears_before_physics, char, name)
{
    CHECK_OK(tl_wait_phase(TL_PHASE_BEFORE));
    CHECK_OK(tl_wait_event(event, NULL));
    note("%c@%ju ", *name, (uintmax_t)tl_world_get_time(world).steps);
}

TEST(who_is_woken_for_the_next_step_counts_in_its_budget)
{
    make_events();
    for (int i = 0; i < 3; ++i)
        CHECK_OK(
            tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), NULL, hears_before_physics, (char)('a' + i)));
    steps(2);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, emits_late, {0}));
    steps(1); // the event wakes them in step 3, when their phase has passed
    CHECK_OK(tl_group_set_budget(crowd, 4));
    for (int i = 0; i < 3; ++i)
        spawn((struct hearer){(char)('A' + i), ALONE, 0});
    CHECK_OK(tl_emit(event, 0)); // none of the three new ones waits for it yet
    steps(1);
    CHECK_TRACE("a@4 b@4 c@4 ");
    CHECK_OK(tl_emit(event, 1)); // only the first of them waits by now: the budget had room for it
    CHECK_OK(tl_group_set_budget(crowd, 0));
    steps(1);
    CHECK_TRACE("A1@5 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(emits_and_limits, tl_nothing, unused)
{
    CHECK_OK(tl_emit(event, 0));
    CHECK_OK(tl_group_set_budget(crowd, 3));
    CHECK_OK(tl_emit(other, 0)); // three scripts have used up the budget of this step
}

TEST(who_is_woken_counts_in_the_budget_of_this_step)
{
    make_events();
    for (int i = 0; i < 3; ++i)
        spawn((struct hearer){(char)('a' + i), ALONE, 0});
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), NULL, hears_other, 'z'));
    steps(2);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, emits_and_limits, {0}));
    steps(1);
    CHECK_TRACE("a0@3 b0@3 c0@3 ");
    steps(1);
    CHECK_TRACE("z0 ");
    CHECK_OK(tl_world_destroy(world));
}

// The array itself.

static void check_at(const tl__script_record *script, uint32_t place)
{
    CHECK_UINT(3, script->audience1);
    CHECK_UINT(place, script->audience_at);
}

TEST(entries_that_were_left_take_no_room)
{
    tl__script_record stays[3] = {{0}}, leaves = {0};
    tl__listener listener = {.entries_before = 0};
    tl__audience audience;
    tl__audience_init(&audience, NULL);
    audience.number1 = 3;
    for (int i = 0; i < 3; ++i) {
        CHECK(tl__audience_reserve(&audience));
        tl__audience_enter(&audience, &leaves, NULL);
        CHECK(tl__audience_reserve(&audience));
        tl__audience_enter(&audience, &stays[i], &stays[i]);
        if (i == 1) {
            listener.entries_before = audience.count;
            tl__list_append(&audience.listeners, &listener.link);
        }
    }
    for (int i = 0; i < 10000; ++i) {
        CHECK(tl__audience_reserve(&audience));
        tl__audience_enter(&audience, &leaves, NULL);
        leaves.audience1 = 0;
    }
    CHECK_UINT(8, audience.capacity);
    for (uint32_t i = 0; i < 3; ++i) {
        check_at(&stays[i], i);
        CHECK_POINTER(&stays[i], audience.entries[i].script);
        CHECK_POINTER(&stays[i], audience.entries[i].buffer);
    }
    CHECK_UINT(2, listener.entries_before);
    tl__audience_free(&audience);
}
