// SPDX-License-Identifier: MIT
// tl_defer declares something, and must not be what an `if` does: it would run whether or not.
// Error: expected expression
#include <stddef.h>
#include <telar/fiber.h>

void undo(void *arg);
void does(int condition);

void does(int condition)
{
    tl_defer(undo, NULL);
#ifdef WRONG
    if (condition)
        tl_defer(undo, NULL);
#endif
    (void)condition;
}
