// SPDX-License-Identifier: MIT
#include "telar/draw.h"
#include "os/allocator.h"

#include <SDL_image.h>

#include "base/misuse.h"
#include "window_internal.h"

enum { FIRST_CHARACTER = ' ' };

static void set_color(tl_window *window, tl_color color)
{
    SDL_SetRenderDrawColor(window->renderer, color.red, color.green, color.blue, color.alpha);
}

void tl_window_clear(tl_window *window, tl_color color)
{
    set_color(window, color);
    SDL_RenderClear(window->renderer);
}

/// Clips a range of coordinates to TL__FARTHEST, beyond which no window shows anything. Returns false if nothing is
/// left.
static bool cut(float *from, float *size)
{
    float end = *from + *size;
    if (!(*size > 0) || !(end > -TL__FARTHEST) || !(*from < TL__FARTHEST)) // also for NaN
        return false;
    if (*from >= -TL__FARTHEST && end <= TL__FARTHEST)
        return true;
    *from = *from > -TL__FARTHEST ? *from : -TL__FARTHEST;
    *size = (end < TL__FARTHEST ? end : TL__FARTHEST) - *from;
    return true;
}

void tl_draw_rect(tl_window *window, float x, float y, float width, float height, tl_color color)
{
    if (!cut(&x, &width) || !cut(&y, &height))
        return;
    set_color(window, color);
    SDL_RenderFillRectF(window->renderer, &(SDL_FRect){x, y, width, height});
}

/// Loads a picture from a file. Returns null, with SDL's error set, if that fails or the picture is too large.
static SDL_Texture *load_picture(tl_window *window, const char *path)
{
    SDL_Texture *texture = IMG_LoadTexture(window->renderer, path);
    if (texture == NULL)
        return NULL;
    int width, height;
    if (SDL_QueryTexture(texture, NULL, NULL, &width, &height) == 0) {
        if (width <= TL__MAX_PIXELS && height <= TL__MAX_PIXELS)
            return texture;
        SDL_SetError("a picture of %d by %d pixels is too large", width, height);
    }
    SDL_DestroyTexture(texture);
    return NULL;
}

tl_result tl__sheet_make(SDL_Texture *texture, int cell_width, int cell_height, tl_sheet **sheet)
{
    int width, height;
    if (SDL_QueryTexture(texture, NULL, NULL, &width, &height) != 0)
        return TL_ERROR_VIDEO;
    if (cell_width < 1 || cell_height < 1 || cell_width > width || cell_height > height)
        return TL_ERROR_ARGUMENT;
    tl_sheet *made = tl__allocate(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    int columns = width / cell_width;
    *made = (tl_sheet){texture, columns, columns * (height / cell_height), cell_width, cell_height};
    *sheet = made;
    return TL_OK;
}

tl_result tl_sheet_load(tl_window *window, const char *path, int cell_width, int cell_height, tl_sheet **sheet)
{
    if (sheet != NULL)
        *sheet = NULL;
    if (window == NULL || path == NULL || sheet == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    SDL_Texture *texture = load_picture(window, path);
    if (texture == NULL)
        return TL_ERROR_FILE;
    tl_result result = tl__sheet_make(texture, cell_width, cell_height, sheet);
    if (result != TL_OK)
        SDL_DestroyTexture(texture);
    return result == TL_ERROR_ARGUMENT ? tl__misuse(result, __func__) : result;
}

void tl_sheet_destroy(tl_sheet *sheet)
{
    if (sheet == NULL)
        return;
    SDL_DestroyTexture(sheet->texture);
    tl__free(sheet, sizeof *sheet);
}

static tl_color tint_of(tl_look look)
{
    bool none = look.tint.red == 0 && look.tint.green == 0 && look.tint.blue == 0 && look.tint.alpha == 0;
    return none ? TL_COLOR(255, 255, 255) : look.tint;
}

void tl_draw_cell(tl_window *window, const tl_sheet *sheet, int cell, float x, float y, tl_look look)
{
    if (cell < 0 || cell >= sheet->cells)
        return;
    tl_color tint = tint_of(look);
    float size = look.size > 0 ? look.size : 1;
    SDL_FRect to = {x, y, (float)sheet->cell_width * size, (float)sheet->cell_height * size};
    if (!tl__is_drawable(to.x, to.y, to.w, to.h))
        return;
    SDL_SetTextureColorMod(sheet->texture, tint.red, tint.green, tint.blue);
    SDL_SetTextureAlphaMod(sheet->texture, tint.alpha);
    SDL_SetTextureBlendMode(sheet->texture, look.blend == TL_BLEND_ADD ? SDL_BLENDMODE_ADD : SDL_BLENDMODE_BLEND);
    SDL_Rect from = {cell % sheet->columns * sheet->cell_width, cell / sheet->columns * sheet->cell_height,
                     sheet->cell_width, sheet->cell_height};
    SDL_RenderCopyExF(window->renderer, sheet->texture, &from, &to, 0, NULL,
                      look.mirrored ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE);
}

void tl_draw_text(tl_window *window, const tl_sheet *font, float x, float y, tl_color color, const char *text)
{
    float left = x;
    for (; *text != '\0'; ++text) {
        if (*text == '\n') {
            x = left;
            y += (float)font->cell_height + 1;
            continue;
        }
        tl_draw_cell(window, font, *text - FIRST_CHARACTER, x, y, (tl_look){.tint = color});
        x += (float)font->cell_width;
    }
}

float tl_text_width(const tl_sheet *font, const char *text)
{
    size_t longest = 0, length = 0;
    for (; *text != '\0'; ++text) {
        length = *text == '\n' ? 0 : length + 1;
        longest = length > longest ? length : longest;
    }
    return (float)((double)longest * font->cell_width);
}
