// SPDX-License-Identifier: MIT
/// telar/draw.h: drawing in a window: rectangles, pieces of pictures, text, pixels.
///
/// A shape with a zero or negative width or height is not drawn, nor is one with a position or size that is not a
/// number (NaN). A cell or a canvas is also not drawn if it is farther than 100,000 from the window's corner, or larger
/// than that.
///
/// Units and the thread rule are those of telar/window.h.
#ifndef TELAR_DRAW_H
#define TELAR_DRAW_H

#include <stdint.h>

#include "telar/api.h"
#include "telar/window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_color {
    uint8_t red, green, blue, alpha;
} tl_color;

static inline tl_color tl_rgba(int red, int green, int blue, int alpha)
{
    tl_color color = {(uint8_t)red, (uint8_t)green, (uint8_t)blue, (uint8_t)alpha};
    return color;
}

#define TL_COLOR(red, green, blue) tl_rgba((red), (green), (blue), 255)

/// Fills the whole window.
TL_API void tl_window_clear(tl_window *window, tl_color color);

/// Draws a filled rectangle. However large or far away it is, its part in the window is drawn.
TL_API void tl_draw_rect(tl_window *window, float x, float y, float width, float height, tl_color color);

/// A picture that is cut into cells of one size. Cells are counted row by row from 0.
typedef struct tl_sheet tl_sheet;

/// Loads a picture as a sheet of cells.
/// @param cell_width, cell_height  the size of a cell in pixels of the picture, from 1 to the picture's size. The
///   picture itself may have at most 16384 pixels either way
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a cell that is empty or larger than the picture
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_FILE: the file is no picture, or the picture is too large; tl_window_error says why
///
/// On any error *sheet is null.
TL_API tl_result tl_sheet_load(tl_window *window, const char *path, int cell_width, int cell_height, tl_sheet **sheet);

/// Makes a sheet of the built-in font, for tl_draw_text: 6 by 8 pixels for each character.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_VIDEO. On any error *font is null.
TL_API tl_result tl_sheet_load_font(tl_window *window, tl_sheet **font);

/// Destroys a sheet. Call it before the sheet's window is destroyed. Null is allowed.
TL_API void tl_sheet_destroy(tl_sheet *sheet);

typedef enum tl_blend {
    TL_BLEND_ALPHA = 0, ///< drawn over what is there
    TL_BLEND_ADD,       ///< added to what is there, as light
} tl_blend;

/// How a cell is drawn. Zero in any field draws it unchanged.
typedef struct tl_look {
    bool mirrored;  ///< swaps left and right
    tl_blend blend; ///<
    tl_color tint;  ///< multiplied with the cell's colours; all zero: no tint
    float size;     ///< scale factor; the cell grows to the right and down; 0 or less: 1
} tl_look;

/// Draws a cell of a sheet. Nothing is drawn for a cell that the sheet does not have.
TL_API void tl_draw_cell(tl_window *window, const tl_sheet *sheet, int cell, float x, float y, tl_look look);

/// Draws text with a sheet whose cells are the characters from the space on, in ASCII order. '\n' begins a new line.
TL_API void tl_draw_text(tl_window *window, const tl_sheet *font, float x, float y, tl_color color, const char *text);

/// Returns how wide the longest line of a text is. The text may have any length.
TL_API float tl_text_width(const tl_sheet *font, const char *text);

/// A picture whose pixels the program sets.
typedef struct tl_canvas tl_canvas;

/// Makes a canvas, all transparent black.
/// @param width, height  in pixels of the canvas, 1 to 16384
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_VIDEO: tl_window_error says why
///
/// On any error *canvas is null.
TL_API tl_result tl_canvas_create(tl_window *window, int width, int height, tl_canvas **canvas);

/// Destroys a canvas. Call it before the canvas's window is destroyed. Null is allowed.
TL_API void tl_canvas_destroy(tl_canvas *canvas);

/// Sets all pixels of a canvas, row by row from the top.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_VIDEO
TL_API tl_result tl_canvas_set(tl_canvas *canvas, const tl_color *pixels);

/// Draws a canvas, scaled to `width` by `height`. Its part inside the window is drawn.
TL_API void tl_draw_canvas(tl_window *window, const tl_canvas *canvas, float x, float y, float width, float height);

#ifdef __cplusplus
}
#endif

#endif
