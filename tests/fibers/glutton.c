// SPDX-License-Identifier: MIT
#include "glutton.h"

#include "../eat_stack.h"
#include "check.h"
#include "telar/overflow.h"

TL_FIBER_DEFINE(recurses_for_ever, tl_nothing, unused)
{
    eat_stack(0);
}

void overflow(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 128 * 1024, .stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "glutton"}), &fiber, recurses_for_ever, {0}));
    tl_resume(fiber, NULL);
}

void overflow_reported(void)
{
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(tl_overflow_report_enable());
    overflow();
}

void check_report(const char *output)
{
    if (strstr(output, "telar: stack overflow in fiber \"glutton\"") == NULL ||
        strstr(output, "entry function recurses_for_ever, ") == NULL || strstr(output, "glutton.c:") == NULL ||
        strstr(output, "stack of 131072 bytes") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}
