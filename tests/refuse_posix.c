// SPDX-License-Identifier: MIT
// refuse.h by the calls of POSIX.
#include "refuse.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

bool refuse_maps, refuse_guards, refuse_discards, refuse_populating;
const tl_result refuse_guards_result = TL_ERROR_MAX_MAP_COUNT;

void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (!refuse_maps)
        return __real_mmap(address, size, protection, flags, file, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}

int __real_madvise(void *low, size_t size, int advice);
int __wrap_madvise(void *low, size_t size, int advice);
int __wrap_madvise(void *low, size_t size, int advice)
{
    if (advice == MADV_POPULATE_WRITE && refuse_populating) {
        errno = ENOMEM;
        return -1;
    }
    if (!(advice == MADV_GUARD_INSTALL && refuse_guards) && !(advice == MADV_DONTNEED && refuse_discards))
        return __real_madvise(low, size, advice);
    errno = EINVAL;
    return -1;
}

int __real_mprotect(void *low, size_t size, int protection);
int __wrap_mprotect(void *low, size_t size, int protection);
int __wrap_mprotect(void *low, size_t size, int protection)
{
    if (protection != PROT_NONE || !refuse_guards)
        return __real_mprotect(low, size, protection);
    errno = ENOMEM;
    return -1;
}
