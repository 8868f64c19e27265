// SPDX-License-Identifier: MIT
// Two fibers print the words and the end of a sentence; main prints the comma between them.
// [hello]
#include <stdio.h>
#include <telar/fiber.h>

struct words {
    const char *first, *second;
};

TL_FIBER(cooperative, struct words, me)
{
    fputs(me->first, stdout);
    tl_yield(NULL); // back to my resumer
    fputs(me->second, stdout);
}

static int fail(tl_result result)
{
    fprintf(stderr, "hello: %s\n", tl_result_string(result));
    return 1;
}

int main(void)
{
    tl_pool *stacks = NULL;
    tl_fiber *hello = NULL, *world = NULL;
    tl_result result = tl_pool_create(&(tl_pool_desc){0}, &stacks); // 64 KiB stacks, guards, all defaults
    if (result == TL_OK)
        result = tl_fiber_create(stacks, &hello, cooperative, {"Hello", "!\n"});
    if (result == TL_OK)
        result = tl_fiber_create(stacks, &world, cooperative, {"world", ""});
    if (result != TL_OK)
        return fail(result);
    tl_resume(hello, NULL);
    fputs(", ", stdout);
    tl_resume(world, NULL);
    tl_resume(hello, NULL);
    tl_pool_destroy(stacks); // and with it all its fibers, finished or not
    return 0;
}
// []
