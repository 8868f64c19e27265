// SPDX-License-Identifier: MIT
// The same in C++: after its own arguments a wait takes at most a limit.

// Error: too many arguments: after those of the call comes at most a limit
#include "more_than_a_limit.c"
