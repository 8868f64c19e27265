// The factory: miners dig ore and put it on a belt, smiths take it and forge it. Each of them is one script.
//
//     factory [--headless] [--frames N] [--seed S] [--scene FILE] [--screenshot FILE.png]
//
// The last line that it prints tells how it went; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "factory.h"
#include "telar/clock.h"
#include "telar/overflow.h"
#include "telar/window.h"
#include "view.h"

typedef struct options {
    bool headless;
    uint64_t frames; ///< 0: until it is closed, or 600 without a window
    uint64_t seed;
    const char *scene, *screenshot;
} options;

enum { HEADLESS_FRAMES = 600 };

static int usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--headless] [--frames N] [--seed S] [--scene FILE] [--screenshot FILE.png]\n"
            "  --headless         no window: do the steps as fast as they go\n"
            "  --frames N         stop after N steps (default: 600 without a window, else none)\n"
            "  --seed S           which of the possible runs (default 1)\n"
            "  --scene FILE       what the factory looks like (default assets/factory.cfg)\n"
            "  --screenshot FILE  save the last picture; in a window also on key p\n",
            program);
    return 2;
}

static bool read_count(const char *text, uint64_t *count)
{
    char *end = NULL;
    *count = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool read_options(int argc, char **argv, options *chosen)
{
    for (int i = 1; i < argc; ++i) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--headless") == 0) {
            chosen->headless = true;
            continue;
        }
        if (value == NULL)
            return false;
        if (strcmp(argv[i], "--frames") == 0 && read_count(value, &chosen->frames))
            ++i;
        else if (strcmp(argv[i], "--seed") == 0 && read_count(value, &chosen->seed))
            ++i;
        else if (strcmp(argv[i], "--scene") == 0)
            chosen->scene = argv[++i];
        else if (strcmp(argv[i], "--screenshot") == 0)
            chosen->screenshot = argv[++i];
        else
            return false;
    }
    if (chosen->headless && chosen->frames == 0)
        chosen->frames = HEADLESS_FRAMES;
    return true;
}

typedef struct show {
    options options;
    factory factory;
    view view;
    tl_clock clock;
    tl_window *window;
    bool quit, picture_wanted;
} show;

static bool is_over(const show *of)
{
    return of->quit || (of->options.frames > 0 && tl_world_get_time(of->factory.world).steps >= of->options.frames);
}

static void step(show *of)
{
    factory_step(&of->factory);
    view_note_step(&of->view, &of->factory);
}

static void change_speed(show *of, double factor)
{
    double speed = of->view.speed * factor;
    if (speed >= 0.125 && speed <= 8)
        of->clock.scale = of->view.speed = speed;
    printf("factory: speed x%g\n", of->view.speed);
}

static void add(show *of, agent_kind kind)
{
    const agent *hired = factory_add(&of->factory, kind);
    if (hired != NULL)
        printf("factory: added %s\n", hired->name);
    else
        printf("factory: no room for another\n");
}

static void kill_selected(show *of)
{
    if (of->view.selected == NULL)
        return;
    printf("factory: killed %s\n", of->view.selected->name);
    factory_kill(of->view.selected);
    of->view.selected = NULL;
}

static void press(show *of, int key)
{
    switch (key) {
    case ' ':
        of->clock.paused = of->view.paused = !of->view.paused;
        printf("factory: %s at frame %" PRIu64 "\n", of->view.paused ? "paused" : "goes on",
               tl_world_get_time(of->factory.world).steps);
        break;
    case '.':
        of->clock.paused = of->view.paused = true;
        step(of);
        printf("factory: stepped to frame %" PRIu64 "\n", tl_world_get_time(of->factory.world).steps);
        break;
    case '-': change_speed(of, 0.5); break;
    case '=':
    case '+': change_speed(of, 2); break;
    case 'k': kill_selected(of); break;
    case 'a': add(of, MINER); break;
    case 's': add(of, SMITH); break;
    case 'p':
    case TL_KEY_F12: of->picture_wanted = true; break;
    case 'q':
    case TL_KEY_ESCAPE: of->quit = true; break;
    default: break;
    }
}

static void click(show *of, tl_click where)
{
    view_click(&of->view, &of->factory, (float)where.x, (float)where.y);
    printf("factory: selected %s\n", of->view.selected != NULL ? of->view.selected->name : "nobody");
}

static void handle(show *of, const tl_input *input)
{
    for (int i = 0; i < input->key_count; ++i)
        press(of, input->keys[i]);
    for (int i = 0; i < input->click_count; ++i)
        click(of, input->clicks[i]);
}

/// False when it could not be saved.
static bool save_picture(show *of)
{
    const char *path = of->options.screenshot != NULL ? of->options.screenshot : "factory.png";
    tl_result saved = tl_window_save(of->window, path);
    if (saved == TL_OK)
        printf("factory: picture saved as %s\n", path);
    else
        fprintf(stderr, "factory: %s: %s: %s\n", path, tl_result_string(saved), tl_window_error());
    of->picture_wanted = false;
    return saved == TL_OK;
}

static void run_in_window(show *of)
{
    tl_input input;
    tl_window_seconds(of->window);
    while (!is_over(of) && tl_window_poll(of->window, &input)) {
        handle(of, &input);
        double seconds = tl_window_seconds(of->window);
        view_note_frame(&of->view, seconds);
        for (int n = tl_clock_advance(&of->clock, seconds); n > 0 && !is_over(of); --n)
            step(of);
        view_draw(&of->view, &of->factory, tl_clock_alpha(&of->clock));
        if (of->picture_wanted)
            save_picture(of);
        tl_window_present(of->window);
        fflush(stdout);
    }
}

/// Only the frames that a picture's graph of frame times would show are drawn.
static bool is_drawn(const show *of)
{
    return of->options.screenshot != NULL &&
           tl_world_get_time(of->factory.world).steps + PLOT_POINTS >= of->options.frames;
}

static void run_headless(show *of)
{
    while (!is_over(of)) {
        bool drawn = is_drawn(of);
        tl_window_seconds(of->window);
        step(of);
        if (drawn)
            view_draw(&of->view, &of->factory, 1);
        view_note_frame(&of->view, tl_window_seconds(of->window));
    }
}

static void select_first_smith(show *of)
{
    for (agent *each = of->factory.agents; each < of->factory.agents + MAX_AGENTS; ++each)
        if (each->used && each->kind == SMITH && of->view.selected == NULL)
            of->view.selected = each;
}

static bool open_show(show *of)
{
    scene plan;
    if (!scene_load(of->options.scene, &plan))
        return false;
    tl_result result = tl_window_create(
        &(tl_window_desc){.title = "Telar: the factory", .headless = of->options.headless}, &of->window);
    if (result == TL_OK)
        result = view_open(&of->view, of->window, TELAR_ASSETS);
    if (result != TL_OK) {
        fprintf(stderr, "factory: %s: %s\n", tl_result_string(result), tl_window_error());
        return false;
    }
    result = factory_open(&of->factory, &plan, of->options.seed);
    if (result != TL_OK)
        fprintf(stderr, "factory: %s\n", tl_result_string(result));
    return result == TL_OK;
}

static bool report(const show *of)
{
    const factory *it = &of->factory;
    printf("factory: frames=%" PRIu64 " produced=%u consumed=%u on_belt=%u carried=%u hash=%016" PRIx64 "\n",
           tl_world_get_time(it->world).steps, it->produced, it->consumed, tl_channel_count(it->belt),
           factory_carried(it), factory_hash(it));
    if (!factory_balances(it))
        fprintf(stderr, "factory: the books do not balance\n");
    return factory_balances(it);
}

static bool run(show *of)
{
    if (!open_show(of))
        return false;
    if (of->options.headless) {
        select_first_smith(of); // so that the picture shows what there is to see
        run_headless(of);
    } else {
        run_in_window(of);
    }
    bool done = true;
    if (of->options.screenshot != NULL) {
        view_draw(&of->view, &of->factory, 1);
        done = save_picture(of);
    }
    return report(of) && done;
}

int main(int argc, char **argv)
{
    static show it = {.options = {.seed = 1, .scene = TELAR_ASSETS "/factory.cfg"}};
    if (!read_options(argc, argv, &it.options))
        return usage(argv[0]);
    tl_overflow_report_enable();
    bool done = run(&it);
    factory_close(&it.factory);
    view_close(&it.view);
    tl_window_destroy(it.window);
    return done ? 0 : 1;
}
