// SPDX-License-Identifier: MIT
// What an inspector does without memory, and whether it gives back all that it has; and what it remembers of types.
#include "telar/inspector.h"

#include <stdlib.h>

#include "../checked_heap.h"
#include "check.h"
#include "http.h"
#include "snapshot.h"
#include "telar/channel.h"
#include "telar/wait.h"
#include "types.h"

static tl_world *world;
static tl_inspector *inspector;

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

static tl_result start_it(void)
{
    return tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector);
}

static void open_world(void)
{
    TL_CHANNEL(int) ore;
    tl_set_allocator(&checked_heap);
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 1000}, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 4, &ore));
    for (int i = 0; i < 300; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    CHECK_OK(tl_world_step(world));
}

TEST(a_start_without_memory_leaves_nothing)
{
    open_world();
    long before = checked_heap_blocks(), refused = 0;
    for (;; ++refused) {
        checked_heap_fail_after = refused;
        tl_result result = start_it();
        checked_heap_fail_after = -1;
        if (result == TL_OK)
            break;
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, result);
        CHECK_POINTER(NULL, inspector);
        CHECK_INT(before, checked_heap_blocks());
    }
    CHECK(refused > 3);
    tl_inspector_stop(inspector);
    CHECK_INT(before, checked_heap_blocks());
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, checked_heap_blocks());
}

TEST(a_page_without_memory_comes_when_there_is_some)
{
    open_world();
    CHECK_OK(start_it());
    for (long after = 0; after < 40; ++after) { // of the look and of the answer, wherever there is none
        checked_heap_fail_after = after;
        for (int i = 0; i < 2; ++i) {
            response answer = http_ask(inspector, (request){.query = "tree=1"});
            CHECK(answer.status == 200 || answer.status == 500);
            http_free(answer);
            CHECK_OK(tl_world_step(world));
        }
        checked_heap_fail_after = -1;
    }
    free(http_state(inspector, ""));
    CHECK_OK(tl_world_step(world));
    char *state = http_state(inspector, "");
    CHECK(strstr(state, "\"matching\":300") != NULL);
    free(state);
    tl_inspector_stop(inspector);
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, checked_heap_blocks());
}

TEST(hundreds_of_types_are_told_apart)
{
    enum { TYPES = 500 };
    static tl_fiber_entry entries[TYPES];
    tl__types types = {0};
    for (int round = 0; round < 3; ++round) {
        tl__types_begin(&types);
        for (int i = 0; i < TYPES; ++i)
            for (int k = 0; k <= i % 3; ++k)
                CHECK(tl__type_count(&types, &entries[i]) != NULL);
    }
    CHECK_UINT(TYPES, types.count);
    for (int i = 0; i < TYPES; ++i)
        CHECK_UINT((unsigned)i % 3 + 1, tl__type_of(&types, &entries[i])->count);
    tl__types_free(&types);
}

/// Counts `count` scripts of a type, `seconds` after the look before.
static bool grows_after(tl__types *types, const tl_fiber_entry *entry, uint32_t count, double seconds)
{
    uint32_t from;
    tl__types_begin(types);
    tl__type *type = NULL;
    for (uint32_t i = 0; i < count; ++i)
        type = tl__type_count(types, entry);
    tl__types_end(types, seconds);
    return tl__type_grows(type, &from);
}

TEST(a_type_grows_if_it_only_grew_for_ten_seconds)
{
    static const tl_fiber_entry entry = {.name = "grows"};
    tl__types types = {0};
    for (uint32_t second = 0; second < 10; ++second)
        CHECK(!grows_after(&types, &entry, 20 + 5 * second, 1));
    CHECK(grows_after(&types, &entry, 70, 1.5));
    CHECK(!grows_after(&types, &entry, 69, 1)); // one ended
    for (uint32_t second = 0; second < 9; ++second)
        CHECK(!grows_after(&types, &entry, 70 + 5 * second, 1));
    CHECK(grows_after(&types, &entry, 200, 1));
    CHECK(!grows_after(&types, &entry, 300, 45)); // the page was closed for a while
    for (uint32_t second = 0; second < 9; ++second)
        CHECK(!grows_after(&types, &entry, 300, 1));
    CHECK(!grows_after(&types, &entry, 309, 1)); // too few
    tl__types_free(&types);
}

/// Adds a channel with one waiting sender.
static void add_channel(tl__snapshot *snapshot, const char *name, uint32_t index, uint32_t waiter)
{
    CHECK(TL__SNAPSHOT_ROOM(snapshot, channels, channel_count, channel_capacity));
    snapshot->channels[snapshot->channel_count++] = (tl__seen_object){.name = tl__snapshot_copy(snapshot, name),
                                                                      .index = index,
                                                                      .objects = 1,
                                                                      .count = index,
                                                                      .capacity = 10,
                                                                      .senders = {1, {{waiter, 1}}}};
}

TEST(objects_of_equal_names_are_merged_with_their_waiters)
{
    tl__snapshot snapshot = {0};
    for (uint32_t i = 1; i <= 30; ++i)
        add_channel(&snapshot, i % 3 == 0 ? "b" : i % 3 == 1 ? "c" : "a", i, 100 + i);
    tl__snapshot_merge(&snapshot);
    CHECK_UINT(3, snapshot.channel_count);
    static const char *const names[] = {"a", "b", "c"};
    for (uint32_t i = 0; i < 3; ++i) {
        const tl__seen_object *channel = &snapshot.channels[i];
        uint32_t first = i == 0 ? 2 : i == 1 ? 3 : 1; // index of the first of that name
        CHECK_STRING(names[i], tl__text_of(&snapshot, channel->name));
        CHECK_UINT(10, channel->objects);
        CHECK_UINT(100, channel->capacity);
        CHECK_UINT(10 * first + 135, channel->count);
        CHECK_UINT(10, channel->senders.count);
        for (uint32_t k = 0; k < TL__WAITERS_SHOWN; ++k)
            CHECK_UINT(100 + first + 3 * k, channel->senders.first[k].index1);
    }
    tl__snapshot_free(&snapshot);
}

TEST(long_texts_are_cut_between_characters)
{
    tl__snapshot snapshot = {0};
    char text[400];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[sizeof text - 2] = '\0';
    CHECK_UINT(200, strlen(tl__text_of(&snapshot, tl__snapshot_text(&snapshot, text))));
    CHECK_UINT(200, strlen(tl__text_of(&snapshot, tl__snapshot_copy(&snapshot, text + 2))));
    text[0] = 'x';
    memmove(text + 1, text + 2, sizeof text - 2);
    CHECK_UINT(199, strlen(tl__text_of(&snapshot, tl__snapshot_copy(&snapshot, text))));
    CHECK_UINT(0, tl__snapshot_text(&snapshot, NULL));
    CHECK_STRING("", tl__text_of(&snapshot, 0));
    tl__snapshot_free(&snapshot);
}
