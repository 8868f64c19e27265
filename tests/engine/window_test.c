// The platform without a display: what it answers, right and wrong.
#include "telar/window.h"

#include <stdio.h>

#include "check.h"
#include "telar/draw.h"

static tl_window *window;

static void open_headless(void)
{
    CHECK_OK(tl_window_create(&(tl_window_desc){.width = 32, .height = 16, .scale = 2, .headless = true}, &window));
}

TEST(a_headless_window_draws_and_saves)
{
    const char *path = "window_test.png";
    tl_sheet *font = NULL;
    tl_input input;
    open_headless();
    CHECK_OK(tl_sheet_load(window, TELAR_ASSETS "/font.png", 6, 8, &font));
    CHECK_NEAR(18, (double)tl_text_width(font, "ab\nabc"), 0);
    CHECK(tl_window_poll(window, &input));
    CHECK_INT(0, input.key_count + input.click_count);
    tl_window_clear(window, TL_COLOR(1, 2, 3));
    tl_draw_rect(window, 2, 2, 4, 4, TL_COLOR(255, 0, 0));
    tl_draw_text(window, font, 8, 2, TL_COLOR(0, 255, 0), "ok");
    tl_draw_cell(window, font, -1, 0, 0, (tl_look){0}); // no such cells
    tl_draw_cell(window, font, 100000, 0, 0, (tl_look){0});
    CHECK_OK(tl_window_save(window, path));
    CHECK_INT(0, remove(path));
    tl_window_present(window);
    CHECK(tl_window_seconds(window) >= 0);
    tl_sheet_destroy(font);
    tl_window_destroy(window);
}

TEST(a_canvas_shows_the_pixels_it_was_given)
{
    const char *path = "canvas_test.png", *other = "rects_test.png";
    open_headless();
    tl_canvas *canvas;
    CHECK_OK(tl_canvas_create(window, 2, 1, &canvas));
    tl_window_clear(window, TL_COLOR(9, 9, 9));
    tl_draw_canvas(window, canvas, 0, 0, 32, 16); // transparent at first
    CHECK_OK(tl_canvas_set(canvas, (tl_color[]){TL_COLOR(255, 0, 0), TL_COLOR(1, 2, 3)}));
    tl_draw_canvas(window, canvas, -4, 2, 16, 4); // partly outside
    CHECK_OK(tl_window_save(window, path));
    tl_window_clear(window, TL_COLOR(9, 9, 9));
    tl_draw_rect(window, 0, 2, 4, 4, TL_COLOR(255, 0, 0));
    tl_draw_rect(window, 4, 2, 8, 4, TL_COLOR(1, 2, 3));
    CHECK_OK(tl_window_save(window, other));
    char pictures[2][4096];
    size_t sizes[2];
    for (int i = 0; i < 2; ++i) {
        FILE *file = fopen(i == 0 ? path : other, "rb");
        CHECK(file != NULL);
        sizes[i] = fread(pictures[i], 1, sizeof pictures[i], file);
        fclose(file);
    }
    CHECK_UINT(sizes[1], sizes[0]);
    CHECK_INT(0, memcmp(pictures[0], pictures[1], sizes[0]));
    CHECK_INT(0, remove(path));
    CHECK_INT(0, remove(other));
    tl_canvas_destroy(canvas);
    tl_canvas_destroy(NULL);
    canvas = (tl_canvas *)&canvas;
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_canvas_create(window, 0, 1, &canvas));
    CHECK_POINTER(NULL, canvas);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_canvas_create(window, 1, 16385, &canvas));
    CHECK_MISUSE(TL_ERROR_NULL, tl_canvas_create(NULL, 1, 1, &canvas));
    CHECK_MISUSE(TL_ERROR_NULL, tl_canvas_create(window, 1, 1, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_canvas_set(NULL, (tl_color[1]){{0}}));
    tl_window_destroy(window);
}

TEST(misuse)
{
    tl_window *none = (tl_window *)&none;
    tl_sheet *sheet = (tl_sheet *)&sheet;
    CHECK_MISUSE(TL_ERROR_NULL, tl_window_create(NULL, &none));
    CHECK_POINTER(NULL, none);
    CHECK_MISUSE(TL_ERROR_NULL, tl_window_create(&(tl_window_desc){0}, NULL));
    open_headless();
    CHECK_MISUSE(TL_ERROR_NULL, tl_window_save(NULL, "x.png"));
    CHECK_MISUSE(TL_ERROR_NULL, tl_window_save(window, NULL));
    CHECK_RESULT(TL_ERROR_FILE, tl_window_save(window, "/nowhere/at/all.png"));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(NULL, TELAR_ASSETS "/font.png", 6, 8, &sheet));
    CHECK_POINTER(NULL, sheet);
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(window, NULL, 6, 8, &sheet));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(window, TELAR_ASSETS "/font.png", 6, 8, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sheet_load(window, TELAR_ASSETS "/font.png", 0, 8, &sheet));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sheet_load(window, TELAR_ASSETS "/font.png", 6, 100000, &sheet));
    CHECK_RESULT(TL_ERROR_FILE, tl_sheet_load(window, TELAR_ASSETS "/none.png", 6, 8, &sheet));
    CHECK(tl_window_error()[0] != '\0');
    CHECK_POINTER(NULL, sheet);
    tl_sheet_destroy(NULL);
    tl_window_destroy(NULL);
    tl_window_destroy(window);
}
