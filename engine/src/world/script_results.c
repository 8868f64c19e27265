// SPDX-License-Identifier: MIT
#include "world/script_results.h"

#include <string.h>

#include "os/allocator.h"
#include "world/marks.h"
#include "world/script_error.h"

/// Number of ends kept: a script's end is dropped after this many other scripts have ended.
enum { MOST_RESULTS = 1024 };

tl_result tl__script_results_init(tl__script_results *results)
{
    results->ends = tl__allocate_zeros(MOST_RESULTS * sizeof *results->ends);
    return results->ends != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}

static void drop(tl__end *end)
{
    if (end->result != NULL)
        tl__free(end->result, sizeof *end->result + end->result->size);
    tl__failure_drop(end->failure);
}

void tl__script_results_free(tl__script_results *results)
{
    for (uint32_t i = 0; results->ends != NULL && i < MOST_RESULTS; ++i)
        drop(&results->ends[i]);
    tl__free(results->ends, MOST_RESULTS * sizeof *results->ends);
}

void tl__script_results_put(tl__script_results *results, tl_script id, const tl__end *end)
{
    tl__end *oldest = &results->ends[results->next++ % MOST_RESULTS];
    drop(oldest);
    *oldest = *end;
    oldest->id = id;
}

const tl__end *tl__script_results_find(const tl__script_results *results, tl_script script)
{
    for (uint32_t i = 0; i < MOST_RESULTS; ++i)
        if (results->ends[i].id.index1 == script.index1 && results->ends[i].id.generation == script.generation &&
            script.index1 != 0)
            return &results->ends[i];
    return NULL;
}

tl_result tl__script_catch(const tl__end *ended, tl__listener *listener)
{
    tl__failure_drop(listener->script->caught);
    listener->script->caught = tl__failure_take(ended->failure);
    if (listener->script->caught != NULL)
        tl__mark(listener->script, TL__LOOK);
    if (ended->how == TL_OK && listener->buffer != NULL && ended->result != NULL)
        memcpy(listener->buffer, ended->result->bytes, listener->size);
    else if (ended->how == TL_OK && listener->buffer != NULL)
        memset(listener->buffer, 0, listener->size);
    return ended->how;
}
