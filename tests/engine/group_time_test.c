// SPDX-License-Identifier: MIT
// Groups that nest, freezes that count and time scales that multiply.
#include "trace.h"

static tl_group *game, *enemies, *ui;

static void make_groups(void)
{
    make_world(60);
    game = tl_world_group(world);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "enemies", .parent = game}, &enemies));
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "ui"}, &ui));
}

TL_SCRIPT(blinks, char *, name)
{
    for (;;) {
        note("%s", *name);
        CHECK_OK(tl_wait_step());
    }
}

static void spawn_in(tl_group *group, char *name)
{
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = group}), NULL, blinks, name));
}

static void spawn_in_all(void)
{
    spawn_in(game, "g");
    spawn_in(enemies, "e");
    spawn_in(ui, "u");
}

static double scale_of(const tl_group *group)
{
    return tl_group_get_info(group).scale;
}

TEST(a_menu_and_a_cutscene_freeze_the_same_group)
{
    make_groups();
    spawn_in_all();
    CHECK_OK(tl_group_freeze(game)); // the cutscene
    CHECK_OK(tl_group_freeze(game)); // the menu
    CHECK_UINT(2, tl_group_get_info(game).freezes);
    steps(1);
    CHECK_OK(tl_group_thaw(game)); // the menu is closed
    CHECK(tl_group_get_info(game).frozen);
    steps(1);
    CHECK_TRACE("uu");
    CHECK_OK(tl_group_thaw(game));
    steps(1);
    CHECK_TRACE("geu");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_frozen_parent_freezes_what_is_below_it)
{
    make_groups();
    tl_group *boss;
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "boss", .parent = enemies}, &boss));
    spawn_in_all();
    spawn_in(boss, "b");
    CHECK_OK(tl_group_freeze(enemies));
    steps(1);
    CHECK_TRACE("gu");
    tl_group_info info = tl_group_get_info(boss);
    CHECK(info.frozen);
    CHECK_UINT(0, info.freezes);
    CHECK_UINT(1, info.held);
    CHECK_POINTER(enemies, info.parent);
    CHECK(!tl_group_get_info(game).frozen);
    CHECK_OK(tl_group_freeze(boss));
    CHECK_OK(tl_group_thaw(enemies));
    steps(1);
    CHECK_TRACE("geu");
    CHECK_OK(tl_group_thaw(boss));
    steps(1);
    CHECK_TRACE("geub");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(thaws, tl_nothing, unused)
{
    CHECK_OK(tl_group_thaw(game));
}

TEST(what_waited_for_the_thaw_runs_in_the_same_phase)
{
    make_groups();
    CHECK_OK(tl_group_freeze(game));
    spawn_in(enemies, "e");
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = ui, .priority = 1}), NULL, thaws, {0}));
    steps(1);
    CHECK_TRACE("e");
    CHECK_OK(tl_world_destroy(world));
}

TEST(time_scales_multiply)
{
    make_groups();
    CHECK_OK(tl_group_set_time_scale(game, 0.5));
    CHECK_OK(tl_group_set_time_scale(enemies, 3));
    CHECK_NEAR(1.5, scale_of(enemies), 1e-9);
    tl_time_factor power_up, hit;
    CHECK_OK(tl_group_add_time_factor(game, 0.25, &power_up));
    CHECK_OK(tl_group_add_time_factor(game, 0, &hit));
    CHECK_NEAR(0, scale_of(game), 0);
    CHECK_OK(tl_group_remove_time_factor(power_up)); // removed in the order of adding: neither undoes the other
    CHECK_NEAR(0, scale_of(game), 0);
    CHECK_OK(tl_group_remove_time_factor(hit));
    CHECK_NEAR(0.5, scale_of(game), 0);
    CHECK_NEAR(1.5, scale_of(enemies), 1e-9);
    CHECK_NEAR(1, scale_of(ui), 0);
    CHECK_RESULT(TL_ERROR_STALE, tl_group_remove_time_factor(hit));
    CHECK_RESULT(TL_ERROR_STALE, tl_group_remove_time_factor((tl_time_factor){0}));
    steps(2);
    CHECK_NEAR(3.0 / 60, tl_group_get_info(enemies).seconds, 1e-9);
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_product_of_scales_has_a_limit)
{
    enum { MANY = 200 };
    make_groups();
    tl_time_factor factors[MANY], none;
    for (int i = 0; i < MANY; ++i)
        CHECK_OK(tl_group_add_time_factor(game, 1000, &factors[i]));
    CHECK_NEAR(1000, scale_of(game), 0);
    CHECK_OK(tl_group_add_time_factor(game, 0, &none));
    CHECK_NEAR(0, scale_of(game), 0); // and not infinity times zero
    for (int i = 0; i < MANY; ++i)
        CHECK_OK(tl_group_remove_time_factor(factors[i]));
    CHECK_OK(tl_group_remove_time_factor(none));
    CHECK_NEAR(1, scale_of(game), 0);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(cutscene, tl_nothing, unused)
{
    tl_scoped_freeze(game);
    tl_scoped_time_factor(ui, 0.5);
    CHECK_OK(tl_wait_real_seconds(2.0 / 60));
    note("cut ");
    CHECK_OK(tl_wait_real_seconds(1000));
}

TEST(a_script_freezes_and_scales_until_it_ends)
{
    make_groups();
    tl_script script;
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = ui}), &script, cutscene, {0}));
    steps(1);
    CHECK(tl_group_get_info(game).frozen);
    CHECK_NEAR(0.5, scale_of(ui), 0);
    steps(3);
    CHECK_TRACE("cut ");
    CHECK_OK(tl_script_cancel(world, script));
    steps(1);
    CHECK(!tl_group_get_info(game).frozen);
    CHECK_NEAR(1, scale_of(ui), 0);
    CHECK_OK(tl_world_destroy(world));
}

TEST(blocks_that_the_end_of_the_world_leaves)
{
    make_groups();
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = ui}), NULL, cutscene, {0}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
}

TEST(misuse)
{
    make_groups();
    CHECK_MISUSE(TL_ERROR_NOT_FROZEN, tl_group_thaw(game));
    CHECK_OK(tl_group_freeze(game));
    CHECK_MISUSE(TL_ERROR_NOT_FROZEN, tl_group_thaw(enemies)); // only its parent is frozen
    CHECK_OK(tl_group_thaw(game));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_freeze(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_thaw(NULL));
    tl_time_factor factor = {game, 7};
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_add_time_factor(NULL, 1, &factor));
    CHECK_POINTER(NULL, factor.group);
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_add_time_factor(game, 1, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_add_time_factor(game, -1, &factor));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_add_time_factor(game, 1001, &factor));
    {
        tl_scoped_freeze(NULL);
        CHECK_REPORTED(TL_ERROR_NULL);
        tl_scoped_time_factor(NULL, 1);
        CHECK_REPORTED(TL_ERROR_NULL);
    }
    tl_world *other;
    tl_group *group = game;
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other));
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_group_create(other, &(tl_group_desc){.parent = game}, &group));
    CHECK_POINTER(NULL, group);
    CHECK_OK(tl_world_destroy(other));
    CHECK_OK(tl_world_destroy(world));
}
