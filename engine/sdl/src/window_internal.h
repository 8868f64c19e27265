#ifndef TELAR_WINDOW_INTERNAL_H
#define TELAR_WINDOW_INTERNAL_H

#include <SDL.h>

#include "telar/window.h"

struct tl_window {
    SDL_Window *window;   ///< null in a headless one
    SDL_Surface *surface; ///< null in one that is not
    SDL_Renderer *renderer;
    bool keeps_rate; ///< presenting waits for the display
    bool closed;
    uint64_t last_seconds, last_present;
};

#endif
