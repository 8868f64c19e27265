// SPDX-License-Identifier: MIT
// tl_scoped_shield is a declaration, so it does not compile as the body of an `if`: it would shield nothing.

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
