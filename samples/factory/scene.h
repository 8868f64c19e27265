// SPDX-License-Identifier: MIT
/// The state of the factory at the start, read from a file.
#ifndef FACTORY_SCENE_H
#define FACTORY_SCENE_H

#include <stdbool.h>

enum {
    TILE = 16, ///< pixels
    MAP_COLUMNS = 40,
    MAP_ROWS = 15,
    MAX_VEINS = 32,
    MAX_ANVILS = 16,
    MAX_AGENTS_OF_A_KIND = 24,
};

typedef struct spot {
    float x, y;
} spot;

typedef struct trade {
    int count;
    float speed;   ///< pixels a second
    float seconds; ///< least duration of its work (digging or forging)
} trade;

typedef struct scene {
    char map[MAP_ROWS][MAP_COLUMNS + 1];
    int belt_capacity;
    trade miners, smiths;

    // Found on the map:
    spot veins[MAX_VEINS]; ///< places where a miner stands to dig
    int vein_count;
    spot anvils[MAX_ANVILS]; ///< middles of the anvils' tiles
    int anvil_count;
    spot belt_begin, belt_end; ///< middles of the belt's first and last tile
    spot chest;
} scene;

/// Reads a scene. On an error, reports it on stderr with file, line and field, and returns false.
bool scene_load(const char *path, scene *loaded);

#endif
