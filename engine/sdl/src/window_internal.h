// SPDX-License-Identifier: MIT
#ifndef TELAR_WINDOW_INTERNAL_H
#define TELAR_WINDOW_INTERNAL_H

#include <SDL.h>

#include "telar/draw.h"
#include "telar/window.h"

/// The most pixels that a window, a canvas or a picture has either way: SDL makes no larger window.
enum { TL__MAX_PIXELS = 16384 };

/// The farthest a coordinate may be from the window's corner. Times any scale that a window comes to have (one logical
/// pixel may be shown as TL__MAX_PIXELS), it is still an int, to which SDL's software renderer converts it.
#define TL__FARTHEST 100000.0f

/// Whether SDL can be given that place and size. False for NaN.
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

/// Makes a sheet of a picture, which is the sheet's from then on.
/// @return TL_OK; TL_ERROR_ARGUMENT (a cell that does not fit in); TL_ERROR_OUT_OF_MEMORY; TL_ERROR_VIDEO
tl_result tl__sheet_make(SDL_Texture *texture, int cell_width, int cell_height, tl_sheet **sheet);

struct tl_window {
    bool has_video;       ///< SDL's video was started for it
    SDL_Window *window;   ///< null in a headless one
    SDL_Surface *surface; ///< null in one that is not
    SDL_Renderer *renderer;
    bool keeps_rate; ///< presenting waits for the display
    bool closed;
    uint64_t last_seconds, last_present;
};

#endif
