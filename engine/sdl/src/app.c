// SPDX-License-Identifier: MIT
#include "telar/app.h"

#include <SDL.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telar/dump.h"
#include "telar/overflow.h"
#include "telar/script.h"
#include "telar/trace.h"
#ifdef TELAR_HAS_INSPECTOR
#include "telar/inspector.h"
#endif
#ifdef TELAR_HAS_WATCHDOG
#include "telar/watchdog.h"
#endif

#define DEFAULT_WORKERS UINT64_MAX
#define NO_INSPECTOR UINT64_MAX
enum { HEADLESS_STEPS = 600, WINDOW_HEIGHT = 360 };

static void print_usage(FILE *file, const char *program, const tl_app_desc *desc)
{
    fprintf(file,
            "usage: %s [options]\n"
            "  --headless         no window: do the steps as fast as they go\n"
            "  --steps N          stop after N steps (default: %" PRIu64 " without a window, else none)\n"
            "  --seed S           which of the possible runs (default 1)\n"
            "  --screenshot FILE  save the last picture; in a window also on key p\n"
            "  --trace FILE       save a trace of the run, or of its end, for https://ui.perfetto.dev\n"
            "  --slow-frame MS    save a trace of the 5 s before each frame that takes longer than MS milliseconds\n"
#ifdef TELAR_HAS_INSPECTOR
            "  --inspector PORT   serve a page that shows what the scripts do; 0: on a port that is free\n"
#endif
            "%s%s",
            program, desc->headless_steps > 0 ? desc->headless_steps : HEADLESS_STEPS,
            desc->uses_jobs ? "  --workers N        threads that jobs run on; 0: no jobs (default: one for each CPU)\n"
                            : "",
            desc->usage != NULL ? desc->usage : "");
}

static bool read_count(const char *text, uint64_t *count)
{
    char *end = NULL;
    *count = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

/// Reads an option with a value. Returns false if there is no such option or the value is not valid.
static bool read_option(tl_app *app, const char *name, const char *value)
{
    if (strcmp(name, "--steps") == 0)
        return read_count(value, &app->steps);
    if (strcmp(name, "--seed") == 0)
        return read_count(value, &app->seed);
    if (strcmp(name, "--screenshot") == 0)
        return (app->screenshot = value) != NULL;
    if (strcmp(name, "--trace") == 0)
        return (app->trace = value) != NULL;
    if (strcmp(name, "--slow-frame") == 0)
        return read_count(value, &app->slow_frame) && app->slow_frame > 0;
#ifdef TELAR_HAS_INSPECTOR
    if (strcmp(name, "--inspector") == 0)
        return read_count(value, &app->inspector_port) && app->inspector_port <= UINT16_MAX;
#endif
    if (strcmp(name, "--workers") == 0 && app->desc->uses_jobs)
        return read_count(value, &app->workers) && app->workers <= TL_WORKERS_MAX;
    return app->desc->option != NULL && app->desc->option(app, name, value);
}

static bool read_options(tl_app *app, int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--headless") == 0)
            app->headless = true;
        else if (i + 1 < argc && read_option(app, argv[i], argv[i + 1]))
            ++i;
        else {
            fprintf(stderr, "%s: %s %s: no such option, or not a value that it takes\n", argv[0], argv[i],
                    i + 1 < argc ? argv[i + 1] : "(no value)");
            return false;
        }
    }
    if (app->headless && app->steps == 0)
        app->steps = app->desc->headless_steps > 0 ? app->desc->headless_steps : HEADLESS_STEPS;
    return true;
}

static uint64_t step_count(const tl_app *app)
{
    return tl_world_get_time(app->world).steps;
}

static bool is_over(const tl_app *app)
{
    return app->quit || (app->steps > 0 && step_count(app) >= app->steps);
}

static void step(tl_app *app)
{
    if (app->desc->step != NULL)
        app->desc->step(app);
    else
        tl_world_step(app->world);
}

static void draw(tl_app *app, double alpha)
{
    app->alpha = alpha;
    if (app->desc->draw != NULL)
        app->desc->draw(app);
    tl_world_end_frame(app->world);
}

static void change_speed(tl_app *app, double factor)
{
    double speed = app->speed * factor;
    if (speed >= 0.125 && speed <= 8)
        app->clock.scale = app->speed = speed;
    printf("%s: speed x%g\n", app->desc->name, app->speed);
}

/// Why a call of the library failed. Must follow it, because of errno.
static const char *why_failed(tl_result result)
{
    return result == TL_ERROR_SYSTEM && errno != 0 ? strerror(errno) : tl_result_string(result);
}

// Traces. What the option --trace asks for is the whole run, or what the rings still have of it.

enum { TRACE_SECONDS = 5, MOST_SLOW_FRAMES = 10 };

static void start_trace(tl_app *app)
{
    tl_trace_name_thread("main");
    if ((app->trace != NULL || app->slow_frame > 0) && tl_trace_start(NULL) != TL_OK)
        fprintf(stderr, "%s: there is no memory to trace\n", app->desc->name);
}

static bool save_trace(const tl_app *app, const char *path, double seconds)
{
    tl_result saved = tl_trace_save(path, seconds);
    if (saved == TL_OK)
        printf("%s: trace saved as %s after %" PRIu64 " turns of scripts\n", app->desc->name, path,
               tl_world_turns(app->world));
    else
        fprintf(stderr, "%s: %s: %s\n", app->desc->name, path, why_failed(saved));
    return saved == TL_OK;
}

/// Saves a trace of the latest seconds; the first time, begins to trace.
static void trace_on_key(tl_app *app)
{
    tl_result started = tl_trace_is_on() ? TL_ERROR_BUSY : tl_trace_start(NULL);
    if (started == TL_ERROR_OUT_OF_MEMORY)
        fprintf(stderr, "%s: there is no memory to trace\n", app->desc->name);
    if (started == TL_OK)
        printf("%s: tracing; the next time this key saves the latest %d s\n", app->desc->name, TRACE_SECONDS);
    if (started != TL_ERROR_BUSY)
        return;
    char path[256];
    snprintf(path, sizeof path, "%s.pftrace", app->desc->name);
    save_trace(app, path, TRACE_SECONDS);
}

static void end_frame(tl_app *app)
{
    double milliseconds = tl_trace_frame() * 1000;
    if (app->slow_frame == 0 || milliseconds <= (double)app->slow_frame || app->slow_frames == MOST_SLOW_FRAMES)
        return;
    char path[256];
    snprintf(path, sizeof path, "%s-slow-%u.pftrace", app->desc->name, ++app->slow_frames);
    printf("%s: a frame took %.1f ms\n", app->desc->name, milliseconds);
    save_trace(app, path, TRACE_SECONDS);
}

// The inspector's page, which works by the clock.

static bool start_inspector(tl_app *app)
{
#ifdef TELAR_HAS_INSPECTOR
    if (app->inspector_port == NO_INSPECTOR)
        return true;
    tl_result result = tl_inspector_start(&(tl_inspector_desc){.world = app->world,
                                                               .clock = &app->clock,
                                                               .jobs = app->jobs,
                                                               .name = app->desc->name,
                                                               .port = (uint16_t)app->inspector_port},
                                          &app->inspector);
    if (result != TL_OK) {
        fprintf(stderr, "%s: the inspector does not start: %s\n", app->desc->name, why_failed(result));
        return false;
    }
    printf("%s: inspector: %s\n", app->desc->name, tl_inspector_url(app->inspector));
    fflush(stdout);
#endif
    (void)app;
    return true;
}

static void inspect_frame(tl_app *app)
{
#ifdef TELAR_HAS_INSPECTOR
    if (app->inspector == NULL)
        return;
    tl_inspector_frame(app->inspector);
    app->paused = app->clock.paused;
    app->speed = app->clock.scale > 0 ? app->clock.scale : 1;
#endif
    (void)app;
}

static void stop_inspector(tl_app *app)
{
#ifdef TELAR_HAS_INSPECTOR
    tl_inspector_stop(app->inspector);
#endif
    (void)app;
}

static void press(tl_app *app, int key)
{
    switch (key) {
    case ' ':
        app->clock.paused = app->paused = !app->paused;
        printf("%s: %s at step %" PRIu64 "\n", app->desc->name, app->paused ? "paused" : "resumed", step_count(app));
        break;
    case '.':
        app->clock.paused = app->paused = true;
        step(app);
        printf("%s: stepped, now at step %" PRIu64 "\n", app->desc->name, step_count(app));
        break;
    case '-': change_speed(app, 0.5); break;
    case '=':
    case '+': change_speed(app, 2); break;
    case TL_KEY_F1:
        tl_dump(NULL);
        printf("%s: dumped at step %" PRIu64 "\n", app->desc->name, step_count(app));
        break;
    case TL_KEY_F2: trace_on_key(app); break;
    case 'p':
    case TL_KEY_F12: app->picture_wanted = true; break;
    case 'q':
    case TL_KEY_ESCAPE: app->quit = true; break;
    default:
        if (app->desc->key != NULL)
            app->desc->key(app, key);
    }
}

static void handle(tl_app *app, const tl_input *input)
{
    for (int i = 0; i < input->key_count; ++i)
        press(app, input->keys[i]);
    for (int i = 0; i < input->click_count && app->desc->click != NULL; ++i)
        app->desc->click(app, input->clicks[i]);
}

/// Saves the window's picture. Returns false if that fails.
static bool save_picture(tl_app *app)
{
    char path[256];
    snprintf(path, sizeof path, "%s.png", app->desc->name);
    const char *to = app->screenshot != NULL ? app->screenshot : path;
    tl_result saved = tl_window_save(app->window, to);
    if (saved == TL_OK)
        printf("%s: picture saved as %s\n", app->desc->name, to);
    else
        fprintf(stderr, "%s: %s: %s: %s\n", app->desc->name, to, tl_result_string(saved), tl_window_error());
    app->picture_wanted = false;
    return saved == TL_OK;
}

static void run_in_window(tl_app *app)
{
    tl_input input;
    tl_window_seconds(app->window);
    while (!is_over(app) && tl_window_poll(app->window, &input)) {
        tl_dump_if_asked(NULL);
        inspect_frame(app);
        handle(app, &input);
        app->frame_seconds = tl_window_seconds(app->window);
        for (int n = tl_clock_advance(&app->clock, app->frame_seconds); n > 0 && !is_over(app); --n)
            step(app);
        draw(app, tl_clock_alpha(&app->clock));
        if (app->picture_wanted)
            save_picture(app);
        tl_window_present(app->window);
        end_frame(app);
        fflush(stdout);
    }
}

/// Whether a headless run draws the current frame: only if the screenshot may show something of it.
static bool is_drawn(const tl_app *app)
{
    uint64_t shown = app->desc->picture_frames > 0 ? app->desc->picture_frames : 1;
    return app->screenshot != NULL && step_count(app) + shown >= app->steps;
}

static void run_headless(tl_app *app)
{
    while (!is_over(app)) {
        bool drawn = is_drawn(app);
        tl_dump_if_asked(NULL);
        inspect_frame(app);
        int steps = app->clock.paused ? tl_clock_advance(&app->clock, 0) : 1;
        if (steps == 0) {
            SDL_Delay(5); // until the page says otherwise
            continue;
        }
        tl_window_seconds(app->window);
        for (; steps > 0 && !is_over(app); --steps)
            step(app);
        if (drawn)
            draw(app, 1);
        else
            tl_world_end_frame(app->world);
        end_frame(app);
        app->frame_seconds = tl_window_seconds(app->window);
    }
}

static bool make_jobs(tl_app *app)
{
    if (!app->desc->uses_jobs || app->workers == 0)
        return true;
    tl_job_system_desc jobs = {.workers = app->workers != DEFAULT_WORKERS ? (uint32_t)app->workers
                                          : app->desc->main_never_helps   ? (uint32_t)SDL_GetCPUCount() + 1
                                                                          : 0};
    tl_result result = tl_job_system_create(&jobs, &app->jobs);
    if (result != TL_OK)
        fprintf(stderr, "%s: %s\n", app->desc->name, why_failed(result));
    return result == TL_OK;
}

/// Makes the world if the game did not, and spawns the first script.
static bool make_world(tl_app *app)
{
    tl_result result = TL_OK;
    if (app->world == NULL)
        result = tl_world_create(&(tl_world_desc){.jobs = app->jobs}, &app->world);
    if (result == TL_OK && app->desc->script != NULL)
        result = tl_spawn_raw(app->world, NULL, app->desc->script, &(tl_nothing){0}, NULL, NULL);
    if (result != TL_OK)
        fprintf(stderr, "%s: %s\n", app->desc->name, why_failed(result));
    return result == TL_OK;
}

static bool open_app(tl_app *app)
{
    const tl_app_desc *desc = app->desc;
    if (desc->script != NULL && desc->script->args_size != sizeof(tl_nothing)) {
        fprintf(stderr, "%s: the first script, %s, must take tl_nothing\n", desc->name, desc->script->name);
        return false;
    }
    tl_result result = tl_window_create(
        &(tl_window_desc){.title = desc->title != NULL ? desc->title : desc->name, .headless = app->headless},
        &app->window);
    if (result == TL_OK)
        result = tl_sheet_load_font(app->window, &app->font);
    if (result != TL_OK) {
        fprintf(stderr, "%s: %s: %s\n", desc->name, tl_result_string(result), tl_window_error());
        return false;
    }
    if (!make_jobs(app) || (desc->open != NULL && !desc->open(app)) || !make_world(app))
        return false;
    app->clock.steps_per_second = (int)lround(1 / tl_world_get_time(app->world).delta);
    return true;
}

static bool run(tl_app *app)
{
    if (!open_app(app))
        return false;
    if (!start_inspector(app))
        return false;
    start_trace(app);
    if (app->headless)
        run_headless(app);
    else
        run_in_window(app);
    bool saved = app->trace == NULL || save_trace(app, app->trace, 0);
    tl_trace_stop();
    if (app->screenshot != NULL) {
        draw(app, 1);
        saved = save_picture(app) && saved;
    }
    if (app->desc->report != NULL)
        return app->desc->report(app) && saved;
    printf("%s: steps=%" PRIu64 "\n", app->desc->name, step_count(app));
    return saved;
}

/// Sets whether new worlds have a watchdog by default. Returns the previous setting.
static bool watch_by_default(bool on)
{
#ifdef TELAR_HAS_WATCHDOG
    return tl_watchdog_by_default(on);
#else
    (void)on;
    return false;
#endif
}

static bool exists(const char *path)
{
    SDL_RWops *file = SDL_RWFromFile(path, "rb");
    return file != NULL && SDL_RWclose(file) == 0;
}

const char *tl_app_asset(tl_app *app, const char *name)
{
    char *base = SDL_GetBasePath();
    snprintf(app->asset, sizeof app->asset, "%sassets/%s", base != NULL ? base : "", name);
    SDL_free(base);
    if (!exists(app->asset) && app->desc->assets != NULL)
        snprintf(app->asset, sizeof app->asset, "%s/%s", app->desc->assets, name);
    return app->asset;
}

int tl_app_main(int argc, char **argv, const tl_app_desc *desc)
{
    tl_app app = {.desc = desc,
                  .game = desc->game,
                  .seed = 1,
                  .speed = 1,
                  .workers = DEFAULT_WORKERS,
                  .inspector_port = NO_INSPECTOR};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout, argv[0], desc);
        return 0;
    }
    if (!read_options(&app, argc, argv)) {
        print_usage(stderr, argv[0], desc);
        return 2;
    }
    tl_overflow_report_enable();
#ifdef SIGUSR2
    tl_dump_on_signal(SIGUSR2);
#endif
    bool watched = desc->no_watchdog && watch_by_default(false);
    bool done = run(&app);
    stop_inspector(&app);
    if (desc->close != NULL)
        desc->close(&app);
    if (app.world != NULL)
        tl_world_destroy(app.world);
    if (app.jobs != NULL)
        tl_job_system_destroy(app.jobs);
    tl_sheet_destroy(app.font);
    tl_window_destroy(app.window);
    if (watched)
        watch_by_default(true);
    return done ? 0 : 1;
}

void tl_app_draw_keys(tl_app *app, const char *keys)
{
    char text[256];
    snprintf(text, sizeof text, "space pause   . step   - = speed   %s   p picture   q quit", keys);
    tl_draw_text(app->window, app->font, 6, WINDOW_HEIGHT - 17, TL_COLOR(0xa0, 0x97, 0xb4), text);
}

void tl_app_describe_time(const tl_app *app, char *text, size_t size)
{
    if (app->paused)
        snprintf(text, size, "paused");
    else
        snprintf(text, size, "%.0f s  x%g", tl_world_get_time(app->world).seconds, app->speed);
}
