// SPDX-License-Identifier: MIT
// The compiler's unwinder walks from the handler over the signal's frame to the interrupted function. With glibc 2.35
// and later it finds the tables by _dl_find_object, which takes no lock (glibc's manual: async-signal-safe); earlier
// ones take the dynamic linker's lock, for which the handler waits while another thread loads a library.
#include "os/fault_calls.h"

#include <stdbool.h>
#include <string.h>
#include <unwind.h>
#ifdef __GLIBC__
#include <dlfcn.h>
#include <link.h>
#endif

typedef struct fault_walk {
    uintptr_t low, high;
    tl__fault_call *calls;
    size_t most, count;
} fault_walk;

static _Unwind_Reason_Code note_fault_call(struct _Unwind_Context *context, void *arg)
{
    fault_walk *walk = arg;
    int is_interrupted; // and did not call what came before
    uintptr_t frame = _Unwind_GetCFA(context), at = _Unwind_GetIPInfo(context, &is_interrupted);
    if (walk->count == 0 && !is_interrupted)
        return _URC_NO_REASON; // the handler's own frames
    bool is_there = walk->count == 0 || (frame >= walk->low && frame <= walk->high);
    if (!is_there || at == 0)
        return _URC_END_OF_STACK;
    if (walk->count > 0 && walk->calls[walk->count - 1].address == at) {
        ++walk->calls[walk->count - 1].times;
        return _URC_NO_REASON;
    }
    if (walk->count == walk->most)
        return _URC_END_OF_STACK;
    walk->calls[walk->count++] = (tl__fault_call){at, 1};
    return _URC_NO_REASON;
}

size_t tl__fault_calls(const void *low, const void *high, tl__fault_call *calls, size_t most)
{
    fault_walk walk = {(uintptr_t)low, (uintptr_t)high, calls, most, 0};
    _Unwind_Backtrace(note_fault_call, &walk);
    return walk.count;
}

const char *tl__fault_module(uintptr_t address, size_t *offset)
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE // defined by the headers that declare _dl_find_object
    struct dl_find_object found;
    if (_dl_find_object((void *)address, &found) != 0)
        return NULL;
    const char *name = found.dlfo_link_map->l_name, *slash = strrchr(name, '/');
    *offset = (size_t)(address - found.dlfo_link_map->l_addr);
    return name[0] == '\0' ? "program" : slash != NULL ? slash + 1 : name;
#else
    (void)address, (void)offset;
    return NULL;
#endif
}
