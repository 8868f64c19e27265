// SPDX-License-Identifier: MIT
// The built-in font: a window can draw text without a font file.
#include <SDL.h>

#include "base/misuse.h"
#include "window_internal.h"

/// Size of a cell of the sheet (CELL_WIDTH, CELL_HEIGHT) and of the character in it (WIDTH, HEIGHT), in pixels. The
/// rest of a cell is space between characters.
enum { CELL_WIDTH = 6, CELL_HEIGHT = 8, WIDTH = 5, HEIGHT = 7, COLUMNS = 16, CHARACTERS = 96 };

/// The characters from the space on, in ASCII order. Each of a character's seven digits (base 32, 0-9a-v) is one row of
/// its pixels; the highest bit is the leftmost pixel.
static const char glyphs[CHARACTERS][HEIGHT + 1] = {
    "0000000", "4444404", "aa00000", "0avava0", "4fke5u4", "op248j3", "8k8lie0", "4400000", "2488842", "8422248",
    "04le4l4", "044v440", "0000448", "000v000", "0000004", "1124488", "ehjlphe", "4c4444e", "eh1248v", "v2421he",
    "26aiv22", "vgu11he", "68guhhe", "v124888", "ehhehhe", "ehhf12c", "0440440", "0440448", "2484842", "00v0v00",
    "8421248", "eh12404", "eh1dlle", "ehhvhhh", "uhhuhhu", "ehggghe", "sihhhis", "vgguggv", "vgguggg", "ehgnhhf",
    "hhhvhhh", "e44444e", "72222ic", "hikokih", "ggggggv", "hrllhhh", "hhpljhh", "ehhhhhe", "uhhuggg", "ehhhlid",
    "uhhukih", "fgge11u", "v444444", "hhhhhhe", "hhhhha4", "hhhllla", "hha4ahh", "hhha444", "v1248gv", "e88888e",
    "gg88442", "e22222e", "4ah0000", "000000v", "8400000", "00e1fhf", "ggmphhu", "00eggge", "11djhhf", "00ehvge",
    "698s888", "0fhhf1e", "ggmphhh", "40c444e", "20622ic", "ggikoki", "c44444e", "00qlllh", "00mphhh", "00ehhhe",
    "00uhugg", "00djf11", "00mpggg", "00fge1u", "88s8896", "00hhhjd", "00hhha4", "00hhlla", "00ha4ah", "00hhf1e",
    "00v248v", "2448442", "4444444", "8442448", "008l200", "v1245v0",
};

static unsigned row_of(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void draw_glyph(SDL_Surface *picture, int character)
{
    int left = character % COLUMNS * CELL_WIDTH, top = character / COLUMNS * CELL_HEIGHT;
    for (int y = 0; y < HEIGHT; ++y) {
        uint32_t *pixels = (uint32_t *)(void *)((char *)picture->pixels + (top + y) * picture->pitch) + left;
        for (int x = 0; x < WIDTH; ++x)
            pixels[x] = row_of(glyphs[character][y]) >> (WIDTH - 1 - x) & 1 ? UINT32_MAX : 0;
    }
}

tl_result tl_sheet_load_font(tl_window *window, tl_sheet **font)
{
    if (font != NULL)
        *font = NULL;
    if (window == NULL || font == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    SDL_Surface *picture = SDL_CreateRGBSurfaceWithFormat(0, COLUMNS * CELL_WIDTH, CHARACTERS / COLUMNS * CELL_HEIGHT,
                                                          32, SDL_PIXELFORMAT_RGBA32);
    if (picture == NULL)
        return TL_ERROR_VIDEO;
    for (int character = 0; character < CHARACTERS; ++character)
        draw_glyph(picture, character);
    SDL_Texture *texture = SDL_CreateTextureFromSurface(window->renderer, picture);
    SDL_FreeSurface(picture);
    if (texture == NULL)
        return TL_ERROR_VIDEO;
    tl_result result = tl__sheet_make(texture, CELL_WIDTH, CELL_HEIGHT, font);
    if (result != TL_OK)
        SDL_DestroyTexture(texture);
    return result;
}
