// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <telar/draw.h>

int main(void)
{
    tl_window *window = NULL;
    if (tl_window_create(&(tl_window_desc){.headless = true}, &window) != TL_OK)
        return 1;
    tl_window_clear(window, TL_COLOR(1, 2, 3));
    tl_window_destroy(window);
    return 0;
}
