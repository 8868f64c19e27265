// SPDX-License-Identifier: MIT
#ifndef TELAR_WINDOW_INTERNAL_H
#define TELAR_WINDOW_INTERNAL_H

#include <SDL.h>

#include "telar/draw.h"
#include "telar/window.h"

/// Largest width and height of a window, a canvas or a picture, in pixels: SDL makes no larger window.
enum { TL__MAX_PIXELS = 16384 };

/// Largest absolute value of a coordinate that is passed to SDL. Multiplied by any scale that a window can have (at
/// most TL__MAX_PIXELS for a logical pixel), it fits into an int, to which SDL's software renderer converts it.
#define TL__FARTHEST 100000.0f

/// Whether a position and size may be passed to SDL. False for NaN.
static inline bool tl__is_drawable(float x, float y, float width, float height)
{
    return x >= -TL__FARTHEST && x <= TL__FARTHEST && y >= -TL__FARTHEST && y <= TL__FARTHEST && width > 0 &&
           width <= TL__FARTHEST && height > 0 && height <= TL__FARTHEST;
}

struct tl_sheet {
    SDL_Texture *texture;
    int columns, cells;
    int cell_width, cell_height;
};

/// Creates a sheet from a texture. On TL_OK the sheet owns the texture; on an error the caller still does.
/// @return TL_OK; TL_ERROR_ARGUMENT (a cell is larger than the texture, or empty); TL_ERROR_OUT_OF_MEMORY;
///   TL_ERROR_VIDEO
tl_result tl__sheet_make(SDL_Texture *texture, int cell_width, int cell_height, tl_sheet **sheet);

struct tl_window {
    bool has_video;       ///< SDL's video subsystem was started for this window
    SDL_Window *window;   ///< null if the window is headless
    SDL_Surface *surface; ///< memory that a headless window draws into; null if the window is not headless
    SDL_Renderer *renderer;
    bool keeps_rate; ///< presenting waits for the display (vsync)
    bool closed;
    uint64_t last_seconds, last_present;
};

#endif
