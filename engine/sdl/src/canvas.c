// SPDX-License-Identifier: MIT

#include "base/misuse.h"
#include "os/allocator.h"
#include "telar/draw.h"
#include "window_internal.h"

struct tl_canvas {
    SDL_Texture *texture;
    int width;
};

static tl_result open_canvas(tl_window *window, int width, int height, tl_canvas *canvas)
{
    size_t size = (size_t)width * (size_t)height * sizeof(tl_color);
    void *black = tl__allocate_zeros(size);
    if (black == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    // On any machine, the bytes of a pixel in this format are those of a tl_color.
    canvas->texture =
        SDL_CreateTexture(window->renderer, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STREAMING, width, height);
    canvas->width = width;
    tl_result result = canvas->texture != NULL ? tl_canvas_set(canvas, black) : TL_ERROR_VIDEO;
    tl__free(black, size);
    return result;
}

tl_result tl_canvas_create(tl_window *window, int width, int height, tl_canvas **canvas)
{
    if (canvas != NULL)
        *canvas = NULL;
    if (window == NULL || canvas == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (width < 1 || height < 1 || width > TL__MAX_PIXELS || height > TL__MAX_PIXELS)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_canvas *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_result result = open_canvas(window, width, height, made);
    if (result == TL_OK)
        *canvas = made;
    else
        tl_canvas_destroy(made);
    return result;
}

void tl_canvas_destroy(tl_canvas *canvas)
{
    if (canvas == NULL)
        return;
    if (canvas->texture != NULL)
        SDL_DestroyTexture(canvas->texture);
    tl__free(canvas, sizeof *canvas);
}

tl_result tl_canvas_set(tl_canvas *canvas, const tl_color *pixels)
{
    if (canvas == NULL || pixels == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    int pitch = canvas->width * (int)sizeof *pixels;
    return SDL_UpdateTexture(canvas->texture, NULL, pixels, pitch) == 0 ? TL_OK : TL_ERROR_VIDEO;
}

void tl_draw_canvas(tl_window *window, const tl_canvas *canvas, float x, float y, float width, float height)
{
    if (!tl__is_drawable(x, y, width, height))
        return;
    SDL_SetTextureBlendMode(canvas->texture, SDL_BLENDMODE_BLEND);
    SDL_RenderCopyF(window->renderer, canvas->texture, NULL, &(SDL_FRect){x, y, width, height});
}
