// SPDX-License-Identifier: MIT
/// The meadow: who is where on it, who sees whom, and how all move. It has no window, so a test or a benchmark can have
/// one as well.
#ifndef SWARM_MEADOW_H
#define SWARM_MEADOW_H

#include "telar/event.h"
#include "telar/job.h"
#include "vec.h"

enum { CREATURES = 5000, HUNTERS = 40, WIDTH = 640, HEIGHT = 336, TRAILS = 64 };
/// The meadow in parts, each with a warning of its own; and in cells, in which neighbours are looked for.
enum { PART = 32, COLUMNS = WIDTH / PART, ROWS = (HEIGHT + PART - 1) / PART };
enum { CELL = 16, CELL_COLUMNS = WIDTH / CELL, CELL_ROWS = HEIGHT / CELL, CELLS = CELL_COLUMNS * CELL_ROWS };

typedef enum mood { GRAZING, FLEEING, STALKING, CHASING, RESTING } mood;

/// What a creature sees around it.
typedef struct view {
    int neighbours;
    vec middle, heading; ///< of these, on the average; the first from where it is
    vec crowding;        ///< away from those that are too near
    int hunter;          ///< the nearest; -1 for none
} view;

typedef struct creature {
    tl_entity entity; ///< its end is the script's
    bool alive;
    mood mood;
    vec at, heading; ///< pixels; pixels a second
    int prey;        ///< a hunter's; -1 for none
    tl_random dice;
    view sees;
} creature;

/// What others see of a creature. These lie cell by cell.
typedef struct seen {
    vec at, heading;
    int index;
} seen;

typedef struct warning {
    vec from; ///< where the hunter is
} warning;

typedef TL_EVENT(warning) warning_event;

extern struct meadow {
    tl_world *world;
    tl_job_system *jobs;
    tl_random dice;
    float seconds;           ///< that a step takes
    creature all[CREATURES]; ///< the hunters come first
    seen seen[CREATURES];
    int first_in[CELLS + 1];
    warning_event warnings[ROWS][COLUMNS];
    uint32_t born, eaten, warned;
    vec rings[TRAILS]; ///< where warnings were cried of late, in a ring
    float ring_ages[TRAILS];
    uint32_t ring_count;
} meadow;

vec meadow_anywhere(tl_random *dice);
/// The place itself, or the nearest one on the meadow.
vec meadow_nearest_to(vec at);
/// The warning of that part of the meadow.
warning_event meadow_warning_at(vec at);
/// Cries out, which those in the same part of the meadow hear.
void meadow_cry(vec at, vec from);
/// The nearest of the small ones around; -1 for none.
int meadow_nearest_prey(vec at);

/// Between the scripts' turns (tl_world_desc.physics): all move, and look around.
void meadow_move(tl_world *world, void *unused);
/// A number for how all stand.
uint64_t meadow_hash(void);

#endif
