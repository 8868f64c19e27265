#include "guard.h"

#include <errno.h>
#include <sys/mman.h>

// Linux 6.13; the C library's headers may be older than the kernel. Source: include/uapi/asm-generic/mman-common.h.
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

tl_result tl__guard_install(void *low, size_t size, tl_guard *kind)
{
    if (*kind != TL_GUARD_MPROTECT) {
        // A guard marker in the page table: it does not split the mapping, so it costs none.
        if (madvise(low, size, MADV_GUARD_INSTALL) == 0) {
            *kind = TL_GUARD_MADVISE;
            return TL_OK;
        }
        if (*kind == TL_GUARD_MADVISE)
            return TL_ERROR_GUARD;
    }
    if (mprotect(low, size, PROT_NONE) != 0)
        return errno == ENOMEM ? TL_ERROR_MAX_MAP_COUNT : TL_ERROR_GUARD;
    *kind = TL_GUARD_MPROTECT;
    return TL_OK;
}
