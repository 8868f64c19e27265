// SPDX-License-Identifier: MIT
// Each piece of the factory is accounted for, even if agents that carry pieces are killed more often than there is room
// to draw what they drop.
#include "../../samples/factory/factory.h"

#include "check.h"

TEST(killing_loses_nothing)
{
    static factory it;
    scene plan;
    CHECK(scene_load(TELAR_ASSETS "/factory.cfg", &plan));
    CHECK_OK(factory_open(&it, &plan, 5));
    uint32_t killed = 0;
    for (int step = 0; killed < MAX_DROPPED + 50; ++step) {
        CHECK(step < 1000000);
        factory_step(&it);
        for (agent *each = it.agents; each < it.agents + MAX_AGENTS; ++each) {
            if (!each->used || each->load == 0 || (step + each->number) % 7 != 0)
                continue;
            agent_kind kind = each->kind;
            factory_kill(each);
            CHECK_UINT(++killed, it.dropped);
            CHECK(factory_balances(&it));
            CHECK(factory_add(&it, kind) != NULL);
        }
        CHECK(factory_balances(&it));
    }
    factory_close(&it);
}

TEST(no_more_agents_than_there_is_room_for)
{
    static factory it;
    scene plan;
    CHECK(scene_load(TELAR_ASSETS "/factory.cfg", &plan));
    CHECK_OK(factory_open(&it, &plan, 5));
    int added = 0;
    while (factory_add(&it, MINER) != NULL)
        ++added;
    CHECK_INT(MAX_AGENTS_OF_A_KIND - plan.miners.count, added);
    CHECK(factory_add(&it, SMITH) != NULL);
    for (int i = 0; i < 500; ++i)
        factory_step(&it);
    CHECK(factory_balances(&it));
    factory_close(&it);
}
