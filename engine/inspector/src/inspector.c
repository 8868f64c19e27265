// SPDX-License-Identifier: MIT
// The inspector's part on the thread that steps the world.
#include "telar/inspector.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/misuse.h"
#include "board.h"
#include "fiber/callback.h"
#include "fiber/dump_text.h"
#include "frames.h"
#include "look.h"
#include "news.h"
#include "os/allocator.h"
#include "os/threads.h"
#include "server.h"
#include "telar/trace.h"
#include "world/observer.h"
#include "world/world_state.h"

#define SECOND 1000000000
enum { TRACE_SECONDS = 5, TOKEN_MOST = 64, RANDOM_BYTES = 16 };
enum { MANY_SCRIPTS = 10000 };

struct tl_inspector {
    tl__observer observer;
    tl_inspector_desc desc; ///< `world` is null once it has ended
    tl__board board;
    tl__server *server;
    tl__look look;
    tl__turn_times *times;
    tl__snapshot *filled; ///< the one that the next look fills
    tl__frames frames;
    uint64_t steps_at_frame; ///< steps that had ended when the frame began
    int64_t step_began;
    bool active;      ///< the page asked for something in the last second
    bool has_frames;  ///< tl_inspector_frame was called
    bool worlds_jobs; ///< `desc.jobs` are the world's, and may end with it
    bool cancelling;  ///< scripts are being cancelled, which may call anything
    bool stop_wanted; ///< it is to be stopped as soon as they are
    uint64_t forks;   ///< in the process that started it
    tl_inspector *next_forgotten;
    int64_t look_took, look_ended;
    char url[160];
};

/// In a child made by fork there is no thread that serves a page, and any lock may be held for ever. So a child only
/// forgets the inspectors of its parent; what they have stays as it is, in this list, so that it is not taken for a
/// leak.
static uint64_t forks;
static tl_inspector *forgotten;

static void forget_parent(void)
{
    ++forks;
    tl__news_forget();
}

static bool is_of_parent(const tl_inspector *inspector)
{
    return inspector->forks != forks;
}

static tl_inspector *inspector_of(tl__observer *observer)
{
    return (tl_inspector *)observer; // its first member
}

/// Notes whether the page is open. Between steps only, since it decides whether turns are timed.
static void look_for_page(tl_inspector *inspector, int64_t now)
{
    int64_t asked = atomic_load_explicit(&inspector->board.asked, memory_order_relaxed);
    inspector->active = asked != 0 && now - asked < SECOND;
    inspector->observer.times = inspector->active ? inspector->times : NULL;
}

/// Whether a look now would take more than a twentieth of the game's time: after one at many scripts it waits.
static bool is_too_soon(const tl_inspector *inspector, int64_t now)
{
    return inspector->look.world->script_count > MANY_SCRIPTS &&
           now - inspector->look_ended < 20 * inspector->look_took;
}

static void publish_if_wanted(tl_inspector *inspector)
{
    if (inspector->desc.world == NULL || !atomic_load_explicit(&inspector->board.wanted, memory_order_relaxed))
        return;
    int64_t began = tl__monotonic_time();
    if (is_too_soon(inspector, began) || !atomic_exchange(&inspector->board.wanted, false))
        return;
    tl_trace_zone("inspector");
    tl__snapshot *to = inspector->filled;
    const tl_clock *clock = inspector->has_frames ? inspector->desc.clock : NULL;
    tl__look_at_world(&inspector->look, to);
    to->has_frames = inspector->has_frames;
    to->has_clock = clock != NULL;
    to->paused = clock != NULL && clock->paused;
    to->speed = clock != NULL && clock->scale > 0 ? clock->scale : 1;
    to->traces = tl_trace_is_on();
    tl__frames_copy(&inspector->frames, to);
    if (!to->failed)
        tl__board_publish(&inspector->board, &inspector->filled);
    inspector->look_ended = tl__monotonic_time();
    inspector->look_took = inspector->look_ended - began;
}

// What the page asks for.

static bool append_trace(const void *bytes, size_t size, void *user_data)
{
    tl__dump_text *to = user_data;
    return tl__dump_append(to, bytes, size);
}

static tl_result trace(tl_inspector *inspector)
{
    if (!tl_trace_is_on())
        return tl_trace_start(NULL);
    tl__dump_text bytes = {0};
    tl_result result = tl_trace_write(TL_TRACE_PERFETTO, TRACE_SECONDS, append_trace, &bytes);
    char *exact = result == TL_OK && bytes.length > 0 ? tl__allocate(bytes.length) : NULL;
    if (exact != NULL) {
        memcpy(exact, bytes.text, bytes.length);
        tl__board_set_trace(&inspector->board, exact, bytes.length);
    } else if (result == TL_OK) {
        result = TL_ERROR_OUT_OF_MEMORY;
    }
    tl__dump_text_free(&bytes);
    return result;
}

static tl_result do_action(tl_inspector *inspector, const tl__action *action)
{
    tl_clock *clock = inspector->desc.clock;
    if (action->kind == TL__TRACE)
        return trace(inspector);
    if (action->kind == TL__NO_TRACE) {
        tl_trace_stop();
        return TL_OK;
    }
    if (clock == NULL)
        return TL_ERROR_NULL;
    switch (action->kind) {
    case TL__PAUSE: clock->paused = true; break;
    case TL__RESUME:
        clock->paused = false;
        clock->single_steps = 0;
        break;
    case TL__SINGLE_STEP:
        clock->paused = true;
        ++clock->single_steps;
        break;
    default: clock->scale = action->speed;
    }
    return TL_OK;
}

static void end_telling(tl_world *const *world)
{
    --(*world)->running;
}

/// Tells the game that a script is about to be cancelled. The game must not step or destroy the world there.
static void tell_of_cancel(const tl_inspector_desc *desc, tl_script script)
{
    if (desc->on_cancel == NULL)
        return;
    TL__CALLBACK(callback);
    tl_world *world __attribute__((cleanup(end_telling))) = desc->world;
    ++world->running;
    desc->on_cancel(world, script, desc->user_data);
}

static tl_result cancel(const tl_inspector *inspector, tl_script script)
{
    tl_world *world = inspector->desc.world;
    if (!tl_script_is_alive(world, script))
        return TL_ERROR_STALE;
    tell_of_cancel(&inspector->desc, script);
    return tl_script_cancel(world, script);
}

static void stop_now(tl_inspector *inspector);

static void end_cancelling(tl_inspector *const *inspector)
{
    (*inspector)->cancelling = false;
    if ((*inspector)->stop_wanted)
        stop_now(*inspector);
}

/// Cancels the scripts that the page wants to end. Their clean-ups, and the game's hook, may stop the inspector, or
/// throw.
static void cancel_scripts(tl_inspector *inspector)
{
    tl__action action;
    tl_inspector *used __attribute__((cleanup(end_cancelling), unused)) = inspector;
    inspector->cancelling = true;
    while (!inspector->stop_wanted && tl__board_next(&inspector->board, TL__IN_STEPS, &action)) {
        uint64_t step = tl_world_get_time(inspector->desc.world).steps;
        tl__board_note_done(&inspector->board, &action, step, cancel(inspector, action.script));
    }
}

static uint64_t steps_of(const tl_inspector *inspector)
{
    return inspector->desc.world != NULL ? tl_world_get_time(inspector->desc.world).steps : 0;
}

// Steps and frames.

static void begins(tl__observer *observer, bool is_step)
{
    tl_inspector *inspector = inspector_of(observer);
    if (is_of_parent(inspector))
        return;
    inspector->step_began = tl__monotonic_time();
    look_for_page(inspector, inspector->step_began);
    atomic_store_explicit(&inspector->board.step_began, inspector->step_began, memory_order_relaxed);
    if (is_step)
        cancel_scripts(inspector);
}

static void ends(tl__observer *observer, bool is_step)
{
    tl_inspector *inspector = inspector_of(observer);
    if (is_of_parent(inspector))
        return;
    if (is_step && inspector->step_began != 0) // else it was started during the step
        inspector->frames.stepping += tl__monotonic_time() - inspector->step_began;
    inspector->step_began = 0;
    atomic_store_explicit(&inspector->board.step_began, 0, memory_order_relaxed);
    atomic_store_explicit(&observer->running, NULL, memory_order_relaxed);
    if (is_step)
        publish_if_wanted(inspector);
}

static void world_ends(tl__observer *observer)
{
    tl_inspector *inspector = inspector_of(observer);
    inspector->desc.world = NULL;
    if (inspector->worlds_jobs)
        inspector->desc.jobs = NULL;
    atomic_store_explicit(&inspector->board.world_ended, true, memory_order_relaxed);
}

void tl_inspector_frame(tl_inspector *inspector)
{
    if (inspector == NULL || is_of_parent(inspector))
        return;
    const tl_world *world = inspector->desc.world;
    if (world != NULL && (tl__is_stepping(world) || world->running > 0)) {
        tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
        return;
    }
    int64_t now = tl__monotonic_time();
    tl__action action;
    look_for_page(inspector, now);
    tl__frames_note(&inspector->frames, inspector->desc.jobs, inspector->active, now);
    inspector->has_frames = true;
    while (tl__board_next(&inspector->board, ~(unsigned)TL__IN_STEPS, &action))
        tl__board_note_done(&inspector->board, &action, steps_of(inspector), do_action(inspector, &action));
    if (steps_of(inspector) == inspector->steps_at_frame) // else the end of a step has done so
        publish_if_wanted(inspector);
    inspector->steps_at_frame = steps_of(inspector);
}

// Start and stop.

static bool may_be_token(const char *token)
{
    size_t length = strnlen(token, TOKEN_MOST + 1);
    for (size_t i = 0; i < length; ++i)
        if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", token[i]) == NULL)
            return false;
    return length > 0 && length <= TOKEN_MOST;
}

static bool make_token(char *token)
{
    unsigned char bytes[RANDOM_BYTES];
    if (getentropy(bytes, sizeof bytes) != 0)
        return false;
    for (size_t i = 0; i < sizeof bytes; ++i)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

static tl_result open_inspector(tl_inspector *inspector)
{
    tl_inspector_desc *desc = &inspector->desc;
    char token[2 * RANDOM_BYTES + 1];
    if (desc->token == NULL && !make_token(token))
        return TL_ERROR_SYSTEM;
    inspector->filled = tl__allocate_zeros(sizeof *inspector->filled);
    inspector->times = tl__allocate_zeros(sizeof *inspector->times);
    if (inspector->filled == NULL || inspector->times == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    inspector->times->scale = tl__tick_scale_begin();
    tl__look_init(&inspector->look, desc->world, desc->jobs, inspector->times);
    snprintf(inspector->board.name, sizeof inspector->board.name, "%s", desc->name != NULL ? desc->name : "telar");
    const char *used = desc->token != NULL ? desc->token : token;
    tl_result result = tl__server_start(&inspector->board, &inspector->observer, desc->port, used, &inspector->server);
    if (result != TL_OK)
        return result;
    snprintf(inspector->url, sizeof inspector->url, "http://127.0.0.1:%u/?token=%s", tl__server_port(inspector->server),
             used);
    desc->name = desc->token = NULL; // they were copied, and may be gone
    return TL_OK;
}

static void free_inspector(tl_inspector *inspector)
{
    tl__board_free(&inspector->board);
    tl__look_free(&inspector->look);
    if (inspector->filled != NULL) {
        tl__snapshot_free(inspector->filled);
        tl__free(inspector->filled, sizeof *inspector->filled);
    }
    tl__free(inspector->times, sizeof *inspector->times);
    tl__free(inspector, sizeof *inspector);
}

tl_result tl_inspector_start(const tl_inspector_desc *desc, tl_inspector **inspector)
{
    if (inspector != NULL)
        *inspector = NULL;
    if (desc == NULL || inspector == NULL || desc->world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->token != NULL && !may_be_token(desc->token))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    if (desc->world->observer != NULL)
        return tl__misuse(TL_ERROR_BUSY, __func__);
    static tl__fork_hooks fork_hooks = {.in_child = forget_parent};
    if (!tl__at_fork(&fork_hooks))
        return TL_ERROR_SYSTEM;
    tl_inspector *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    if (!tl__board_init(&made->board)) {
        tl__free(made, sizeof *made);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    made->desc = *desc;
    made->worlds_jobs = desc->jobs == NULL;
    if (made->worlds_jobs)
        made->desc.jobs = desc->world->jobs;
    made->forks = forks;
    tl_result result = open_inspector(made);
    if (result != TL_OK) {
        free_inspector(made);
        return result;
    }
    made->observer.begins = begins;
    made->observer.ends = ends;
    made->observer.world_ends = world_ends;
    desc->world->observer = &made->observer;
    tl__news_begin();
    *inspector = made;
    return TL_OK;
}

static void stop_now(tl_inspector *inspector)
{
    if (inspector->desc.world != NULL)
        inspector->desc.world->observer = NULL;
    if (is_of_parent(inspector)) {
        inspector->next_forgotten = forgotten;
        forgotten = inspector;
        return;
    }
    tl__news_end();
    tl__server_stop(inspector->server);
    free_inspector(inspector);
}

void tl_inspector_stop(tl_inspector *inspector)
{
    if (inspector != NULL && inspector->cancelling)
        inspector->stop_wanted = true;
    else if (inspector != NULL)
        stop_now(inspector);
}

const char *tl_inspector_url(const tl_inspector *inspector)
{
    return inspector != NULL ? inspector->url : NULL;
}
