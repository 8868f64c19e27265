// SPDX-License-Identifier: MIT
// The swarm: 5,000 creatures, each a script of its own. Grazers graze in flocks, warn each other and flee; hunters
// stalk, chase and rest. Warnings are events: each part of the meadow has one.
//
// The grazers are parallel scripts: all of them steer in each step, concurrently on all cores. What they see of their
// neighbours was computed by jobs just before. What others could notice, such as a cry, each script does exclusively;
// so the run is the same for any number of workers.
//
//     swarm [--headless] [--steps N] [--seed S] [--workers N] [--screenshot FILE.png]
//
// The last line that it prints reports the state in the end; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <stdio.h>

#include "creatures.h"
#include "telar/app.h"
#include "telar/script.h"
#include "view.h"

static bool open(tl_app *app)
{
    tl_result result = creatures_open(app->seed, app->jobs);
    app->world = meadow.world;
    if (result != TL_OK)
        fprintf(stderr, "swarm: %s\n", tl_result_string(result));
    return result == TL_OK;
}

/// Moves the farthest hunter to the clicked place.
static void click(tl_app *app, tl_click where)
{
    (void)app;
    vec at = meadow_nearest_to((vec){(float)where.x, (float)where.y});
    int farthest = 0;
    for (int i = 1; i < HUNTERS; ++i)
        if (distance(meadow.all[i].at, at) > distance(meadow.all[farthest].at, at))
            farthest = i;
    meadow.all[farthest].at = at;
    meadow_cry(at, at);
    printf("swarm: a hunter comes\n");
}

static bool report(tl_app *app)
{
    uint32_t alive = 0;
    for (int i = 0; i < CREATURES; ++i)
        alive += meadow.all[i].alive;
    printf("swarm: steps=%" PRIu64 " alive=%u born=%u eaten=%u warnings=%u hash=%016" PRIx64 "\n",
           tl_world_get_time(app->world).steps, alive, meadow.born, meadow.eaten, meadow.warned, meadow_hash());
    bool balances = meadow.born == alive + meadow.eaten && tl_entity_count(app->world) == alive;
    if (!balances)
        fprintf(stderr, "swarm: creatures are missing\n");
    return balances;
}

int main(int argc, char **argv)
{
    return tl_app_main(argc, argv,
                       &(tl_app_desc){.name = "swarm",
                                      .title = "Telar: the swarm",
                                      .uses_jobs = true,
                                      .open = open,
                                      .draw = view_draw,
                                      .click = click,
                                      .report = report});
}
