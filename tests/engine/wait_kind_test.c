// SPDX-License-Identifier: MIT
// A kind of wait that the engine does not know, written as one within it would be: a script waits until some of three
// files are loaded (wait_kind.h), and an arm of a race for one file (arm_kind.h).
#include "world/wait_kind.h"

#include "script/arm_kind.h"
#include "script/waits.h"
#include "world/timer.h"
#include "world/wait.h"

#include "trace.h"

enum { FILES = 3 };

/// The listeners that wait for each of the files.
static tl__link loading[FILES];

typedef struct wait_for_files {
    tl__wait_base frame; ///< must be the first member
    tl__listener listeners[FILES];
    int missing;
} wait_for_files;

static void leave(tl__wait_base *frame)
{
    wait_for_files *self = (wait_for_files *)frame;
    for (int i = 0; i < FILES; ++i)
        tl__list_remove(&self->listeners[i].link);
    frame->script->frame = NULL;
    note("left ");
}

static void tell(tl__wait_base *frame, tl__listener *listener, tl_result how, const tl__script_record *ended)
{
    wait_for_files *self = (wait_for_files *)frame;
    CHECK_POINTER(NULL, ended);
    note("%d ", listener->index);
    if (how != TL_OK || --self->missing == 0)
        tl__wake(frame->script, how);
}

static void fire(tl__wait_base *frame, tl__timer *timer)
{
    CHECK(timer->use == TL__TIMER_IS_LIMIT);
    tl__wake(frame->script, TL_TIMED_OUT);
}

static void hurry(tl__wait_base *frame)
{
    (void)frame;
    note("hurried ");
}

static const tl__wait_kind complete_kind = {.leave = leave, .tell = tell, .fire = fire, .hurry = hurry};
/// A kind that only leaves. Its scripts behave as in a lone wait.
static const tl__wait_kind only_left = {.leave = leave};

static void forget(void *frame)
{
    tl__wait_base *left = frame;
    if (left->script->frame == left)
        tl__wait_leave(left->script);
}

static tl_result wait_for_loaded(const tl__wait_kind *kind, int count, tl_limit limit)
{
    wait_for_files files = {.frame.kind = kind, .missing = count};
    tl_result result = tl__wait_enter("wait_for_loaded", limit, &files.frame.script);
    if (result != TL_OK)
        return result;
    tl__script_record *self = files.frame.script;
    for (int i = 0; i < FILES; ++i) {
        files.listeners[i] = (tl__listener){.script = self, .frame = &files.frame, .index = i, .name = "a file"};
        tl__list_append(&loading[i], &files.listeners[i].link);
    }
    if (tl__has_limit(limit)) {
        tl__time end = tl__end_of(self, limit);
        tl__timer_set(&self->limit, self, TL__TIMER_IS_LIMIT, 0, tl__clock_of(limit.clock), end);
    }
    self->frame = &files.frame;
    tl_defer(forget, &files.frame);
    self->wait = TL_WAIT_SYNC;
    tl_yield(NULL);
    return self->answer;
}

TL_SCRIPT(needs_files, int, count)
{
    tl_defer(note_text, "cleaned ");
    tl_result loaded = wait_for_loaded(&complete_kind, *count, TL_FOREVER);
    note("%s@%ju ", tl_result_name(loaded), step_count());
}

TL_SCRIPT(has_no_patience, int, count)
{
    tl_result loaded = wait_for_loaded(&complete_kind, *count, TL_WITHIN(0.05));
    note("%s@%ju ", tl_result_name(loaded), step_count());
}

TL_SCRIPT(needs_any_file, int, count)
{
    tl_defer(note_text, "cleaned ");
    tl_result loaded = wait_for_loaded(&only_left, *count, TL_WITHIN(0.05));
    note("%s@%ju ", tl_result_name(loaded), step_count());
}

static void begin(void)
{
    make_world(60);
    for (int i = 0; i < FILES; ++i)
        tl__list_init(&loading[i]);
}

TEST(a_frame_wakes_its_script)
{
    begin();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, needs_files, 2));
    steps(1);
    tl__listeners_tell(&loading[1], TL_OK);
    steps(1);
    CHECK_TRACE("1 ");
    tl__listeners_tell(&loading[0], TL_OK);
    CHECK_TRACE("0 left ");
    CHECK(tl__list_is_empty(&loading[2]));
    steps(1);
    CHECK_TRACE("TL_OK@3 cleaned ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_frame_is_left_when_its_script_is_cancelled)
{
    begin();
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, needs_files, 1));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("hurried left cleaned ");
    CHECK(tl__list_is_empty(&loading[0]));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_frame_hears_of_its_scripts_limit)
{
    begin();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_no_patience, 3));
    steps(1);
    tl__listeners_tell(&loading[2], TL_OK);
    steps(2);
    CHECK_TRACE("2 ");
    steps(1);
    CHECK_TRACE("left TL_TIMED_OUT@4 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_kind_that_only_leaves_waits_as_a_lone_wait_does)
{
    begin();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, needs_any_file, FILES));
    steps(1);
    tl__listeners_tell(&loading[1], TL_OK);
    CHECK_TRACE("left ");
    steps(1);
    CHECK_TRACE("TL_OK@2 cleaned ");

    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, needs_any_file, FILES));
    steps(4);
    CHECK_TRACE("left TL_TIMED_OUT@6 cleaned ");

    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, needs_any_file, FILES));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("left cleaned ");
    CHECK_OK(tl_world_destroy(world));
}

static bool is_loaded[FILES];

static tl_result check_file(const tl__script_record *script, const tl_arm *arm)
{
    (void)script;
    return arm->args != NULL ? TL_OK : TL_ERROR_NULL;
}

static tl_result begin_file(const tl__script_record *script, const tl_arm *arm, tl__listener *listener)
{
    int file = *(const int *)arm->args;
    if (is_loaded[file])
        return TL_OK;
    tl__listener_join(listener, &loading[file], script->name);
    return TL_WOULD_WAIT;
}

static tl_arm on_file(const int *file)
{
    static const tl__arm_kind kind = {check_file, begin_file};
    tl_arm arm = tl__make_arm(&kind, NULL);
    arm.args = file;
    return arm;
}

TL_SCRIPT(takes_the_first, tl_nothing, unused)
{
    const int files[FILES] = {0, 1, 2};
    int came = tl_race(on_file(&files[0]), on_file(&files[1]), TL_AFTER(0.05)).winner;
    note("%d@%ju ", came, step_count());
    came = tl_race(on_file(&files[0]), on_file(&files[2])).winner; // file 2 is loaded already
    note("%d@%ju ", came, step_count());
    came = tl_sync(on_file(&files[0]), TL_AFTER(0.05));
    note("%d@%ju ", came, step_count());
    came = tl_race(on_file(&files[0]), TL_AFTER(0.05)).winner;
    note("%d@%ju ", came, step_count());
    CHECK_MISUSE(TL_ERROR_NULL, tl_race(on_file(&files[0]), on_file(NULL)).result);
}

TEST(arms_may_wait_for_what_the_engine_does_not_know)
{
    begin();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, takes_the_first, {0}));
    steps(1);
    is_loaded[2] = true;
    tl__listeners_tell(&loading[1], TL_OK);
    CHECK(tl__list_is_empty(&loading[0])); // the race has left it
    steps(1);
    CHECK_TRACE("1@2 1@2 ");
    tl__listeners_tell(&loading[0], TL_OK);
    steps(6);
    CHECK_TRACE("0@5 1@8 ");
    CHECK(tl__list_is_empty(&loading[0]));
    CHECK_OK(tl_world_destroy(world));
}
