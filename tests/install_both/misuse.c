// SPDX-License-Identifier: MIT
// A misuse that a release build of the library answers with an error, and a debug build reports and aborts on.
#include <telar/fiber.h>
#include <telar/world.h>

int main(void)
{
    return tl_world_destroy(NULL) == TL_ERROR_NULL ? 0 : 1;
}
