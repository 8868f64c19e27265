// SPDX-License-Identifier: MIT
// tl_scoped_shield declares something, and must not be what an `if` does: it would shield nothing.

// Error: expected expression
#include <telar/concurrency.h>

void does(int condition);

void does(int condition)
{
    tl_scoped_shield();
#ifdef WRONG
    if (condition)
        tl_scoped_shield();
#endif
    (void)condition;
}
