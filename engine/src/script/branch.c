// SPDX-License-Identifier: MIT
// Branches: children that run alongside their parent until a block of the parent is left.
#include "script/call.h"
#include "script/script_run.h"
#include "script/spawn.h"
#include "script/waits.h"
#include "telar/concurrency.h"
#include "world/current.h"
#include "world/script_store.h"

tl_result tl__branch(tl_branch_handle *handle, const tl_fiber_entry *entry, const void *args, const tl_site *site)
{
    tl__script_record *self, *child;
    handle->result = tl__call_enter("tl_branch", &self);
    if (handle->result != TL_OK)
        return handle->result;
    handle->result = tl__child_make(self, entry, args, site, &child);
    if (handle->result != TL_OK)
        return handle->result;
    handle->script = tl__script_id(child);
    tl__script_run(child);
    return TL_OK;
}

void tl__branch_leave(tl_branch_handle *handle)
{
    tl__script_record *self = tl__script_running();
    if (handle->script.index1 == 0 || self == NULL)
        return;
    tl_script_cancel(self->world, handle->script);
    tl__script_record *child = tl__script_find(self->world, handle->script);
    if (child == NULL || tl_fiber_is_unwinding())
        return;
    // The child is in a shield, and may still use what this block is about to release.
    tl__wait_deaf_in(self, TL_WAIT_CHILD, &child->joiners, child->name);
}
