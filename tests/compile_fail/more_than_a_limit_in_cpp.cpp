// SPDX-License-Identifier: MIT
// After the arguments of a wait comes at most a limit, in C++, too.

// Error: too many arguments: after those of the call comes at most a limit
#include "more_than_a_limit.c"
