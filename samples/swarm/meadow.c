// SPDX-License-Identifier: MIT
#include "meadow.h"

#include <string.h>

#include "telar/parallel.h"

struct meadow meadow;

enum { EDGE = 4, TOP = 16 };

vec meadow_anywhere(tl_random *dice)
{
    return somewhere(dice, 8, WIDTH - 8, 20, HEIGHT - 8);
}

warning_event meadow_warning_at(vec at)
{
    return meadow.warnings[(int)(at.y / PART)][(int)(at.x / PART)];
}

void meadow_cry(vec at, vec from)
{
    tl_emit(meadow_warning_at(at), {from});
    meadow.rings[meadow.ring_count % TRAILS] = at;
    meadow.ring_ages[meadow.ring_count++ % TRAILS] = 0;
    ++meadow.warned;
}

static int cell_of(vec at)
{
    return (int)(at.y / CELL) * CELL_COLUMNS + (int)(at.x / CELL);
}

/// A rectangle of cells around a place. The creatures in the cells of one row are contiguous in meadow.seen.
typedef struct rows {
    int top, bottom, left, right;
} rows;

static rows rows_around(vec at, int cells)
{
    int row = (int)(at.y / CELL), column = (int)(at.x / CELL);
    return (rows){
        .top = row > cells ? row - cells : 0,
        .bottom = row + cells < CELL_ROWS ? row + cells : CELL_ROWS - 1,
        .left = column > cells ? column - cells : 0,
        .right = column + cells < CELL_COLUMNS ? column + cells : CELL_COLUMNS - 1,
    };
}

int meadow_nearest_prey(vec at)
{
    int found = -1;
    rows around = rows_around(at, 3);
    for (int row = around.top; row <= around.bottom; ++row) {
        const int *first = &meadow.first_in[row * CELL_COLUMNS];
        for (int i = first[around.left]; i < first[around.right + 1]; ++i) {
            int each = meadow.seen[i].index;
            if (each >= HUNTERS && meadow.all[each].alive &&
                (found < 0 || distance(meadow.all[each].at, at) < distance(meadow.all[found].at, at)))
                found = each;
        }
    }
    return found;
}

/// Keeps one coordinate of a creature on the meadow, and turns its heading round at the edge.
static void keep_within(float *value, float *speed, float least, float most)
{
    if (*value < least || *value > most)
        *speed = -*speed;
    *value = *value < least ? least : *value > most ? most : *value;
}

vec meadow_nearest_to(vec at)
{
    vec unused = {0, 0};
    keep_within(&at.x, &unused.x, EDGE, WIDTH - EDGE);
    keep_within(&at.y, &unused.y, TOP, HEIGHT - EDGE);
    return at;
}

TL_FOR_RANGE_BODY(move_some, struct meadow, all, first, end)
{
    for (size_t i = first; i < end; ++i) {
        creature *each = &all->all[i];
        each->at = add(each->at, each->heading, all->seconds);
        keep_within(&each->at.x, &each->heading.x, EDGE, WIDTH - EDGE);
        keep_within(&each->at.y, &each->heading.y, TOP, HEIGHT - EDGE);
    }
}

/// Sorts the live creatures into meadow.seen by their cells.
static void sort(void)
{
    int *first = meadow.first_in;
    memset(first, 0, sizeof meadow.first_in);
    for (int i = 0; i < CREATURES; ++i)
        first[cell_of(meadow.all[i].at) + 1] += meadow.all[i].alive;
    for (int cell = 0; cell < CELLS; ++cell)
        first[cell + 1] += first[cell];
    int count = first[CELLS];
    for (int i = CREATURES - 1; i >= 0; --i) { // fills each cell backwards: first[cell + 1] becomes its begin
        const creature *each = &meadow.all[i];
        if (each->alive)
            meadow.seen[--first[cell_of(each->at) + 1]] = (seen){each->at, each->heading, i};
    }
    memmove(first, first + 1, CELLS * sizeof *first);
    first[CELLS] = count;
}

static void look_at(view *sees, vec at, const seen *other)
{
    const float far = 14, near = 5;
    vec way = {other->at.x - at.x, other->at.y - at.y};
    float distance = length(way);
    if (distance >= far)
        return;
    ++sees->neighbours;
    sees->middle = add(sees->middle, way, 1);
    sees->heading = add(sees->heading, other->heading, 1);
    if (distance < near && distance > 0)
        sees->crowding = add(sees->crowding, way, (distance - near) / (near * distance));
}

static int nearest_chaser(const struct meadow *all, vec at)
{
    const float far = 30;
    int found = -1;
    for (int i = 0; i < HUNTERS; ++i)
        if (all->all[i].mood == CHASING && distance(all->all[i].at, at) < far &&
            (found < 0 || distance(all->all[i].at, at) < distance(all->all[found].at, at)))
            found = i;
    return found;
}

TL_FOR_RANGE_BODY(look_around, struct meadow, all, first, end)
{
    for (size_t i = first; i < end; ++i) {
        creature *me = &all->all[i];
        view sees = {.hunter = nearest_chaser(all, me->at)};
        rows around = rows_around(me->at, 1);
        for (int row = around.top; row <= around.bottom; ++row) {
            const int *cells = &all->first_in[row * CELL_COLUMNS];
            for (int other = cells[around.left]; other < cells[around.right + 1]; ++other)
                if (all->seen[other].index >= HUNTERS && all->seen[other].index != (int)i)
                    look_at(&sees, me->at, &all->seen[other]);
        }
        if (sees.neighbours > 0) {
            float share = 1 / (float)sees.neighbours;
            sees.middle = add((vec){0, 0}, sees.middle, share);
            sees.heading = add((vec){0, 0}, sees.heading, share);
        }
        me->sees = sees;
    }
}

void meadow_move(tl_world *world, void *unused)
{
    (void)unused;
    enum { GRAIN = 256 };
    meadow.seconds = (float)tl_group_get_info(tl_world_group(world)).delta;
    if (meadow.jobs != NULL) {
        tl_parallel_for(meadow.jobs, CREATURES, GRAIN, move_some, &meadow);
        sort();
        tl_parallel_for(meadow.jobs, CREATURES, GRAIN, look_around, &meadow);
    } else {
        move_some(&meadow, 0, CREATURES);
        sort();
        look_around(&meadow, 0, CREATURES);
    }
    for (int i = 0; i < TRAILS; ++i)
        meadow.ring_ages[i] += meadow.seconds;
}

uint64_t meadow_hash(void)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < CREATURES; ++i) {
        const creature *each = &meadow.all[i];
        uint32_t words[6] = {each->alive, (uint32_t)each->mood};
        memcpy(&words[2], &each->at, sizeof each->at);
        memcpy(&words[4], &each->heading, sizeof each->heading);
        for (int word = 0; word < 6; ++word)
            hash = (hash ^ words[word]) * 0x100000001b3u;
    }
    return hash;
}
