// SPDX-License-Identifier: MIT
// The least that a game in a window needs: a world, a script in it, and a function that draws.
// [guard]
#include <telar/app.h>
#include <telar/tween.h>

static float x = 40;
static const char *says = "";

TL_SCRIPT(guard, tl_nothing, unused) /* a C function that takes its time */
{
    for (;;) {
        tl_tween(&x, 560, 2, tl_ease_in_out_quad); /* walks there in two seconds */
        says = "All quiet.";
        tl_wait_seconds(1);
        says = "";
        tl_tween(&x, 40, 2, tl_ease_in_out_quad);
    }
}

static void draw(tl_app *app)
{
    tl_window_clear(app->window, TL_COLOR(26, 20, 35));
    tl_draw_rect(app->window, x, 180, 16, 32, TL_COLOR(246, 201, 69));
    tl_draw_text(app->window, app->font, x, 165, TL_COLOR(232, 234, 240), says);
}

int main(int argc, char **argv)
{
    return tl_app_main(argc, argv, &(tl_app_desc){.name = "guard", .script = TL_ENTRY(guard), .draw = draw});
}
// []
