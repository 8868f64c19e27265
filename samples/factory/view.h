// SPDX-License-Identifier: MIT
/// Drawing the factory, with plots and counts of its state.
#ifndef FACTORY_VIEW_H
#define FACTORY_VIEW_H

#include "factory.h"
#include "telar/app.h"

enum { VIEW_WIDTH = 640, VIEW_HEIGHT = 360, PLOT_POINTS = 150 };

typedef struct view {
    tl_app *app;
    tl_window *window;
    tl_sheet *sprites, *font;
    agent *selected;                ///< null: none
    float belt_fill[PLOT_POINTS];   ///< 0 to 1, the latest last; one each tenth of a second of the world's time
    float frame_times[PLOT_POINTS]; ///< milliseconds, the latest last; one each frame
} view;

/// Loads the sprites. Returns TL_OK or the error; the caller closes `made` in either case.
tl_result view_open(view *made, tl_app *app);
void view_close(view *closed);

/// Records the state of the belt. Called after each step.
void view_note_step(view *of, const factory *shown);
/// Selects the agent at a point, or no agent if there is none at it.
void view_click(view *of, factory *shown, float x, float y);

/// Draws the factory. Called once a frame.
void view_draw(view *of, factory *shown);

#endif
