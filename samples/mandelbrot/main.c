// SPDX-License-Identifier: MIT
// The Mandelbrot set, ever deeper: a script leads the tour, jobs paint on all cores, and meanwhile the main thread
// draws sixty frames a second. A timeline at the bottom of the window shows what each worker does.
//
//     mandelbrot [--headless] [--steps N] [--workers N] [--screenshot FILE.png]
//
// A click dives to that place, and r goes back to the whole set, for the next sight. Without a window, each picture is
// finished before the next step (tl_world_desc.lockstep), so the last line that it prints is the same in every run.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "fractal.h"
#include "telar/app.h"
#include "telar/concurrency.h"
#include "telar/tween.h"
#include "timeline.h"

typedef struct place {
    double x, y;
} place;

/// The player's request: to dive to `where`, or, if not `dive`, to start again.
typedef struct request {
    bool dive;
    place where;
} request;

typedef TL_EVENT(request) wish_event;

static const region everything = {-0.65, 0, 3.6};
static const place sights[] = {{-0.743643887037151, 0.131825904205330},
                               {-1.768778832, -0.001738996},
                               {-0.088026, 0.654393},
                               {0.360240443437614, -0.641313061064803},
                               {-0.761574, -0.0847596}};
enum { SIGHTS = sizeof sights / sizeof *sights };
static const double step = 6, deepest = 2e-11;

static struct {
    fractal picture;
    tl_canvas *canvas;
    tl_color pixels[HEIGHT * WIDTH]; ///< copy of the picture that is drawn
    place target;
    float zoom;     ///< magnification of the picture in the window, 1 to `step`
    int pass;       ///< pass that is being painted; PASSES when all are done
    uint32_t count; ///< number of finished pictures
    wish_event wished;
    uint64_t step_begin; ///< time at which the latest step began
    double slowest;      ///< duration of the slowest of the latest frames, in seconds
} tour;

/// Paints all passes of the picture. Other scripts, and the game, continue meanwhile.
static void paint(void)
{
    for (tour.pass = 0; tour.pass < PASSES; ++tour.pass)
        fractal_paint(&tour.picture, tour.pass);
    ++tour.count;
}

/// Returns a region that shows `from` magnified `times` times, with `to` at the same place in the window.
static region nearer(region from, place to, double times)
{
    return (region){to.x + (from.x - to.x) / times, to.y + (from.y - to.y) / times, from.width / times};
}

/// Paints, stays a while, and zooms in on the target, again and again, down to the limit of double precision.
TL_SCRIPT(dives, tl_nothing, unused)
{
    do {
        paint();
        tl_wait_seconds(1.2);
        tl_tween(&tour.zoom, (float)step, 1.4, tl_ease_in_out_cubic);
        fractal_look_at(&tour.picture, nearer(tour.picture.shows, tour.target, step));
        tour.zoom = 1;
    } while (tour.picture.shows.width > deepest);
}

static void begin_at(region part)
{
    tour.zoom = 1;
    fractal_look_at(&tour.picture, part);
}

TL_SCRIPT(leads, tl_nothing, unused)
{
    for (int sight = 0;;) {
        request wish;
        if (tl_race(TL_CHILD(dives, {0}), TL_ON(tour.wished, &wish)).winner == 1 && wish.dive) {
            tour.target = wish.where; // continues from the current view
            begin_at(nearer(tour.picture.shows, tour.target, tour.zoom));
            continue;
        }
        sight = (sight + 1) % SIGHTS;
        tour.target = sights[sight];
        begin_at(everything);
    }
}

static bool open(tl_app *app)
{
    if (app->jobs == NULL) {
        fprintf(stderr, "mandelbrot: it takes at least one worker\n");
        return false;
    }
    fractal_init(&tour.picture);
    tour.picture.shows = everything;
    tour.target = sights[0];
    tour.zoom = 1;
    tl_result result = tl_canvas_create(app->window, WIDTH, HEIGHT, &tour.canvas);
    if (result == TL_OK)
        result = tl_world_create(&(tl_world_desc){.lockstep = app->headless}, &app->world);
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "a wish", &tour.wished);
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, leads, {0});
    if (result != TL_OK)
        fprintf(stderr, "mandelbrot: %s\n", tl_result_string(result));
    return result == TL_OK;
}

static void close_canvas(tl_app *app)
{
    (void)app;
    tl_canvas_destroy(tour.canvas);
}

/// Converts a point of the plane to a position in the window.
static void window_place(place of, float *x, float *y)
{
    const region *shows = &tour.picture.shows;
    *x = (float)(320 + (of.x - shows->x) / shows->width * 640);
    *y = (float)(180 + (of.y - shows->y) / shows->width * 640);
}

static void draw_picture(tl_app *app)
{
    fractal_read(&tour.picture, tour.pixels);
    tl_canvas_set(tour.canvas, tour.pixels);
    float x, y, zoom = tour.zoom;
    window_place(tour.target, &x, &y);
    tl_draw_canvas(app->window, tour.canvas, x - x * zoom, y - y * zoom, 640 * zoom, 360 * zoom);
}

static void draw_words(tl_app *app, int workers)
{
    static const char *const passes[] = {"1/256", "1/64", "1/16", "1/4", "all pixels", "four points each", "done"};
    tour.slowest = fmax(tour.slowest * 0.99, app->frame_seconds);
    char text[256];
    snprintf(text, sizeof text, "%.2g wide   %s   workers %d   frame %.1f ms, slowest %.1f", tour.picture.shows.width,
             passes[tour.pass], workers, app->frame_seconds * 1000, tour.slowest * 1000);
    tl_draw_rect(app->window, 0, 0, 640, 13, tl_rgba(8, 8, 14, 170));
    tl_draw_text(app->window, app->font, 6, 3, TL_COLOR(0xe8, 0xec, 0xf4), text);
    tl_draw_rect(app->window, 0, 340, 640, 20, tl_rgba(8, 8, 14, 215));
    tl_app_draw_keys(app, "click: dive there   r anew");
}

static void draw(tl_app *app)
{
    tl_job_system_info jobs = tl_job_system_get_info(app->jobs);
    tl_window_clear(app->window, TL_COLOR(0, 0, 0));
    draw_picture(app);
    draw_words(app, (int)jobs.workers);
    timeline_draw(app, (int)jobs.workers, 340);
    timeline_note(1, tour.step_begin, timeline_now(), A_FRAME);
}

static void do_step(tl_app *app)
{
    tour.step_begin = timeline_now();
    tl_world_step(app->world);
    if (app->headless)
        tour.step_begin = timeline_now(); // leaves out the step: its painting has marks of its own
}

static void wish_for(request what)
{
    tl_emit(tour.wished, what);
}

static void click(tl_app *app, tl_click where)
{
    (void)app;
    const region now = nearer(tour.picture.shows, tour.target, tour.zoom);
    place there = {now.x + (where.x - 320) * now.width / 640, now.y + (where.y - 180) * now.width / 640};
    wish_for((request){true, there});
    printf("mandelbrot: to %.17g %.17g\n", there.x, there.y);
}

static void key(tl_app *app, int key)
{
    (void)app;
    if (key != 'r')
        return;
    wish_for((request){false, {0, 0}});
    printf("mandelbrot: anew\n");
}

static bool report(tl_app *app)
{
    printf("mandelbrot: steps=%" PRIu64 " pictures=%u width=%.6g hash=%016" PRIx64 "\n",
           tl_world_get_time(app->world).steps, tour.count, tour.picture.shows.width, fractal_hash(&tour.picture));
    return true;
}

int main(int argc, char **argv)
{
    return tl_app_main(argc, argv,
                       &(tl_app_desc){.name = "mandelbrot",
                                      .title = "Telar: the Mandelbrot set",
                                      .uses_jobs = true,
                                      .main_never_helps = true,
                                      .headless_steps = 60,
                                      .open = open,
                                      .step = do_step,
                                      .draw = draw,
                                      .key = key,
                                      .click = click,
                                      .report = report,
                                      .close = close_canvas});
}
