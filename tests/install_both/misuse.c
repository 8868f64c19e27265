// SPDX-License-Identifier: MIT
// Misuse, which a release build of the library answers, and a debug build reports and aborts at.
#include <telar/fiber.h>
#include <telar/world.h>

int main(void)
{
    return tl_world_destroy(NULL) == TL_ERROR_NULL ? 0 : 1;
}
