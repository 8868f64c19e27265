// SPDX-License-Identifier: MIT
/// Drawing the swarm.
#ifndef SWARM_VIEW_H
#define SWARM_VIEW_H

#include "telar/app.h"

void view_draw(tl_app *app);

#endif
