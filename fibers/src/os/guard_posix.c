// SPDX-License-Identifier: MIT
#include "os/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Linux 6.13; the C library's headers may be older than the kernel. Source: include/uapi/asm-generic/mman-common.h.
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/// Whether the guards that madvise reports as installed really fault. In some sandboxes and under some system call
/// filters madvise returns 0 and does nothing.
typedef enum marker_answer { NOT_ASKED, HOLDS, DOES_NOT_HOLD } marker_answer;

/// The answer is the same for the whole process, so threads that test at the same time store the same value.
#ifdef TELAR_REFUSE_MADVISE_GUARDS // a build for tests
static _Atomic(marker_answer) known_answer = DOES_NOT_HOLD;
#else
static _Atomic(marker_answer) known_answer;
#endif

/// Tests a guard without causing a fault: makes the kernel read the page, by a write of one byte to a pipe, which fails
/// with EFAULT if the page is guarded. Needs two file descriptors for a moment. Returns NOT_ASKED if the test is not
/// possible.
static marker_answer ask_kernel(const void *page)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NOT_ASKED;
    // Not write(), whose buffer sanitizers check.
    long written = syscall(SYS_write, ends[1], page, (size_t)1);
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return written == 1 ? DOES_NOT_HOLD : error == EFAULT ? HOLDS : NOT_ASKED;
}

/// Installs guard markers in the page table by madvise. Unlike mprotect, they do not split the mapping, so their number
/// is not limited by vm.max_map_count. Returns whether the markers are effective.
static bool install_markers(void *low, size_t size)
{
    // relaxed: the answer stands alone; no other data is published with it.
    marker_answer answer = atomic_load_explicit(&known_answer, memory_order_relaxed);
    if (answer == DOES_NOT_HOLD || madvise(low, size, MADV_GUARD_INSTALL) != 0)
        return false;
    if (answer == NOT_ASKED) {
        answer = ask_kernel(low);
        if (answer != NOT_ASKED)
            atomic_store_explicit(&known_answer, answer, memory_order_relaxed); // as above
    }
    return answer == HOLDS;
}

tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made)
{
    // Once a pool has a guard made by mprotect, requested or not, its later guards are made by mprotect, too.
    if (*made != TL_GUARD_MPROTECT) {
        if (install_markers(low, size)) {
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
