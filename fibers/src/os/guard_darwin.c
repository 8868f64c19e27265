// SPDX-License-Identifier: MIT
// macOS. Written by its documentation, not run yet.
#include "os/guard.h"

#include <errno.h>
#include <sys/mman.h>

tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made)
{
    if (asked == TL_GUARD_MADVISE)
        return TL_ERROR_GUARD;
    if (mprotect(low, size, PROT_NONE) != 0)
        return errno == ENOMEM ? TL_ERROR_OUT_OF_MEMORY : TL_ERROR_GUARD;
    *made = TL_GUARD_MPROTECT;
    return TL_OK;
}
