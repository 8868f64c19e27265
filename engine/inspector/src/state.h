// SPDX-License-Identifier: MIT
/// What the page asks for several times a second, as JSON.
#ifndef TELAR_INSPECTOR_STATE_H
#define TELAR_INSPECTOR_STATE_H

#include "board.h"
#include "fiber/dump_text.h"
#include "rows.h"
#include "warnings.h"

/// Writes everything of a snapshot, with the scripts of a query.
void tl__state_write(tl__dump_text *json, const tl__snapshot *snapshot, tl__board *board, const tl__observer *observer,
                     tl__stuck *stuck, const tl__query *query);

#endif
