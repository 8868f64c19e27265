// SPDX-License-Identifier: MIT
// Worlds turn on the report of stack overflows in a debug build, which needs an alternate signal stack.
#include <signal.h>

#include "child.h"
#include "trace.h"

static bool signal_stacks_fail;

int __real_sigaltstack(const stack_t *stack, stack_t *before);
int __wrap_sigaltstack(const stack_t *stack, stack_t *before)
{
    return signal_stacks_fail ? -1 : __real_sigaltstack(stack, before);
}

static void world_without_memory_for_it(void)
{
    make_world(60);
    steps(1);
}

TEST(without_signal_stacks_worlds_do_without)
{
    char output[4096];
    signal_stacks_fail = true;
    int status = in_child(world_without_memory_for_it, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(0, WEXITSTATUS(status));
}
