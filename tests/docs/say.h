// SPDX-License-Identifier: MIT
/// For the examples of scripts: notes what a script says, and in which step.
#ifndef TELAR_TEST_SAY_H
#define TELAR_TEST_SAY_H

#include "../engine/trace.h"

static void say(const char *words)
{
    note("%s@%ju ", words, step_count());
}

#endif
