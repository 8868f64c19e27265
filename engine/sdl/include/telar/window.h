// SPDX-License-Identifier: MIT
/// telar/window.h: a window to draw in (telar/draw.h), and what the player does in it.
///
///     tl_window *window = NULL;
///     tl_window_create(&(tl_window_desc){.title = "factory"}, &window);
///     tl_input input;
///     while (tl_window_poll(window, &input)) {
///         ...
///         tl_window_clear(window, TL_COLOR(0x1a, 0x14, 0x23));
///         draw things
///         tl_window_present(window);
///     }
///     tl_window_destroy(window);
///
/// A headless one has no window and needs no display: it draws into memory with SDL's software renderer, the same
/// pixels, and can be saved as a picture.
///
/// Measures are logical pixels, from the upper left corner; each is shown as a block of `scale` by `scale`. Drawing
/// takes any number: what lies outside of the window is not drawn.
///
/// Except where null is allowed, a window, sheet or text that is null is not: the drawing calls answer nothing, so they
/// do not check.
///
/// All of it belongs to the main thread, outside scripts (SDL's code wants more stack than they have); nothing
/// suspends.
#ifndef TELAR_WINDOW_H
#define TELAR_WINDOW_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/sdl_result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_window tl_window;

/// Zero in any field picks the default. What is shown, that is, width and height times the scale, has at most 16384
/// pixels either way.
typedef struct tl_window_desc {
    const char *title; ///< default "Telar"
    int width, height; ///< logical pixels, 1 to 16384; default 640 by 360
    int scale;         ///< 1 to 64; default 2
    bool headless;     ///<
} tl_window_desc;

enum { TL_MAX_KEYS = 16, TL_MAX_CLICKS = 16 };

/// Keys that stand for no character. Others are the characters that they have without shift: 'a', '1', ' '.
enum { TL_KEY_ESCAPE = 27, TL_KEY_F12 = 0x40000045 };

/// A press of the left button.
typedef struct tl_click {
    int x, y;
} tl_click;

/// What happened since the last poll. What finds no room here comes with the next.
typedef struct tl_input {
    int key_count, click_count;
    int keys[TL_MAX_KEYS]; ///< pressed, in order; a held key comes once
    tl_click clicks[TL_MAX_CLICKS];
} tl_input;

/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a width, height or scale out of range, or too large together
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_VIDEO: tl_window_error says why; also where there is no memory for the pixels
///
/// On any error *window is null, and other windows are as they were.
TL_API tl_result tl_window_create(const tl_window_desc *desc, tl_window **window);

/// Destroys a window. Null is allowed.
TL_API void tl_window_destroy(tl_window *window);

/// Returns why SDL refused the latest thing it was asked for.
TL_API const char *tl_window_error(void);

/// Reads the input since the last poll.
/// @return false once the window was asked to close; true in a headless one
TL_API bool tl_window_poll(tl_window *window, tl_input *input);

/// Returns the seconds since this was last called, or since the window was made.
TL_API double tl_window_seconds(tl_window *window);

/// Shows what was drawn, at the display's rate, or at 60 a second where it has none.
TL_API void tl_window_present(tl_window *window);

/// Saves what was drawn since the latest clear as a PNG file, at the size that is shown. Call it before the picture is
/// presented.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_FILE; TL_ERROR_VIDEO
TL_API tl_result tl_window_save(tl_window *window, const char *path);

#ifdef __cplusplus
}
#endif

#endif
