// SPDX-License-Identifier: MIT
// refuse.h by the calls of Windows. The linker wraps the pointers by which the library calls the functions in their
// DLL.
#define WIN32_LEAN_AND_MEAN
#include "refuse.h"

#include <windows.h>

bool refuse_maps, refuse_guards, refuse_discards, refuse_populating;
const tl_result refuse_guards_result = TL_ERROR_GUARD;

typedef LPVOID WINAPI allocator(LPVOID low, SIZE_T size, DWORD type, DWORD protection);
typedef BOOL WINAPI freer(LPVOID low, SIZE_T size, DWORD type);
typedef BOOL WINAPI protector(LPVOID low, SIZE_T size, DWORD protection, PDWORD before);
extern allocator *__real___imp_VirtualAlloc, *__wrap___imp_VirtualAlloc;
extern freer *__real___imp_VirtualFree, *__wrap___imp_VirtualFree;
extern protector *__real___imp_VirtualProtect, *__wrap___imp_VirtualProtect;

static LPVOID WINAPI reserve_or_commit(LPVOID low, SIZE_T size, DWORD type, DWORD protection)
{
    if ((type & MEM_RESERVE && refuse_maps) || (type & MEM_COMMIT && refuse_populating))
        return NULL;
    return __real___imp_VirtualAlloc(low, size, type, protection);
}

static BOOL WINAPI release_or_decommit(LPVOID low, SIZE_T size, DWORD type)
{
    return !(type & MEM_DECOMMIT && refuse_discards) && __real___imp_VirtualFree(low, size, type);
}

static BOOL WINAPI protect(LPVOID low, SIZE_T size, DWORD protection, PDWORD before)
{
    return !(protection & PAGE_GUARD && refuse_guards) && __real___imp_VirtualProtect(low, size, protection, before);
}

allocator *__wrap___imp_VirtualAlloc = reserve_or_commit;
freer *__wrap___imp_VirtualFree = release_or_decommit;
protector *__wrap___imp_VirtualProtect = protect;
