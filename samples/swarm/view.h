// SPDX-License-Identifier: MIT
/// What is seen of the swarm.
#ifndef SWARM_VIEW_H
#define SWARM_VIEW_H

#include "telar/app.h"

void view_draw(tl_app *app);

#endif
