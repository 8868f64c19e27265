// SPDX-License-Identifier: MIT
#include "scene.h"

#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
    const char *path;
    config_t config;
} reader;

/// Prints "file:line: field: error" to stderr. Returns false.
__attribute__((format(printf, 4, 5))) static bool complain(const reader *from, int line, const char *field,
                                                           const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: %s: ", from->path, line, field);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

/// Returns a setting. If it is missing, reports that with the line of the group around it, and returns null.
static config_setting_t *need(const reader *from, const char *field)
{
    config_setting_t *setting = config_lookup(&from->config, field);
    if (setting != NULL)
        return setting;
    char group[64];
    snprintf(group, sizeof group, "%s", field);
    char *dot = strchr(group, '.');
    if (dot != NULL)
        *dot = '\0';
    config_setting_t *around = config_lookup(&from->config, group);
    complain(from, around != NULL ? (int)config_setting_source_line(around) : 1, field, "is missing");
    return NULL;
}

static bool read_int(const reader *from, const char *field, int least, int most, int *value)
{
    config_setting_t *setting = need(from, field);
    if (setting == NULL)
        return false;
    int line = (int)config_setting_source_line(setting);
    if (config_setting_type(setting) != CONFIG_TYPE_INT)
        return complain(from, line, field, "must be a whole number");
    *value = config_setting_get_int(setting);
    if (*value < least || *value > most)
        return complain(from, line, field, "is %d; it must be %d to %d", *value, least, most);
    return true;
}

static bool read_number(const reader *from, const char *field, double least, double most, float *value)
{
    config_setting_t *setting = need(from, field);
    if (setting == NULL)
        return false;
    int line = (int)config_setting_source_line(setting), type = config_setting_type(setting);
    if (type != CONFIG_TYPE_FLOAT && type != CONFIG_TYPE_INT)
        return complain(from, line, field, "must be a number");
    double number = type == CONFIG_TYPE_INT ? config_setting_get_int(setting) : config_setting_get_float(setting);
    if (!(number >= least && number <= most))
        return complain(from, line, field, "is %g; it must be %g to %g", number, least, most);
    *value = (float)number;
    return true;
}

static spot middle(int column, int row)
{
    return (spot){(float)(column * TILE + TILE / 2), (float)(row * TILE + TILE / 2)};
}

static char tile_at(const scene *of, int column, int row)
{
    return column >= 0 && column < MAP_COLUMNS && row >= 0 && row < MAP_ROWS ? of->map[row][column] : '#';
}

/// Finds the place where a miner stands to dig at a vein: a tile of cave floor next to it. Returns false if there is
/// none.
static bool find_place_at_vein(const scene *of, int column, int row, spot *place)
{
    static const int sides[4][2] = {{0, 1}, {1, 0}, {-1, 0}, {0, -1}};
    for (int i = 0; i < 4; ++i) {
        int x = column + sides[i][0], y = row + sides[i][1];
        if (tile_at(of, x, y) == '.') {
            *place = middle(x, y);
            return true;
        }
    }
    return false;
}

/// Adds one tile of the map to the scene. Reports an error and returns false if the tile is not valid.
static bool place_tile(const reader *from, int line, scene *into, int column, int row)
{
    spot here = middle(column, row);
    switch (into->map[row][column]) {
    case '#':
    case '.':
    case ',':
    case 'W':
    case 'F':
    case 't': return true;
    case 'C': into->chest = here; return true;
    case '=':
        if (into->belt_begin.x == 0)
            into->belt_begin = here;
        if (here.y != into->belt_begin.y)
            return complain(from, line, "map", "the belt (=) must lie in one row");
        into->belt_end = here;
        return true;
    case 'o':
        if (into->vein_count == MAX_VEINS)
            return complain(from, line, "map", "there are more than %d ore veins (o)", MAX_VEINS);
        if (!find_place_at_vein(into, column, row, &into->veins[into->vein_count++]))
            return complain(from, line, "map", "column %d: an ore vein (o) with no cave floor (.) beside it",
                            column + 1);
        return true;
    case 'A':
        if (into->anvil_count == MAX_ANVILS)
            return complain(from, line, "map", "there are more than %d anvils (A)", MAX_ANVILS);
        into->anvils[into->anvil_count++] = here;
        return true;
    default: return complain(from, line, "map", "column %d: '%c' is no tile", column + 1, into->map[row][column]);
    }
}

static bool read_rows(const reader *from, config_setting_t *rows, scene *into)
{
    int line = (int)config_setting_source_line(rows);
    if (config_setting_length(rows) != MAP_ROWS)
        return complain(from, line, "map", "has %d rows; it must have %d", config_setting_length(rows), MAP_ROWS);
    for (int row = 0; row < MAP_ROWS; ++row) {
        config_setting_t *setting = config_setting_get_elem(rows, (unsigned)row);
        const char *text = config_setting_get_string(setting);
        line = (int)config_setting_source_line(setting);
        if (text == NULL)
            return complain(from, line, "map", "must be an array of strings");
        if (strlen(text) != MAP_COLUMNS)
            return complain(from, line, "map", "this row has %d tiles; it must have %d", (int)strlen(text),
                            MAP_COLUMNS);
        memcpy(into->map[row], text, MAP_COLUMNS + 1);
    }
    return true;
}

static bool read_map(const reader *from, scene *into)
{
    config_setting_t *rows = need(from, "map");
    if (rows == NULL || !read_rows(from, rows, into))
        return false;
    for (int row = 0; row < MAP_ROWS; ++row)
        for (int column = 0; column < MAP_COLUMNS; ++column)
            if (!place_tile(from, (int)config_setting_source_line(config_setting_get_elem(rows, (unsigned)row)), into,
                            column, row))
                return false;
    int line = (int)config_setting_source_line(rows);
    if (into->belt_begin.x == 0)
        return complain(from, line, "map", "there is no belt (=)");
    if (into->vein_count == 0)
        return complain(from, line, "map", "there is no ore vein (o)");
    if (into->anvil_count == 0)
        return complain(from, line, "map", "there is no anvil (A)");
    if (into->chest.x == 0)
        return complain(from, line, "map", "there is no chest (C)");
    return true;
}

static bool read_scene(const reader *from, scene *into)
{
    return read_map(from, into) && read_int(from, "belt.capacity", 1, 64, &into->belt_capacity) &&
           read_int(from, "miners.count", 0, MAX_AGENTS_OF_A_KIND, &into->miners.count) &&
           read_number(from, "miners.speed", 1, 1000, &into->miners.speed) &&
           read_number(from, "miners.dig_seconds", 0.1, 60, &into->miners.seconds) &&
           read_int(from, "smiths.count", 0, MAX_AGENTS_OF_A_KIND, &into->smiths.count) &&
           read_number(from, "smiths.speed", 1, 1000, &into->smiths.speed) &&
           read_number(from, "smiths.forge_seconds", 0.1, 60, &into->smiths.seconds);
}

bool scene_load(const char *path, scene *loaded)
{
    reader from = {.path = path};
    *loaded = (scene){0};
    config_init(&from.config);
    config_set_auto_convert(&from.config, CONFIG_FALSE);
    bool done;
    if (config_read_file(&from.config, path))
        done = read_scene(&from, loaded);
    else if (config_error_type(&from.config) == CONFIG_ERR_FILE_IO)
        done = (fprintf(stderr, "%s: cannot be read\n", path), false);
    else
        done = complain(&from, config_error_line(&from.config), "syntax", "%s", config_error_text(&from.config));
    config_destroy(&from.config);
    return done;
}
