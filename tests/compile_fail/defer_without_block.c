// SPDX-License-Identifier: MIT
// tl_defer begins with a declaration, so it does not compile as the body of an `if`: its second statement would run
// whether or not the condition holds.
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
