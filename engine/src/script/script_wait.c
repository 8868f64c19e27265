// SPDX-License-Identifier: MIT
// Waiting for scripts.
#include "base/misuse.h"
#include "script/arm_kind.h"
#include "script/waits.h"
#include "world/script_results.h"
#include "world/script_store.h"
#include "world/wait.h"

/// Returns TL_ERROR_CYCLE if by waiting for `awaited` the script would, directly or through the scripts that `awaited`
/// waits for, wait for itself or a parent above it. Else returns TL_OK.
static tl_result check_cycle(const tl__script_record *script, const tl__script_record *awaited)
{
    for (const tl__script_record *next = awaited; next != NULL;
         next = next->wait == TL_WAIT_SCRIPT ? next->listener.awaited : NULL)
        for (const tl__script_record *above = script; above != NULL; above = above->parent)
            if (next == above)
                return TL_ERROR_CYCLE;
    return TL_OK;
}

/// Waits for a script to end. If it has ended already, returns its result, as far as that is kept.
/// @param entry  the function that the script must run; null: any
static tl_result join_script(const char *call, tl_script script, const tl_fiber_entry *entry, void *result, size_t size,
                             tl_limit limit)
{
    tl__script_record *self;
    tl_result checked = tl__wait_enter(call, limit, &self);
    if (checked != TL_OK)
        return checked;
    if (entry != NULL && result == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    tl__script_record *other = tl__script_find(self->world, script);
    const tl__end *ended = other != NULL ? &other->end : tl__script_results_find(&self->world->results, script);
    if (ended == NULL)
        return TL_ERROR_STALE;
    if (entry != NULL && ended->entry != entry)
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    self->listener.script = self;
    self->listener.buffer = result;
    self->listener.size = size;
    if (other == NULL)
        return tl__script_catch(ended, &self->listener);
    if (check_cycle(self, other) != TL_OK)
        return tl__misuse(TL_ERROR_CYCLE, call);
    self->listener.awaited = other;
    return tl__wait_in(self, TL_WAIT_SCRIPT, &other->joiners, other->name, result, limit);
}

tl_result tl__wait_script(tl_script script, tl_limit limit)
{
    return join_script("tl_wait_script", script, NULL, NULL, 0, limit);
}

tl_result tl__wait_result(tl_script script, const tl_fiber_entry *entry, void *result, size_t size, tl_limit limit)
{
    return join_script("tl_wait_result", script, entry, result, size, limit);
}

static tl_result check_script_arm(const tl__script_record *script, const tl_arm *arm)
{
    const tl__script_record *awaited = tl__script_find(script->world, arm->script);
    if (awaited != NULL)
        return check_cycle(script, awaited);
    return tl__script_results_find(&script->world->results, arm->script) != NULL ? TL_OK : TL_ERROR_STALE;
}

static tl_result begin_script_arm(const tl__script_record *script, const tl_arm *arm, tl__listener *listener)
{
    tl__script_record *awaited = tl__script_find(script->world, arm->script);
    if (awaited != NULL) {
        tl__listener_join(listener, &awaited->joiners, awaited->name);
        return TL_WOULD_WAIT;
    }
    const tl__end *ended = tl__script_results_find(&script->world->results, arm->script);
    return ended != NULL ? tl__script_catch(ended, listener) : TL_CANCELLED;
}

const tl__arm_kind tl__script_arm = {check_script_arm, begin_script_arm};
