// SPDX-License-Identifier: MIT
#include "telar/window.h"
#include "os/allocator.h"

#include <SDL_image.h>

#include "base/misuse.h"
#include "results.h"
#include "window_internal.h"

TL__USE_RESULT_LIST(tl__sdl_results);

enum { DEFAULT_WIDTH = 640, DEFAULT_HEIGHT = 360, DEFAULT_SCALE = 2, MAX_SCALE = 64, FRAMES_PER_SECOND = 60 };

_Static_assert((int)TL_KEY_ESCAPE == (int)SDLK_ESCAPE && (int)TL_KEY_F1 == (int)SDLK_F1 &&
                   (int)TL_KEY_F2 == (int)SDLK_F2 && (int)TL_KEY_F12 == (int)SDLK_F12,
               "our keys are SDL's");

static tl_window_desc resolve_window_desc(const tl_window_desc *desc)
{
    return (tl_window_desc){
        .title = desc->title != NULL ? desc->title : "Telar",
        .width = desc->width != 0 ? desc->width : DEFAULT_WIDTH,
        .height = desc->height != 0 ? desc->height : DEFAULT_HEIGHT,
        .scale = desc->scale != 0 ? desc->scale : DEFAULT_SCALE,
        .headless = desc->headless,
    };
}

static bool is_valid_window_desc(const tl_window_desc *desc)
{
    return desc->scale >= 1 && desc->scale <= MAX_SCALE && desc->width >= 1 && desc->height >= 1 &&
           desc->width <= TL__MAX_PIXELS / desc->scale && desc->height <= TL__MAX_PIXELS / desc->scale;
}

/// Opens a renderer that draws into memory. Does not start SDL's video subsystem.
static bool open_headless(tl_window *window, const tl_window_desc *desc)
{
    window->surface = SDL_CreateRGBSurfaceWithFormat(0, desc->width * desc->scale, desc->height * desc->scale, 32,
                                                     SDL_PIXELFORMAT_ARGB8888);
    if (window->surface == NULL)
        return false;
    window->renderer = SDL_CreateSoftwareRenderer(window->surface);
    return window->renderer != NULL &&
           SDL_RenderSetScale(window->renderer, (float)desc->scale, (float)desc->scale) == 0;
}

static bool open_window(tl_window *window, const tl_window_desc *desc)
{
    SDL_SetMainReady(); // for Windows, where SDL would otherwise refuse a `main` that is not its own
    window->has_video = SDL_InitSubSystem(SDL_INIT_VIDEO) == 0;
    if (!window->has_video)
        return false;
    // Hidden until it has a renderer: to create that, SDL may have to recreate the system's window.
    window->window =
        SDL_CreateWindow(desc->title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, desc->width * desc->scale,
                         desc->height * desc->scale, SDL_WINDOW_RESIZABLE | SDL_WINDOW_HIDDEN);
    if (window->window == NULL)
        return false;
    window->renderer = SDL_CreateRenderer(window->window, -1, SDL_RENDERER_PRESENTVSYNC);
    SDL_RendererInfo info;
    if (window->renderer == NULL || SDL_GetRendererInfo(window->renderer, &info) != 0)
        return false;
    window->keeps_rate = (info.flags & SDL_RENDERER_PRESENTVSYNC) != 0;
    if (SDL_RenderSetLogicalSize(window->renderer, desc->width, desc->height) != 0)
        return false;
    SDL_ShowWindow(window->window);
    return true;
}

tl_result tl_window_create(const tl_window_desc *desc, tl_window **window)
{
    if (window != NULL)
        *window = NULL;
    if (desc == NULL || window == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_window_desc resolved = resolve_window_desc(desc);
    if (!is_valid_window_desc(&resolved))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_window *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest");
    if (!(resolved.headless ? open_headless(made, &resolved) : open_window(made, &resolved))) {
        tl_window_destroy(made);
        return TL_ERROR_VIDEO;
    }
    SDL_SetRenderDrawBlendMode(made->renderer, SDL_BLENDMODE_BLEND);
    made->last_seconds = made->last_present = SDL_GetPerformanceCounter();
    *window = made;
    return TL_OK;
}

void tl_window_destroy(tl_window *window)
{
    if (window == NULL)
        return;
    if (window->renderer != NULL)
        SDL_DestroyRenderer(window->renderer);
    if (window->window != NULL)
        SDL_DestroyWindow(window->window);
    if (window->surface != NULL)
        SDL_FreeSurface(window->surface);
    if (window->has_video)
        SDL_QuitSubSystem(SDL_INIT_VIDEO);
    tl__free(window, sizeof *window);
}

const char *tl_window_error(void)
{
    return SDL_GetError();
}

static bool has_input_room(const tl_input *input)
{
    return input->key_count < TL_MAX_KEYS && input->click_count < TL_MAX_CLICKS;
}

static void take_event(tl_window *window, const SDL_Event *event, tl_input *input)
{
    switch (event->type) {
    case SDL_QUIT: window->closed = true; break;
    case SDL_KEYDOWN:
        if (!event->key.repeat)
            input->keys[input->key_count++] = event->key.keysym.sym;
        break;
    case SDL_MOUSEBUTTONDOWN: // SDL converts the position to logical pixels
        if (event->button.button == SDL_BUTTON_LEFT)
            input->clicks[input->click_count++] = (tl_click){event->button.x, event->button.y};
        break;
    default: break;
    }
}

bool tl_window_poll(tl_window *window, tl_input *input)
{
    *input = (tl_input){0};
    SDL_Event event;
    while (window->window != NULL && has_input_room(input) && SDL_PollEvent(&event))
        take_event(window, &event, input);
    return !window->closed;
}

static double seconds_since(uint64_t then)
{
    return (double)(SDL_GetPerformanceCounter() - then) / (double)SDL_GetPerformanceFrequency();
}

double tl_window_seconds(tl_window *window)
{
    double seconds = seconds_since(window->last_seconds);
    window->last_seconds = SDL_GetPerformanceCounter();
    return seconds;
}

void tl_window_present(tl_window *window)
{
    SDL_RenderPresent(window->renderer);
    if (window->window != NULL && !window->keeps_rate) {
        double left = 1.0 / FRAMES_PER_SECOND - seconds_since(window->last_present);
        if (left > 0)
            SDL_Delay((uint32_t)(left * 1000));
    }
    window->last_present = SDL_GetPerformanceCounter();
}

/// Returns the pixels of the renderer as a surface that the caller frees; null if they cannot be read.
static SDL_Surface *read_pixels(tl_window *window)
{
    int width, height;
    if (SDL_GetRendererOutputSize(window->renderer, &width, &height) != 0)
        return NULL;
    SDL_Surface *picture = SDL_CreateRGBSurfaceWithFormat(0, width, height, 24, SDL_PIXELFORMAT_RGB24);
    if (picture != NULL && SDL_RenderReadPixels(window->renderer, &(SDL_Rect){0, 0, width, height},
                                                SDL_PIXELFORMAT_RGB24, picture->pixels, picture->pitch) != 0) {
        SDL_FreeSurface(picture);
        return NULL;
    }
    return picture;
}

tl_result tl_window_save(tl_window *window, const char *path)
{
    if (window == NULL || path == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    SDL_Surface *picture = read_pixels(window);
    if (picture == NULL)
        return TL_ERROR_VIDEO;
    int failed = IMG_SavePNG(picture, path);
    SDL_FreeSurface(picture);
    return failed == 0 ? TL_OK : TL_ERROR_FILE;
}
