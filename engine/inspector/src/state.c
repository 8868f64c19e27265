// SPDX-License-Identifier: MIT
#include "state.h"

#include <inttypes.h>
#include <stdio.h>

#include "news.h"
#include "os/threads.h"
#include "world/wait_names.h"

static void put_object_begin(tl__dump_text *json, const char *name)
{
    tl__dump_json(json, name, "{");
}

static void put_object_end(tl__dump_text *json)
{
    tl__dump_print(json, "}");
}

static void put_array_begin(tl__dump_text *json, const char *name)
{
    tl__dump_json(json, name, "[");
}

static void put_array_end(tl__dump_text *json)
{
    tl__dump_print(json, "]");
}

static void put_snapshot_text(tl__dump_text *json, const tl__snapshot *s, const char *name, tl__text text)
{
    if (text != 0)
        tl__dump_json_string(json, name, tl__text_of(s, text));
}

static void put_bool(tl__dump_text *json, const char *name, bool is_so)
{
    tl__dump_json(json, name, "%s", is_so ? "true" : "false");
}

static void put_id(tl__dump_text *json, const char *name, tl_script id)
{
    tl__dump_json(json, name, "\"%" PRIu32 ".%" PRIu32 "\"", id.index1, id.generation);
}

static void put_waiters(tl__dump_text *json, const char *name, const tl__waiters *waiters)
{
    put_object_begin(json, name);
    tl__dump_json(json, "count", "%" PRIu32, waiters->count);
    put_array_begin(json, "first");
    for (uint32_t i = 0; i < waiters->count && i < TL__WAITERS_SHOWN; ++i)
        put_id(json, NULL, waiters->first[i]);
    put_array_end(json);
    put_object_end(json);
}

static void put_world(tl__dump_text *json, const tl__snapshot *s)
{
    put_object_begin(json, "world");
    tl__dump_json(json, "steps", "%" PRIu64, s->time.steps);
    tl__dump_json_fixed(json, "seconds", s->time.seconds, 3);
    tl__dump_json_fixed(json, "delta", s->time.delta, 9);
    tl__dump_json(json, "turns", "%" PRIu64, s->turns);
    tl__dump_json(json, "scripts", "%" PRIu32, s->script_count);
    tl__dump_json(json, "max_scripts", "%" PRIu32, s->max_scripts);
    tl__dump_json(json, "entities", "%" PRIu32, s->entities);
    put_bool(json, "has_frames", s->has_frames);
    put_bool(json, "has_clock", s->has_clock);
    put_bool(json, "paused", s->paused);
    tl__dump_json_fixed(json, "speed", s->speed, 3);
    put_object_end(json);
}

static void put_row(tl__dump_text *json, const tl__snapshot *s, const tl__row *row)
{
    static const char *const phases[] = {"step", "before", "after", "frame", "parallel"};
    const tl__seen_script *script = &s->scripts[row->script];
    put_object_begin(json, NULL);
    put_id(json, "id", script->id);
    put_snapshot_text(json, s, "name", script->name);
    put_snapshot_text(json, s, "type", s->types[script->type].name);
    if (script->wait != TL_WAIT_NOTHING) {
        tl__dump_json_string(json, "wait", tl_wait_string(script->wait));
        put_snapshot_text(json, s, "object", script->object);
        tl__dump_json_fixed(json, "waited", script->waited, 3);
    } else {
        tl__dump_json_string(json, "state", script->held ? "held back by its group" : "ready");
    }
    if (script->left > 0)
        tl__dump_json_fixed(json, "left", script->left, 3);
    tl__dump_json_fixed(json, "age", script->age, 3);
    tl__dump_json(json, "used", "%zu", script->used);
    tl__dump_json(json, "size", "%zu", script->size);
    put_snapshot_text(json, s, "file", script->file);
    if (script->file != 0)
        tl__dump_json(json, "line", "%d", script->line);
    if (script->parent.index1 != 0)
        put_id(json, "parent", script->parent);
    if (script->owner.index1 != 0)
        tl__dump_json(json, "entity", "\"%" PRIu32 ".%" PRIu32 "\"", script->owner.index1, script->owner.generation);
    tl__dump_json_string(json, "phase", phases[script->phase]);
    tl__dump_json(json, "priority", "%d", script->priority);
    if (row->depth > 0)
        tl__dump_json(json, "depth", "%" PRIu32, row->depth);
    if (script->cancelled)
        put_bool(json, "cancelled", true);
    put_object_end(json);
}

static void put_scripts(tl__dump_text *json, const tl__snapshot *s, const tl__query *query)
{
    uint32_t count, matching;
    tl__row *rows = tl__rows_find(s, query, &count, &matching);
    put_object_begin(json, "scripts");
    tl__dump_json(json, "matching", "%" PRIu32, matching);
    put_array_begin(json, "rows");
    for (uint32_t i = 0; i < count; ++i)
        put_row(json, s, &rows[i]);
    put_array_end(json);
    put_object_end(json);
    if (rows != NULL)
        tl__rows_free(s, rows);
    json->failed |= rows == NULL;
}

static void put_type(tl__dump_text *json, const tl__snapshot *s, const tl__seen_type *type)
{
    put_object_begin(json, NULL);
    tl__dump_json(json, "number", "%d", (int)(type - s->types));
    put_snapshot_text(json, s, "name", type->name);
    put_snapshot_text(json, s, "file", type->file);
    tl__dump_json(json, "line", "%d", type->line);
    tl__dump_json(json, "count", "%" PRIu32, type->count);
    tl__dump_json(json, "starts", "%" PRIu64, type->starts);
    tl__dump_json(json, "turns", "%" PRIu64, type->turns);
    tl__dump_json_fixed(json, "mean", type->mean, 9);
    tl__dump_json_fixed(json, "longest", type->longest, 9);
    tl__dump_json(json, "high_water", "%zu", type->high_water);
    tl__dump_json(json, "stack_size", "%zu", type->stack_size);
    if (type->high_water > 0)
        tl__dump_json(json, "suggested", "%zu", tl__suggested_stack(type->high_water));
    put_object_end(json);
}

static void put_channel(tl__dump_text *json, const tl__snapshot *s, const tl__seen_object *channel)
{
    put_object_begin(json, NULL);
    put_snapshot_text(json, s, "name", channel->name);
    tl__dump_json(json, "objects", "%" PRIu32, channel->objects);
    tl__dump_json(json, "count", "%" PRIu64, channel->count);
    tl__dump_json(json, "capacity", "%" PRIu64, channel->capacity);
    tl__dump_json(json, "closed", "%" PRIu32, channel->closed);
    put_waiters(json, "senders", &channel->senders);
    put_waiters(json, "receivers", &channel->receivers);
    put_object_end(json);
}

static void put_event(tl__dump_text *json, const tl__snapshot *s, const tl__seen_object *event)
{
    put_object_begin(json, NULL);
    put_snapshot_text(json, s, "name", event->name);
    tl__dump_json(json, "objects", "%" PRIu32, event->objects);
    tl__dump_json(json, "emits", "%" PRIu64, event->emits);
    put_waiters(json, "waiters", &event->receivers);
    put_object_end(json);
}

/// The library has no list of counters and locks, so the page shows those that something waits for: each waiting script
/// and job is listed with what it waits for.
static void put_waits(tl__dump_text *json, const tl__snapshot *s)
{
    enum { MOST_WAITS = 200 };
    uint32_t written = 0;
    for (uint32_t i = 0; i < s->script_count && written < MOST_WAITS; ++i) {
        const tl__seen_script *script = &s->scripts[i];
        if (script->wait != TL_WAIT_COUNTER && script->wait != TL_WAIT_LOCK)
            continue;
        put_object_begin(json, NULL);
        tl__dump_json_string(json, "for", tl_wait_string(script->wait));
        put_snapshot_text(json, s, "object", script->object);
        tl__dump_json_string(json, "kind", "script");
        put_snapshot_text(json, s, "who", script->name);
        put_id(json, "id", script->id);
        put_object_end(json);
        ++written;
    }
    for (uint32_t i = 0; i < s->job_count && written < MOST_WAITS; ++i, ++written) {
        put_object_begin(json, NULL);
        put_snapshot_text(json, s, "for", s->jobs[i].kind);
        put_snapshot_text(json, s, "object", s->jobs[i].object);
        tl__dump_json_string(json, "kind", "job");
        put_snapshot_text(json, s, "who", s->jobs[i].name);
        put_object_end(json);
    }
}

static void put_jobs(tl__dump_text *json, const tl__snapshot *s)
{
    put_object_begin(json, "jobs");
    tl__dump_json(json, "waiting", "%" PRIu32, s->jobs_info.waiting);
    tl__dump_json(json, "sleeping", "%" PRIu32, s->jobs_info.sleeping);
    tl__dump_json(json, "fibers", "%" PRIu32, s->jobs_info.fibers);
    tl__dump_json(json, "stolen", "%" PRIu64, s->jobs_info.stolen);
    tl__dump_json(json, "suspensions", "%" PRIu64, s->jobs_info.suspensions);
    put_object_end(json);
}

static void put_worker(tl__dump_text *json, const tl__snapshot *s, uint32_t worker)
{
    put_object_begin(json, NULL);
    tl__dump_json_string(json, "name", s->workers[worker].name);
    put_bool(json, "asleep", s->workers[worker].is_asleep);
    tl__dump_json(json, "queued", "%" PRIu32, s->workers[worker].queued);
    put_array_begin(json, "awake"); // in percent, frame by frame
    for (uint32_t i = 0; i < s->frame_count; ++i)
        tl__dump_json(json, NULL, "%d", s->frames[i].awake[s->workers[worker].worker_index] * 100 / 255);
    put_array_end(json);
    put_object_end(json);
}

static void put_frames(tl__dump_text *json, const tl__snapshot *s)
{
    put_array_begin(json, "frames"); // [milliseconds, of these in steps]
    for (uint32_t i = 0; i < s->frame_count; ++i) {
        put_array_begin(json, NULL);
        tl__dump_json_fixed(json, NULL, (double)s->frames[i].seconds * 1e3, 3);
        tl__dump_json_fixed(json, NULL, (double)s->frames[i].stepping * 1e3, 3);
        put_array_end(json);
    }
    put_array_end(json);
}

static void put_actions(tl__dump_text *json, tl__board *board)
{
    pthread_mutex_lock(&board->lock);
    tl__dump_json(json, "queued", "%" PRIu32, board->queued);
    tl__dump_json(json, "trace", "%" PRIu64, board->trace_number);
    put_array_begin(json, "done");
    for (uint32_t i = 0; i < board->done_count; ++i) {
        put_object_begin(json, NULL);
        tl__dump_json(json, "number", "%" PRIu64, board->done[i].number);
        tl__dump_json(json, "step", "%" PRIu64, board->done[i].step);
        tl__dump_json_string(json, "result", tl_result_name(board->done[i].result));
        put_object_end(json);
    }
    put_array_end(json);
    pthread_mutex_unlock(&board->lock);
}

#define PUT_ALL(json, s, name, array, count, put)                                                                      \
    do {                                                                                                               \
        put_array_begin(json, name);                                                                                   \
        for (uint32_t i = 0; i < (s)->count; ++i)                                                                      \
            put(json, s, &(s)->array[i]);                                                                              \
        put_array_end(json);                                                                                           \
    } while (0)

void tl__state_write(tl__dump_text *json, const tl__snapshot *s, tl__board *board, const tl__observer *observer,
                     tl__stuck *stuck, const tl__query *query)
{
    put_object_begin(json, NULL);
    if (s->any) {
        tl__dump_json_fixed(json, "taken", (double)s->taken / 1e9, 6);
        tl__dump_json_fixed(json, "seconds_ago", (double)(tl__monotonic_time() - s->taken) / 1e9, 3);
    }
    tl__dump_json_string(json, "name", board->name);
    put_bool(json, "ended", atomic_load_explicit(&board->world_ended, memory_order_relaxed));
    put_bool(json, "traces", s->traces);
    put_world(json, s);
    put_array_begin(json, "warnings");
    tl__warnings_write(json, s, board, observer, stuck);
    put_array_end(json);
    put_array_begin(json, "news");
    tl__news_write(json);
    put_array_end(json);
    put_scripts(json, s, query);
    PUT_ALL(json, s, "types", types, type_count, put_type);
    PUT_ALL(json, s, "channels", channels, channel_count, put_channel);
    PUT_ALL(json, s, "events", events, event_count, put_event);
    put_array_begin(json, "waits");
    put_waits(json, s);
    put_array_end(json);
    if (s->has_jobs)
        put_jobs(json, s);
    put_array_begin(json, "workers");
    for (uint32_t i = 0; i < s->worker_count; ++i)
        put_worker(json, s, i);
    put_array_end(json);
    put_frames(json, s);
    put_actions(json, board);
    put_object_end(json);
}
