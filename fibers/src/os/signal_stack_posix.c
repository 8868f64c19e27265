// SPDX-License-Identifier: MIT
#include "os/signal_stack.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sanitizers.h"
#include "os/memory.h"

/// The key of each thread's alternate stack, if it is one of ours. Its memory is from mmap: below the stack lies an
/// inaccessible page, so that a handler that uses too much stack faults.
static pthread_key_t stack_key;
static int key_error;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

/// Runs when the thread ends. By then the program may have replaced our stack by one of its own.
static void free_stack(void *stack)
{
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && present.ss_sp == stack)
        sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap((char *)stack - tl__page_size(), tl__page_size() + TL__SIGNAL_STACK_SIZE);
}

static void make_stack_key(void)
{
    key_error = pthread_key_create(&stack_key, free_stack);
}

static tl_result make_stack(void **stack)
{
    size_t size = tl__page_size() + TL__SIGNAL_STACK_SIZE;
    char *memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return TL_ERROR_OUT_OF_MEMORY;
    *stack = memory + tl__page_size();
    int error = mprotect(*stack, TL__SIGNAL_STACK_SIZE, PROT_READ | PROT_WRITE) != 0 ? errno : 0;
    if (error == 0)
        error = pthread_setspecific(stack_key, *stack);
    if (error == 0)
        return TL_OK;
    munmap(memory, size);
    errno = error;
    return error == ENOMEM ? TL_ERROR_OUT_OF_MEMORY : TL_ERROR_SYSTEM;
}

tl_result tl__signal_stack_ensure(void)
{
    stack_t present;
    if (sigaltstack(NULL, &present) != 0)
        return TL_ERROR_SYSTEM;
    if (!(present.ss_flags & SS_DISABLE))
        return TL_OK;
    pthread_once(&key_once, make_stack_key);
    if (key_error != 0) {
        errno = key_error;
        return TL_ERROR_SYSTEM;
    }
    void *stack = pthread_getspecific(stack_key); // not null if the program has disabled our stack
    tl_result result = stack == NULL ? make_stack(&stack) : TL_OK;
    if (result != TL_OK)
        return result;
    // If the stack cannot be installed, the thread keeps its memory for the next call.
    stack_t ours = {.ss_sp = stack, .ss_size = TL__SIGNAL_STACK_SIZE};
    return sigaltstack(&ours, NULL) == 0 ? TL_OK : TL_ERROR_SYSTEM;
}

void tl__signal_stack_leave(const void *context)
{
    (void)context;
#if defined(TELAR_VALGRIND) && defined(__x86_64__)
    tl__sanitizer_leave_handler((const void *)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP]);
#endif
}
