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
/// A headless window (tl_window_desc.headless) shows nothing and needs no display: SDL's software renderer draws the
/// same pixels into memory, and they can be saved as a picture (tl_window_save).
///
/// Positions and sizes are in logical pixels, from the upper left corner; each is shown as a block of `scale` by
/// `scale` pixels. Drawing calls take any numbers: what lies outside the window is not drawn.
///
/// A window, sheet or text may not be null, except where a call says so. The drawing calls return no result, so they do
/// not check for null.
///
/// All calls belong on the main thread, outside scripts (whose stacks are too small for SDL's code). No call suspends.
#ifndef TELAR_WINDOW_H
#define TELAR_WINDOW_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/sdl_result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_window tl_window;

/// Zero in any field picks the default. The size that is shown, width and height times the scale, is at most 16384
/// pixels either way.
typedef struct tl_window_desc {
    const char *title; ///< default "Telar"
    int width, height; ///< logical pixels, 1 to 16384; default 640 by 360
    int scale;         ///< 1 to 64; default 2
    bool headless;     ///<
} tl_window_desc;

enum { TL_MAX_KEYS = 16, TL_MAX_CLICKS = 16 };

/// Keys without a character. The value of any other key is the character that it has without shift: 'a', '1', ' '.
enum { TL_KEY_ESCAPE = 27, TL_KEY_F1 = 0x4000003a, TL_KEY_F2 = 0x4000003b, TL_KEY_F12 = 0x40000045 };

/// A press of the left button.
typedef struct tl_click {
    int x, y;
} tl_click;

/// Input since the last poll. Input that finds no room here comes with the next poll.
typedef struct tl_input {
    int key_count, click_count;
    int keys[TL_MAX_KEYS]; ///< keys that were pressed, in order; a held key comes once
    tl_click clicks[TL_MAX_CLICKS];
} tl_input;

/// Opens a window.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a width, height or scale out of range, or too large together
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_VIDEO: tl_window_error says why; also if there is no memory for the pixels
///
/// On any error *window is null, and other windows are not affected.
TL_API tl_result tl_window_create(const tl_window_desc *desc, tl_window **window);

/// Destroys a window. Null is allowed.
TL_API void tl_window_destroy(tl_window *window);

/// Returns SDL's text for its latest error.
TL_API const char *tl_window_error(void);

/// Reads the input since the last poll.
/// @return false once the user has asked to close the window; always true for a headless window
TL_API bool tl_window_poll(tl_window *window, tl_input *input);

/// Returns the seconds since this function was last called, or since the window was made.
TL_API double tl_window_seconds(tl_window *window);

/// Shows what was drawn. Waits for the display (vsync) or, if the renderer has no vsync, long enough that 60 calls take
/// a second; a headless window does not wait.
TL_API void tl_window_present(tl_window *window);

/// Saves what was drawn since the latest tl_window_clear as a PNG file, at the size that is shown. Call it before
/// tl_window_present.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_FILE; TL_ERROR_VIDEO
TL_API tl_result tl_window_save(tl_window *window, const char *path);

#ifdef __cplusplus
}
#endif

#endif
