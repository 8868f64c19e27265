// Two words from a coroutine, the comma between them from main.
#include <stdio.h>

#include "telar/fiber.h"

struct greeting {
    const char *first, *second;
};

TL_FIBER(cooperative, struct greeting, words)
{
    fputs(words->first, stdout);
    tl_yield(NULL); // back to whoever resumed me
    fputs(words->second, stdout);
}

static int fail(tl_result result)
{
    fprintf(stderr, "hello: %s\n", tl_result_string(result));
    return 1;
}

int main(void)
{
    tl_pool *stacks = NULL;
    tl_fiber *hello = NULL;
    tl_result result = tl_pool_create(&(tl_pool_desc){0}, &stacks); // 64 KiB stacks, guard pages, all defaults
    if (result == TL_OK)
        result = tl_fiber_create(stacks, &hello, cooperative, {"Hello", "world"});
    if (result != TL_OK)
        return fail(result);
    tl_resume(hello, NULL);
    fputs(", ", stdout);
    tl_resume(hello, NULL);
    fputs("!\n", stdout);
    tl_pool_destroy(stacks); // and with it all its fibers, finished or not
    return 0;
}
