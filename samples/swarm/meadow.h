// SPDX-License-Identifier: MIT
/// The meadow: where each creature is, what it sees, and how all move. The meadow needs no window, so tests and
/// benchmarks can use it, too.
#ifndef SWARM_MEADOW_H
#define SWARM_MEADOW_H

#include "telar/event.h"
#include "telar/job.h"
#include "vec.h"

enum { CREATURES = 5000, HUNTERS = 40, WIDTH = 640, HEIGHT = 336, TRAILS = 64 };
/// The meadow is divided into parts, each with a warning event of its own; and into cells, for finding neighbours.
enum { PART = 32, COLUMNS = WIDTH / PART, ROWS = (HEIGHT + PART - 1) / PART };
enum { CELL = 16, CELL_COLUMNS = WIDTH / CELL, CELL_ROWS = HEIGHT / CELL, CELLS = CELL_COLUMNS * CELL_ROWS };

typedef enum mood { GRAZING, FLEEING, STALKING, CHASING, RESTING } mood;

/// What a creature sees around it.
typedef struct view {
    int neighbours;
    vec middle, heading; ///< averages of the neighbours' positions (relative to the creature's own) and headings
    vec crowding;        ///< direction away from neighbours that are too near
    int hunter;          ///< nearest hunter that is chasing; -1: none
} view;

typedef struct creature {
    tl_entity entity; ///< owns the creature's script, which ends with it
    bool alive;
    mood mood;
    vec at, heading; ///< pixels; pixels a second
    int prey;        ///< prey of a hunter; -1: none
    tl_random dice;
    view sees;
} creature;

/// What others see of a creature. meadow.seen is sorted by cells.
typedef struct seen {
    vec at, heading;
    int index;
} seen;

typedef struct warning {
    vec from; ///< place of the hunter
} warning;

typedef TL_EVENT(warning) warning_event;

extern struct meadow {
    tl_world *world;
    tl_job_system *jobs;
    tl_random dice;
    float seconds;           ///< length of a step
    creature all[CREATURES]; ///< the hunters come first
    seen seen[CREATURES];
    int first_in[CELLS + 1];
    warning_event warnings[ROWS][COLUMNS];
    uint32_t born, eaten, warned;
    vec rings[TRAILS]; ///< places of the latest cries, as a ring buffer
    float ring_ages[TRAILS];
    uint32_t ring_count;
} meadow;

vec meadow_anywhere(tl_random *dice);
/// Returns the place itself if it is on the meadow, else the nearest place that is.
vec meadow_nearest_to(vec at);
/// Returns the warning event of the part of the meadow that `at` is in.
warning_event meadow_warning_at(vec at);
/// Emits the warning of the part of the meadow that `at` is in.
/// @param from  the place of the hunter
void meadow_cry(vec at, vec from);
/// Returns the nearest live grazer around `at`; -1: none.
int meadow_nearest_prey(vec at);

/// Moves all creatures, then updates what each sees. Runs in each step, between phases (tl_world_desc.physics).
void meadow_move(tl_world *world, void *unused);
/// Returns a hash of the state of all creatures.
uint64_t meadow_hash(void);

#endif
