// SPDX-License-Identifier: MIT
/// For tests of races and syncs: an event and channels in a world of their own.
#ifndef TELAR_TEST_SOURCES_H
#define TELAR_TEST_SOURCES_H

#include "trace.h"

typedef TL_EVENT(int) int_event;

__attribute__((unused)) static int_event bell;
__attribute__((unused)) static int_channel orders, goods;

__attribute__((unused)) static void make_sources(void)
{
    make_world(60);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "orders", 2, &orders));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "goods", 1, &goods));
}

#endif
