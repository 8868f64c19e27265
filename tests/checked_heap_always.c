// SPDX-License-Identifier: MIT
// Linked into a test, this makes the libraries take all of their memory from the allocator that checks what is freed.
#include "check.h"
#include "checked_heap.h"

__attribute__((constructor)) static void use_checked_heap(void)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
}
