// The swarm: 5,000 creatures, each a script of its own. The small ones graze, warn each other and flee; the hunters
// stalk, chase and rest. Warnings are events: each part of the meadow has one, which those who are there wait for.
//
//     swarm [--headless] [--frames N] [--seed S] [--screenshot FILE.png]
//
// The last line that it prints tells how it went; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "telar/app.h"
#include "telar/concurrency.h"
#include "telar/random.h"

enum { CREATURES = 5000, HUNTERS = 40, WIDTH = 640, HEIGHT = 336, CELL = 32 };
enum { COLUMNS = WIDTH / CELL, ROWS = (HEIGHT + CELL - 1) / CELL, TRAILS = 64 };

typedef struct vec {
    float x, y;
} vec;

typedef enum mood { GRAZING, FLEEING, STALKING, CHASING, RESTING } mood;

typedef struct creature {
    tl_entity entity; ///< its end is the script's
    bool alive;
    mood mood;
    vec at, heading; ///< pixels; pixels a second
    int prey;        ///< a hunter's; -1 for none
    int next;        ///< in the list of its cell
} creature;

typedef struct warning {
    vec from; ///< where the hunter is
} warning;

typedef TL_EVENT(warning) warning_event;

static struct meadow {
    tl_world *world;
    tl_random dice;
    creature all[CREATURES]; ///< the hunters come first
    int first_in[ROWS][COLUMNS];
    warning_event warnings[ROWS][COLUMNS];
    uint32_t born, eaten, warned;
    vec rings[TRAILS]; ///< where warnings were cried of late, in a ring
    float ring_ages[TRAILS];
    uint32_t ring_count;
} meadow;

static float chance(float least, float most)
{
    return least + (most - least) * tl_random_unit(&meadow.dice);
}

static vec towards(vec from, vec to, float speed)
{
    vec way = {to.x - from.x, to.y - from.y};
    float length = sqrtf(way.x * way.x + way.y * way.y);
    return length > 0 ? (vec){way.x / length * speed, way.y / length * speed} : (vec){speed, 0};
}

static float distance(vec a, vec b)
{
    return sqrtf((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

/// One after the other: in an initialiser the compiler would be free to draw the second one first.
static vec somewhere(float left, float right, float top, float bottom)
{
    float x = chance(left, right);
    float y = chance(top, bottom);
    return (vec){x, y};
}

static vec anywhere(void)
{
    return somewhere(8, WIDTH - 8, 8, HEIGHT - 8);
}

static int column_of(vec at)
{
    return (int)(at.x / CELL);
}

static int row_of(vec at)
{
    return (int)(at.y / CELL);
}

static warning_event warning_at(vec at)
{
    return meadow.warnings[row_of(at)][column_of(at)];
}

/// Cries out, which those in the same part of the meadow hear.
static void cry(vec at, vec from)
{
    tl_emit(warning_at(at), {from});
    meadow.rings[meadow.ring_count % TRAILS] = at;
    meadow.ring_ages[meadow.ring_count++ % TRAILS] = 0;
    ++meadow.warned;
}

static void flee(creature *me, vec from)
{
    me->mood = FLEEING;
    vec away = towards(from, me->at, chance(70, 95));
    vec swerve = somewhere(-20, 20, -20, 20);
    me->heading = (vec){away.x + swerve.x, away.y + swerve.y};
    tl_wait_seconds((double)chance(0.8f, 1.6f));
    me->mood = GRAZING;
}

TL_SCRIPT(grazer, creature *, self)
{
    creature *me = *self;
    for (;;) {
        float speed = chance(2, 10);
        me->heading = towards(me->at, anywhere(), speed);
        warning heard;
        if (tl_wait_event(warning_at(me->at), &heard, TL_WITHIN((double)chance(0.5f, 3))) == TL_OK)
            flee(me, heard.from);
    }
}

/// The nearest of the small ones in the nine cells around; -1 for none.
static int nearest_prey(vec at)
{
    int found = -1;
    for (int row = row_of(at) - 1; row <= row_of(at) + 1; ++row)
        for (int column = column_of(at) - 1; column <= column_of(at) + 1; ++column) {
            if (row < 0 || row >= ROWS || column < 0 || column >= COLUMNS)
                continue;
            for (int each = meadow.first_in[row][column]; each >= 0; each = meadow.all[each].next)
                if (each >= HUNTERS && meadow.all[each].alive &&
                    (found < 0 || distance(meadow.all[each].at, at) < distance(meadow.all[found].at, at)))
                    found = each;
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
        me->heading = towards(me->at, anywhere(), 25);
        tl_wait_seconds((double)chance(0.5f, 2));
        me->prey = nearest_prey(me->at);
        if (me->prey < 0)
            continue;
        me->mood = CHASING;
        cry(meadow.all[me->prey].at, me->at);
        if (tl_race(TL_CHILD(catches, me), TL_AFTER((double)chance(1, 2))) == 0) // or it gives up
            eat(me);
        me->mood = RESTING;
        me->heading = (vec){0, 0};
        tl_wait_seconds((double)chance(1, 3));
    }
}

static void begin(int index, vec at)
{
    creature *born = &meadow.all[index];
    *born = (creature){.alive = true, .at = at, .prey = -1};
    tl_entity_create(meadow.world, TL_NO_ENTITY, &born->entity);
    if (index < HUNTERS)
        tl_spawn(meadow.world, born->entity, NULL, hunter, born);
    else
        tl_spawn(meadow.world, born->entity, NULL, grazer, born);
    ++meadow.born;
}

/// For each that is eaten another one comes out of the woods.
TL_SCRIPT(woods, tl_nothing, unused)
{
    for (;;) {
        for (int i = HUNTERS; i < CREATURES; ++i)
            if (!meadow.all[i].alive)
                begin(i, somewhere(8, 16, 8, HEIGHT - 8));
        tl_wait_seconds(0.5);
    }
}

static float within(float value, float most)
{
    return value < 4 ? 4 : value > most - 4 ? most - 4 : value;
}

/// Moves all, and sorts them into the cells.
static void move_all(tl_world *world, void *unused)
{
    (void)unused;
    float seconds = (float)tl_group_get_info(tl_world_group(world)).delta;
    memset(meadow.first_in, 0xff, sizeof meadow.first_in);
    for (int i = 0; i < CREATURES; ++i) {
        creature *each = &meadow.all[i];
        each->at.x = within(each->at.x + each->heading.x * seconds, WIDTH);
        each->at.y = within(each->at.y + each->heading.y * seconds, HEIGHT);
        int *cell = &meadow.first_in[row_of(each->at)][column_of(each->at)];
        each->next = *cell;
        *cell = i;
    }
    for (int i = 0; i < TRAILS; ++i)
        meadow.ring_ages[i] += seconds;
}

static bool open(tl_app *app)
{
    tl_world_desc desc = {.max_scripts = CREATURES + HUNTERS + 1, .stack_size = 16384, .physics = move_all};
    tl_result result = tl_world_create(&desc, &app->world);
    meadow.world = app->world;
    meadow.dice.state = app->seed;
    for (int row = 0; row < ROWS && result == TL_OK; ++row)
        for (int column = 0; column < COLUMNS && result == TL_OK; ++column)
            result = tl_event_create(app->world, TL_NO_ENTITY, "a warning", &meadow.warnings[row][column]);
    for (int i = 0; i < CREATURES && result == TL_OK; ++i)
        begin(i, anywhere());
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

static void draw_creature(tl_app *app, const creature *each)
{
    static const tl_color colors[] = {
        [GRAZING] = {0x5f, 0xb3, 0x7a, 0xff},  [FLEEING] = {0xff, 0xf0, 0xa8, 0xff},
        [STALKING] = {0xd8, 0x59, 0x2f, 0xff}, [CHASING] = {0xff, 0x3b, 0x30, 0xff},
        [RESTING] = {0x8a, 0x3a, 0x2a, 0xff},
    };
    bool hunts = each < meadow.all + HUNTERS;
    float size = hunts ? 5 : 2, seconds = (float)(app->alpha - 1) / 60;
    float x = each->at.x + each->heading.x * seconds, y = each->at.y + each->heading.y * seconds;
    if (hunts)
        tl_draw_rect(app->window, x - 4, y - 4, 8, 8, tl_rgba(0xff, 0x3b, 0x30, each->mood == CHASING ? 90 : 30));
    tl_draw_rect(app->window, x - size / 2, y - size / 2, size, size, colors[each->mood]);
}

static void draw_counts(tl_app *app)
{
    int moods[5] = {0};
    for (int i = 0; i < CREATURES; ++i)
        moods[meadow.all[i].mood] += meadow.all[i].alive;
    char text[256], time[32];
    tl_app_describe_time(app, time, sizeof time);
    snprintf(text, sizeof text, "scripts %u   grazing %d   fleeing %d   chasing %d   eaten %u   %s   %.1f ms",
             tl_script_count(app->world), moods[GRAZING], moods[FLEEING], moods[CHASING], meadow.eaten, time,
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
            tl_draw_rect(app->window, (float)column * CELL, (float)row * CELL, CELL, CELL, TL_COLOR(0x14, 0x1c, 0x18));
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
    vec at = {within((float)where.x, WIDTH), within((float)where.y, HEIGHT)};
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
                                      .open = open,
                                      .draw = draw,
                                      .click = click,
                                      .report = report});
}
