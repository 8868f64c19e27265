// SPDX-License-Identifier: MIT
#include "library_range.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>

#include "check.h"

typedef struct library_range {
    uintptr_t base;
    const char *begin, *end;
} library_range;

static int find_range(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    library_range *found = argument;
    if (info->dlpi_addr != found->base)
        return 0;
    for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        const char *begin = (const char *)(info->dlpi_addr + part->p_vaddr), *end = begin + part->p_memsz;
        if (part->p_type != PT_LOAD)
            continue;
        found->begin = found->begin == NULL || begin < found->begin ? begin : found->begin;
        found->end = end > found->end ? end : found->end;
    }
    return 1;
}

void find_library(const void *address, const char **begin, const char **end)
{
    Dl_info where;
    CHECK(dladdr(address, &where) != 0);
    library_range found = {.base = (uintptr_t)where.dli_fbase};
    CHECK_INT(1, dl_iterate_phdr(find_range, &found));
    *begin = found.begin;
    *end = found.end;
}
