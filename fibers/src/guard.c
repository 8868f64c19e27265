#include "guard.h"

#include <errno.h>
#include <sys/mman.h>

// Linux 6.13; the C library's headers may be older than the kernel. Source: include/uapi/asm-generic/mman-common.h.
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made)
{
    // Once mprotect was used, asked for or not, it is used for the next as well.
    if (*made != TL_GUARD_MPROTECT) {
        // A guard marker in the page table: it does not split the mapping, so it costs none.
        if (madvise(low, size, MADV_GUARD_INSTALL) == 0) {
            *made = TL_GUARD_MADVISE;
            return TL_OK;
        }
        if (asked == TL_GUARD_MADVISE)
            return TL_ERROR_GUARD;
    }
    if (mprotect(low, size, PROT_NONE) != 0)
        return errno == ENOMEM ? TL_ERROR_MAX_MAP_COUNT : TL_ERROR_GUARD;
    *made = TL_GUARD_MPROTECT;
    return TL_OK;
}
