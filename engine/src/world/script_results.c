#include "world/script_results.h"

#include <string.h>

#include "base/allocator.h"
#include "world/marks.h"
#include "world/script_error.h"

/// So many others can end before one is dropped.
enum { KEPT = 1024 };

tl_result tl__kept_init(tl__kept *kept)
{
    kept->ends = tl__allocate_zeros(KEPT * sizeof *kept->ends);
    return kept->ends != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}

static void drop(tl__end *end)
{
    if (end->result != NULL)
        tl__free(end->result, sizeof *end->result + end->result->size);
    tl__failure_drop(end->failure);
}

void tl__kept_free(tl__kept *kept)
{
    for (uint32_t i = 0; kept->ends != NULL && i < KEPT; ++i)
        drop(&kept->ends[i]);
    tl__free(kept->ends, KEPT * sizeof *kept->ends);
}

void tl__kept_put(tl__kept *kept, tl_script id, const tl__end *end)
{
    tl__end *oldest = &kept->ends[kept->next++ % KEPT];
    drop(oldest);
    *oldest = *end;
    oldest->id = id;
}

const tl__end *tl__kept_find(const tl__kept *kept, tl_script script)
{
    for (uint32_t i = 0; i < KEPT; ++i)
        if (kept->ends[i].id.index1 == script.index1 && kept->ends[i].id.generation == script.generation &&
            script.index1 != 0)
            return &kept->ends[i];
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
