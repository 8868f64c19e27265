// SPDX-License-Identifier: MIT
// The factory: miners dig ore and put it on a belt, smiths take it and forge it. Each miner and each smith is a script.
//
//     factory [--headless] [--steps N] [--seed S] [--scene FILE] [--screenshot FILE.png]
//
// The last line that it prints reports the state in the end; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "factory.h"
#include "view.h"

typedef struct show {
    const char *scene; ///< path of the scene's file; null for the default
    factory factory;
    view view;
} show;

static bool read_option(tl_app *app, const char *name, const char *value)
{
    show *of = app->game;
    if (strcmp(name, "--scene") != 0)
        return false;
    of->scene = value;
    return true;
}

static void select_first_smith(show *of)
{
    for (agent *each = of->factory.agents; each < of->factory.agents + MAX_AGENTS; ++each)
        if (each->used && each->kind == SMITH && of->view.selected == NULL)
            of->view.selected = each;
}

static bool open_show(tl_app *app)
{
    show *of = app->game;
    scene plan;
    if (!scene_load(of->scene != NULL ? of->scene : tl_app_asset(app, "factory.cfg"), &plan))
        return false;
    tl_result result = view_open(&of->view, app);
    if (result != TL_OK) {
        fprintf(stderr, "factory: %s: %s\n", tl_result_string(result), tl_window_error());
        return false;
    }
    result = factory_open(&of->factory, &plan, app->seed);
    app->world = of->factory.world;
    if (result != TL_OK)
        fprintf(stderr, "factory: %s\n", tl_result_string(result));
    if (app->headless)
        select_first_smith(of); // so that the picture shows a script's panel
    return result == TL_OK;
}

static void step(tl_app *app)
{
    show *of = app->game;
    factory_step(&of->factory);
    view_note_step(&of->view, &of->factory);
}

static void draw(tl_app *app)
{
    show *of = app->game;
    view_draw(&of->view, &of->factory);
}

static void add(show *of, agent_kind kind)
{
    const agent *hired = factory_add(&of->factory, kind);
    if (hired != NULL)
        printf("factory: added %s\n", hired->name);
    else
        printf("factory: no room for another\n");
}

static void kill_selected(show *of)
{
    if (of->view.selected == NULL)
        return;
    printf("factory: killed %s\n", of->view.selected->name);
    factory_kill(of->view.selected);
    of->view.selected = NULL;
}

static void press(tl_app *app, int key)
{
    if (key == 'k')
        kill_selected(app->game);
    else if (key == 'a')
        add(app->game, MINER);
    else if (key == 's')
        add(app->game, SMITH);
}

static void click(tl_app *app, tl_click where)
{
    show *of = app->game;
    view_click(&of->view, &of->factory, (float)where.x, (float)where.y);
    printf("factory: selected %s\n", of->view.selected != NULL ? of->view.selected->name : "nobody");
}

static bool report(tl_app *app)
{
    const factory *it = &((show *)app->game)->factory;
    printf("factory: steps=%" PRIu64 " produced=%u consumed=%u on_belt=%u carried=%u hash=%016" PRIx64 "\n",
           tl_world_get_time(it->world).steps, it->produced, it->consumed, tl_channel_count(it->belt),
           factory_carried(it), factory_hash(it));
    if (!factory_balances(it))
        fprintf(stderr, "factory: the books do not balance\n");
    return factory_balances(it);
}

static void close_show(tl_app *app)
{
    view_close(&((show *)app->game)->view);
}

int main(int argc, char **argv)
{
    static show it;
    return tl_app_main(argc, argv,
                       &(tl_app_desc){
                           .name = "factory",
                           .title = "Telar: the factory",
                           .assets = TELAR_ASSETS,
                           .game = &it,
                           .picture_frames = PLOT_POINTS,
                           .usage = "  --scene FILE       what the factory looks like (default assets/factory.cfg)\n",
                           .option = read_option,
                           .open = open_show,
                           .step = step,
                           .draw = draw,
                           .key = press,
                           .click = click,
                           .report = report,
                           .close = close_show,
                       });
}
