// SPDX-License-Identifier: MIT
// The platform without a display: what its calls do when they are used as documented, and when they are not.
#include "telar/window.h"

#include <SDL.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "telar/draw.h"
#include "telar/wait.h"

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
    CHECK_OK(tl_sheet_load_font(window, &font));
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

static bool surfaces_fail;

SDL_Surface *__real_SDL_CreateRGBSurfaceWithFormat(Uint32 flags, int width, int height, int depth, Uint32 format);
SDL_Surface *__wrap_SDL_CreateRGBSurfaceWithFormat(Uint32 flags, int width, int height, int depth, Uint32 format)
{
    return surfaces_fail ? NULL : __real_SDL_CreateRGBSurfaceWithFormat(flags, width, height, depth, format);
}

static bool has_video(void)
{
    return SDL_WasInit(SDL_INIT_VIDEO) != 0;
}

TEST(a_window_that_cannot_be_made_leaves_others_alone)
{
    SDL_setenv("SDL_VIDEODRIVER", "dummy", true);
    tl_window *real = NULL, *none = (tl_window *)&none;
    CHECK(!has_video());
    CHECK_OK(tl_window_create(&(tl_window_desc){.width = 32, .height = 16}, &real));
    CHECK(has_video());
    surfaces_fail = true;
    CHECK_RESULT(TL_ERROR_VIDEO, tl_window_create(&(tl_window_desc){.headless = true}, &none));
    CHECK_POINTER(NULL, none);
    surfaces_fail = false;
    CHECK(has_video());
    open_headless();
    tl_window_destroy(window);
    CHECK(has_video());
    tl_input input;
    CHECK(tl_window_poll(real, &input));
    tl_window_destroy(real);
    CHECK(!has_video());
}

TEST(a_window_without_video_leaves_the_programs_own)
{
    SDL_setenv("SDL_VIDEODRIVER", "no such driver", true);
    tl_window *none = (tl_window *)&none;
    CHECK_RESULT(TL_ERROR_VIDEO, tl_window_create(&(tl_window_desc){0}, &none));
    CHECK_POINTER(NULL, none);
    CHECK(tl_window_error()[0] != '\0');
    CHECK(!has_video());
}

TEST(windows_have_sizes_within_limits)
{
    static const tl_window_desc wrong[] = {
        {.width = -1},
        {.height = -1},
        {.scale = -1},
        {.scale = 65},
        {.width = 16385},
        {.height = 16385, .scale = 1},
        {.width = 8193},
        {.height = 8193},
        {.width = 16384, .scale = 2},
        {.width = INT_MAX},
        {.height = INT_MIN},
        {.scale = INT_MAX},
        {.width = 1 << 30, .height = 1, .scale = 4}, // their product overflows an int to 0
        {.width = 65536, .height = 65536, .scale = 65536},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        tl_window_desc desc = wrong[i];
        tl_window *none = (tl_window *)&none;
        desc.headless = true;
        CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_window_create(&desc, &none));
        CHECK_POINTER(NULL, none);
    }
    static const tl_window_desc largest[] = {{.width = 16384, .height = 1, .scale = 1, .headless = true},
                                             {.width = 1, .height = 256, .scale = 64, .headless = true}};
    for (size_t i = 0; i < sizeof largest / sizeof *largest; ++i) {
        CHECK_OK(tl_window_create(&largest[i], &window));
        tl_window_destroy(window);
    }
}

/// Draws in two ways, one after the other. Returns whether the pictures are the same.
static bool same_picture(void (*draw)(void), void (*expected)(void))
{
    const char *path = "same_picture_test.png";
    char pictures[2][4096];
    size_t sizes[2];
    for (int i = 0; i < 2; ++i) {
        tl_window_clear(window, TL_COLOR(9, 9, 9));
        (i == 0 ? draw : expected)();
        CHECK_OK(tl_window_save(window, path));
        FILE *file = fopen(path, "rb");
        CHECK(file != NULL);
        sizes[i] = fread(pictures[i], 1, sizeof pictures[i], file);
        fclose(file);
    }
    CHECK_INT(0, remove(path));
    return sizes[0] == sizes[1] && memcmp(pictures[0], pictures[1], sizes[0]) == 0;
}

static const tl_color red = {255, 0, 0, 255};

static void draw_all(void)
{
    tl_draw_rect(window, 0, 0, 32, 16, red);
}

static void draw_nothing(void)
{
}

static void draw_right_half(void)
{
    tl_draw_rect(window, 16, 0, 16, 16, red);
}

static void draw_huge(void)
{
    tl_draw_rect(window, -1e30f, -INFINITY, 2e30f, 0, red); // no height
    tl_draw_rect(window, -1e30f, -1e9f, 2e30f, 2e9f, red);
}

static void draw_half_of_huge(void)
{
    tl_draw_rect(window, 16, -1e30f, INFINITY, 2e30f, red);
}

static tl_canvas *canvas_drawn;
static tl_sheet *sheet_drawn;

static void draw_what_is_not_drawn(void)
{
    static const float nan_or_far[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 100001};
    tl_draw_rect(window, 0, 0, -1, 4, red);
    tl_draw_rect(window, NAN, 0, 4, 4, red);
    tl_draw_rect(window, 0, 0, NAN, 4, red);
    tl_draw_rect(window, -INFINITY, 0, INFINITY, 4, red); // its right edge is not a number
    for (size_t i = 0; i < sizeof nan_or_far / sizeof *nan_or_far; ++i) {
        float strange = nan_or_far[i];
        tl_draw_canvas(window, canvas_drawn, strange, 0, 8, 8);
        tl_draw_canvas(window, canvas_drawn, 0, strange, 8, 8);
        tl_draw_canvas(window, canvas_drawn, 0, 0, strange, 8);
        tl_draw_canvas(window, canvas_drawn, 0, 0, 8, strange);
        tl_draw_text(window, sheet_drawn, strange, strange, red, "text");
        if (strange > 0)
            tl_draw_cell(window, sheet_drawn, 1, 0, 0, (tl_look){.size = strange});
    }
}

TEST(drawing_takes_any_number)
{
    open_headless();
    CHECK_OK(tl_canvas_create(window, 1, 1, &canvas_drawn));
    CHECK_OK(tl_canvas_set(canvas_drawn, &red));
    CHECK_OK(tl_sheet_load_font(window, &sheet_drawn));
    CHECK(!same_picture(draw_all, draw_nothing));
    CHECK(same_picture(draw_huge, draw_all));
    CHECK(same_picture(draw_half_of_huge, draw_right_half));
    CHECK(same_picture(draw_what_is_not_drawn, draw_nothing));
    tl_sheet_destroy(sheet_drawn);
    tl_canvas_destroy(canvas_drawn);
    tl_window_destroy(window);
}

/// Writes a picture of `width` pixels in one row.
static void write_picture(const char *path, int width)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    fprintf(file, "P5\n%d 1\n255\n", width);
    for (int i = 0; i < width; ++i)
        fputc(i % 256, file);
    CHECK_INT(0, fclose(file));
}

TEST(sheets_and_texts_of_any_size)
{
    const char *path = "sheet_test.pgm";
    open_headless();
    tl_sheet *sheet = NULL;
    write_picture(path, 16384);
    CHECK_OK(tl_sheet_load(window, path, 16384, 1, &sheet));
    enum { LENGTH = 131073 }; // times the cell's width, it overflows an int
    char *text = malloc(LENGTH + 1);
    memset(text, 'a', LENGTH);
    text[LENGTH] = '\0';
    CHECK_NEAR(131073.0 * 16384, (double)tl_text_width(sheet, text), 256);
    tl_draw_text(window, sheet, 0, 0, red, text);
    free(text);
    tl_sheet_destroy(sheet);
    write_picture(path, 16385);
    CHECK_RESULT(TL_ERROR_FILE, tl_sheet_load(window, path, 1, 1, &sheet));
    CHECK_STRING("a picture of 16385 by 1 pixels is too large", tl_window_error());
    CHECK_POINTER(NULL, sheet);
    CHECK_INT(0, remove(path));
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
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(NULL, TELAR_ASSETS "/sprites.png", 6, 8, &sheet));
    CHECK_POINTER(NULL, sheet);
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(window, NULL, 6, 8, &sheet));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load(window, TELAR_ASSETS "/sprites.png", 6, 8, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load_font(NULL, &sheet));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sheet_load_font(window, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sheet_load(window, TELAR_ASSETS "/sprites.png", 0, 8, &sheet));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sheet_load(window, TELAR_ASSETS "/sprites.png", 6, 100000, &sheet));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sheet_load(window, TELAR_ASSETS "/sprites.png", INT_MIN, 8, &sheet));
    CHECK_RESULT(TL_ERROR_FILE, tl_sheet_load(window, TELAR_ASSETS "/none.png", 6, 8, &sheet));
    CHECK(tl_window_error()[0] != '\0');
    CHECK_POINTER(NULL, sheet);
    tl_sheet_destroy(NULL);
    tl_window_destroy(NULL);
    tl_window_destroy(window);
}

TEST(each_result_has_a_name_and_words)
{
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step()); // the engine's words come with a call that needs them
    TL_RESULTS(CHECK_RESULT_WORDS)                    // no value is in two lists
    TL_ENGINE_RESULTS(CHECK_RESULT_WORDS)
    TL_SDL_RESULTS(CHECK_RESULT_WORDS)
    CHECK_RESULT_ORDER(TL_SDL_RESULTS, 200);
}
