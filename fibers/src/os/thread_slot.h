// SPDX-License-Identifier: MIT
/// A pointer of each thread's own, where the compiler's thread-locals will not do: mingw's compilers emulate them, by a
/// function that takes locks and may allocate, also in the handler of a fault. Windows keeps such pointers in the
/// thread's environment block.
#ifndef TELAR_OS_THREAD_SLOT_H
#define TELAR_OS_THREAD_SLOT_H

#include <stddef.h>

#ifdef _WIN32
#define TL__HAS_THREAD_SLOT

#include <stdint.h>

extern uintptr_t tl__thread_slot_index;

/// Returns the calling thread's pointer; null at first. (The volatile assembly is carried out anew after each switch,
/// after which the fiber may be on another thread.)
static inline void *tl__thread_slot(void)
{
    void *pointer;
    __asm__ volatile("movq tl__thread_slot_index(%%rip), %0\n\t"
                     "movq %%gs:0x1480(,%0,8), %0" // TEB.TlsSlots
                     : "=r"(pointer));
    return pointer;
}

/// Gives the calling thread a copy of `size` bytes of its own, until it ends, and returns the copy. Ends the process if
/// there is no memory.
void *tl__thread_slot_fill(const void *initial, size_t size);
#endif

#endif
