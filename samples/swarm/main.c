// The swarm: 5,000 creatures, each a script of its own. The small ones graze in flocks, warn each other and flee; the
// hunters stalk, chase and rest. Warnings are events: each part of the meadow has one.
//
// The small ones are parallel scripts: all of them steer in each step, beside each other on all cores. What they see of
// their neighbours is what jobs found just before. What others could notice, such as a cry, each does in its turn; so
// the run is the same for any number of workers.
//
//     swarm [--headless] [--frames N] [--seed S] [--workers N] [--screenshot FILE.png]
//
// The last line that it prints tells how it went; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "telar/app.h"
#include "telar/concurrency.h"
#include "telar/parallel.h"
#include "telar/random.h"

enum { CREATURES = 5000, HUNTERS = 40, WIDTH = 640, HEIGHT = 336, TRAILS = 64 };
/// The meadow in parts, each with a warning of its own; and in cells, in which neighbours are looked for.
enum { PART = 32, COLUMNS = WIDTH / PART, ROWS = (HEIGHT + PART - 1) / PART };
enum { CELL = 16, CELL_COLUMNS = WIDTH / CELL, CELL_ROWS = HEIGHT / CELL, CELLS = CELL_COLUMNS * CELL_ROWS };

typedef struct vec {
    float x, y;
} vec;

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

static struct meadow {
    tl_world *world;
    tl_jobs *jobs;
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

static float chance(tl_random *dice, float least, float most)
{
    return least + (most - least) * tl_random_unit(dice);
}

static vec add(vec a, vec b, float times)
{
    return (vec){a.x + b.x * times, a.y + b.y * times};
}

static float length(vec a)
{
    return sqrtf(a.x * a.x + a.y * a.y);
}

static float distance(vec a, vec b)
{
    return length((vec){a.x - b.x, a.y - b.y});
}

/// The same direction at that speed.
static vec at_speed(vec way, float speed)
{
    float now = length(way);
    return now > 0 ? (vec){way.x / now * speed, way.y / now * speed} : (vec){speed, 0};
}

static vec towards(vec from, vec to, float speed)
{
    return at_speed((vec){to.x - from.x, to.y - from.y}, speed);
}

/// One after the other: in an initialiser the compiler would be free to draw the second one first.
static vec somewhere(tl_random *dice, float left, float right, float top, float bottom)
{
    float x = chance(dice, left, right);
    float y = chance(dice, top, bottom);
    return (vec){x, y};
}

static vec anywhere(tl_random *dice)
{
    return somewhere(dice, 8, WIDTH - 8, 20, HEIGHT - 8);
}

static warning_event warning_at(vec at)
{
    return meadow.warnings[(int)(at.y / PART)][(int)(at.x / PART)];
}

/// Cries out, which those in the same part of the meadow hear.
static void cry(vec at, vec from)
{
    tl_emit(warning_at(at), {from});
    meadow.rings[meadow.ring_count % TRAILS] = at;
    meadow.ring_ages[meadow.ring_count++ % TRAILS] = 0;
    ++meadow.warned;
}

// The small ones.

/// Whether a warning was cried in this part of the meadow since it came here.
static bool hears(const creature *me, warning_event *heeds, uint64_t *heard, warning *what)
{
    warning_event here = warning_at(me->at);
    if (here.event.index1 != heeds->event.index1) {
        *heeds = here;
        *heard = tl_event_count(here);
    }
    if (tl_event_count(here) == *heard)
        return false;
    return tl_wait_event_after(here, heard, what, TL_WITHIN(0)) == TL_OK;
}

static float away_from_edge(float value, float most)
{
    const float near = 40;
    return value < near ? 1 : value > most - near ? -1 : 0;
}

/// Goes where its neighbours go, not too near to any, and a little where it likes.
static void graze(creature *me)
{
    const view *sees = &me->sees;
    vec way = add(me->heading, somewhere(&me->dice, -1, 1, -1, 1), 3);
    if (sees->neighbours > 0) {
        way = add(way, sees->middle, 0.04f);
        way = add(way, add(sees->heading, me->heading, -1), 0.06f);
        way = add(way, sees->crowding, 2.5f);
    }
    way = add(way, (vec){away_from_edge(me->at.x, WIDTH), away_from_edge(me->at.y, HEIGHT)}, 2);
    float speed = length(way);
    me->heading = at_speed(way, speed < 6 ? 6 : speed > 26 ? 26 : speed);
}

static void flee(creature *me, vec from)
{
    me->mood = FLEEING;
    vec away = towards(from, me->at, chance(&me->dice, 70, 95));
    me->heading = add(away, somewhere(&me->dice, -20, 20, -20, 20), 1);
    tl_wait_seconds((double)chance(&me->dice, 0.8f, 1.6f));
    me->mood = GRAZING;
}

TL_SCRIPT(grazer, creature *, self)
{
    creature *me = *self;
    me->heading = somewhere(&me->dice, -10, 10, -10, 10);
    warning_event heeds = warning_at(me->at);
    uint64_t heard = tl_event_count(heeds);
    for (;;) {
        warning what;
        if (hears(me, &heeds, &heard, &what)) {
            flee(me, what.from);
        } else if (me->sees.hunter >= 0) {
            tl_wait_turn(); // from here to the next wait nobody else runs, so one cries for all
            if (tl_event_count(heeds) == heard)
                cry(me->at, meadow.all[me->sees.hunter].at);
        } else {
            graze(me); // beside all others
            tl_wait_frame();
        }
    }
}

// The hunters.

static int cell_of(vec at)
{
    return (int)(at.y / CELL) * CELL_COLUMNS + (int)(at.x / CELL);
}

/// The cells in so many rows and columns around a place, row by row: those of one row lie side by side.
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

/// The nearest of the small ones around; -1 for none.
static int nearest_prey(vec at)
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

/// Runs after its prey until it has it.
TL_SCRIPT(catches, creature *, self)
{
    creature *me = *self;
    const creature *prey = &meadow.all[me->prey];
    while (prey->alive && distance(me->at, prey->at) > 4) {
        me->heading = towards(me->at, prey->at, 100);
        tl_wait_frame();
    }
}

static void eat(creature *me)
{
    creature *prey = &meadow.all[me->prey];
    if (!prey->alive || distance(me->at, prey->at) > 4)
        return; // another one was faster
    prey->alive = false;
    tl_entity_destroy(meadow.world, prey->entity);
    ++meadow.eaten;
}

TL_SCRIPT(hunter, creature *, self)
{
    creature *me = *self;
    for (;;) {
        me->mood = STALKING;
        me->heading = towards(me->at, anywhere(&me->dice), 25);
        tl_wait_seconds((double)chance(&me->dice, 0.5f, 2));
        me->prey = nearest_prey(me->at);
        if (me->prey < 0)
            continue;
        me->mood = CHASING;
        if (tl_race(TL_CHILD(catches, me), TL_AFTER((double)chance(&me->dice, 1, 2))) == 0) // or it gives up
            eat(me);
        me->mood = RESTING;
        me->heading = (vec){0, 0};
        tl_wait_seconds((double)chance(&me->dice, 1, 3));
    }
}

static void begin(int index, vec at)
{
    creature *born = &meadow.all[index];
    *born = (creature){.alive = true, .at = at, .prey = -1, .dice.state = tl_random_next(&meadow.dice)};
    born->sees.hunter = -1;
    tl_entity_create(meadow.world, TL_NO_ENTITY, &born->entity);
    tl_script_desc desc = {.owner = born->entity};
    if (index < HUNTERS) {
        tl_spawn_with(meadow.world, &desc, NULL, hunter, born);
    } else {
        desc.phase = TL_PHASE_PARALLEL;
        tl_spawn_with(meadow.world, &desc, NULL, grazer, born);
    }
    ++meadow.born;
}

/// For each that is eaten another one comes out of the woods.
TL_SCRIPT(woods, tl_nothing, unused)
{
    for (;;) {
        for (int i = HUNTERS; i < CREATURES; ++i)
            if (!meadow.all[i].alive)
                begin(i, somewhere(&meadow.dice, 8, 16, 20, HEIGHT - 8));
        tl_wait_seconds(0.5);
    }
}

// What happens between the scripts' turns: all move, and look around.

enum { EDGE = 4, TOP = 16 };

/// Keeps it on the meadow: at the edge it turns round.
static void keep_within(float *value, float *speed, float least, float most)
{
    if (*value < least || *value > most)
        *speed = -*speed;
    *value = *value < least ? least : *value > most ? most : *value;
}

TL_RANGE(move_some, struct meadow, all, first, end)
{
    for (size_t i = first; i < end; ++i) {
        creature *each = &all->all[i];
        each->at = add(each->at, each->heading, all->seconds);
        keep_within(&each->at.x, &each->heading.x, EDGE, WIDTH - EDGE);
        keep_within(&each->at.y, &each->heading.y, TOP, HEIGHT - EDGE);
    }
}

/// Sorts what is to be seen into the cells.
static void sort(void)
{
    int *first = meadow.first_in;
    memset(first, 0, sizeof meadow.first_in);
    for (int i = 0; i < CREATURES; ++i)
        first[cell_of(meadow.all[i].at) + 1] += meadow.all[i].alive;
    for (int cell = 0; cell < CELLS; ++cell)
        first[cell + 1] += first[cell];
    int count = first[CELLS];
    for (int i = CREATURES - 1; i >= 0; --i) { // each cell is filled from its end on, and so is left with its beginning
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

TL_RANGE(look_around, struct meadow, all, first, end)
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

static void move_all(tl_world *world, void *unused)
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

static bool open(tl_app *app)
{
    tl_world_desc desc = {
        .max_scripts = CREATURES + HUNTERS + 1, .stack_size = 16384, .physics = move_all, .jobs = app->jobs};
    tl_result result = tl_world_create(&desc, &app->world);
    meadow.world = app->world;
    meadow.jobs = app->jobs;
    meadow.dice.state = app->seed;
    for (int row = 0; row < ROWS && result == TL_OK; ++row)
        for (int column = 0; column < COLUMNS && result == TL_OK; ++column)
            result = tl_event_create(app->world, TL_NO_ENTITY, "a warning", &meadow.warnings[row][column]);
    for (int i = 0; i < CREATURES && result == TL_OK; ++i)
        begin(i, anywhere(&meadow.dice));
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, woods, {0});
    if (result != TL_OK)
        fprintf(stderr, "swarm: %s\n", tl_result_string(result));
    return result == TL_OK;
}

static void draw_ring(tl_app *app, vec at, float age)
{
    enum { POINTS = 28 };
    float radius = 4 + age * 60, fade = 1 - age / 0.6f;
    for (int i = 0; i < POINTS; ++i) {
        float angle = (float)i * (6.2831853f / POINTS);
        tl_draw_rect(app->window, at.x + cosf(angle) * radius, at.y + sinf(angle) * radius, 1, 1,
                     tl_rgba(0xff, 0xd8, 0x66, (int)(fade * 200)));
    }
}

/// Grazing ones by where they go, so that flocks can be told apart.
static tl_color color_of(const creature *each)
{
    static const tl_color colors[] = {
        [FLEEING] = {0xff, 0xf0, 0xa8, 0xff},
        [STALKING] = {0xd8, 0x59, 0x2f, 0xff},
        [CHASING] = {0xff, 0x3b, 0x30, 0xff},
        [RESTING] = {0x8a, 0x3a, 0x2a, 0xff},
    };
    if (each->mood != GRAZING)
        return colors[each->mood];
    vec way = at_speed(each->heading, 1);
    return TL_COLOR(0x58 + (int)(way.y * 40), 0xb0 + (int)(way.x * 48), 0x98 - (int)(way.x * 64));
}

static void draw_creature(tl_app *app, const creature *each)
{
    bool hunts = each < meadow.all + HUNTERS;
    float size = hunts ? 5 : 2, seconds = (float)(app->alpha - 1) / 60;
    vec at = add(each->at, each->heading, seconds), way = at_speed(each->heading, 1);
    if (hunts)
        tl_draw_rect(app->window, at.x - 4, at.y - 4, 8, 8, tl_rgba(0xff, 0x3b, 0x30, each->mood == CHASING ? 90 : 30));
    tl_color color = color_of(each);
    tl_draw_rect(app->window, at.x - size / 2, at.y - size / 2, size, size, color);
    color.alpha = 110;
    if (!hunts)
        tl_draw_rect(app->window, at.x - way.x * 2 - 0.5f, at.y - way.y * 2 - 0.5f, 1, 1, color);
}

static void draw_counts(tl_app *app)
{
    int moods[5] = {0};
    for (int i = 0; i < CREATURES; ++i)
        moods[meadow.all[i].mood] += meadow.all[i].alive;
    char text[256], time[32];
    tl_app_describe_time(app, time, sizeof time);
    tl_jobs_info jobs = {0};
    if (app->jobs != NULL)
        tl_jobs_get_info(app->jobs, &jobs);
    snprintf(text, sizeof text, "scripts %u   workers %u   fleeing %d   chasing %d   eaten %u   %s   %.1f ms",
             tl_script_count(app->world), jobs.workers, moods[FLEEING], moods[CHASING], meadow.eaten, time,
             app->frame_seconds * 1000);
    tl_draw_rect(app->window, 0, 0, WIDTH, 13, tl_rgba(0x10, 0x16, 0x14, 200));
    tl_draw_text(app->window, app->font, 6, 3, TL_COLOR(0xd8, 0xde, 0xe6), text);
    tl_app_draw_keys(app, "click: a hunter there");
}

static void draw(tl_app *app)
{
    tl_window_clear(app->window, TL_COLOR(0x10, 0x16, 0x14));
    for (int row = 0; row < ROWS; ++row)
        for (int column = row % 2; column < COLUMNS; column += 2)
            tl_draw_rect(app->window, (float)column * PART, (float)row * PART, PART, PART, TL_COLOR(0x14, 0x1c, 0x18));
    for (int i = 0; i < TRAILS; ++i)
        if ((uint32_t)i < meadow.ring_count && meadow.ring_ages[i] < 0.6f)
            draw_ring(app, meadow.rings[i], meadow.ring_ages[i]);
    for (int i = CREATURES - 1; i >= 0; --i) // the hunters on top
        if (meadow.all[i].alive)
            draw_creature(app, &meadow.all[i]);
    draw_counts(app);
}

/// Brings the hunter that is farthest away.
static void click(tl_app *app, tl_click where)
{
    (void)app;
    vec at = {(float)where.x, (float)where.y}, unused = {0, 0};
    keep_within(&at.x, &unused.x, EDGE, WIDTH - EDGE);
    keep_within(&at.y, &unused.y, TOP, HEIGHT - EDGE);
    int farthest = 0;
    for (int i = 1; i < HUNTERS; ++i)
        if (distance(meadow.all[i].at, at) > distance(meadow.all[farthest].at, at))
            farthest = i;
    meadow.all[farthest].at = at;
    cry(at, at);
    printf("swarm: a hunter comes\n");
}

static uint64_t hash_all(void)
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

static bool report(tl_app *app)
{
    uint32_t alive = 0;
    for (int i = 0; i < CREATURES; ++i)
        alive += meadow.all[i].alive;
    printf("swarm: frames=%" PRIu64 " alive=%u born=%u eaten=%u warnings=%u hash=%016" PRIx64 "\n",
           tl_world_get_time(app->world).steps, alive, meadow.born, meadow.eaten, meadow.warned, hash_all());
    bool balances = meadow.born == alive + meadow.eaten && tl_entity_count(app->world) == alive;
    if (!balances)
        fprintf(stderr, "swarm: somebody is missing\n");
    return balances;
}

int main(int argc, char **argv)
{
    return tl_app_main(argc, argv,
                       &(tl_app_desc){.name = "swarm",
                                      .title = "Telar: the swarm",
                                      .assets = TELAR_ASSETS,
                                      .uses_jobs = true,
                                      .open = open,
                                      .draw = draw,
                                      .click = click,
                                      .report = report});
}
