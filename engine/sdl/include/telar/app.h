// SPDX-License-Identifier: MIT
/// telar/app.h: what every game and sample has around its subject: the command line, the frame, pausing and single
/// steps, slow and fast motion, pictures, runs without a window.
///
///     int main(int argc, char **argv)
///     {
///         return tl_app_main(argc, argv, &(tl_app_desc){.name = "pong", .script = TL_ENTRY(pong), .draw = draw});
///     }
///
/// Each frame it does the steps that are due, draws, and ends the frame (tl_world_end_frame), also while it is paused.
///
/// The command line: --headless, --steps N, --seed S, --screenshot FILE, --trace FILE, --slow-frame MS (telar/trace.h),
/// --inspector PORT (telar/inspector.h, where Telar::inspector was built; 0: a port that is free; the page's speed has
/// no effect without a window), --workers N where the game uses jobs, and what the description adds. Without a window
/// it does its steps as fast as they go, 600 of them by default.
///
/// The keys: space pauses, '.' does a single step, '-' and '=' slow down and speed up, p saves a picture, F1 writes to
/// stderr what every script and job is doing (telar/dump.h), F2 begins a trace and then saves its last five seconds
/// (telar/trace.h), q quits; all others, and clicks, are the game's. The signal SIGUSR2 does what F1 does.
///
/// It turns the overflow report on (telar/overflow.h). In a debug build of the library the world has a watchdog, too,
/// where Telar::watchdog was built (telar/watchdog.h), unless the description says no_watchdog.
///
/// Threads as in telar/window.h.
#ifndef TELAR_APP_H
#define TELAR_APP_H

#include "telar/api.h"
#include "telar/clock.h"
#include "telar/draw.h"
#include "telar/fiber.h"
#include "telar/job.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What is running. To be read; `open` may set `world`, and any call of the game may set `quit`.
typedef struct tl_app {
    tl_world *world;
    tl_job_system *jobs; ///< null where the description wants none, and with --workers 0
    tl_window *window;
    tl_sheet *font;       ///< the one that is built in
    void *game;           ///< the description's
    bool headless;        ///<
    uint64_t seed;        ///< which of the possible runs
    uint64_t steps;       ///< steps to stop after; 0: none
    bool paused, quit;    ///<
    double speed;         ///< 1: as fast as the clock
    double alpha;         ///< how far time has gone from the last step to the next, for drawing in between
    double frame_seconds; ///< that the latest frame took
    const struct tl_app_desc *desc;
    tl_clock clock;
    const char *screenshot;         ///< null for none
    const char *trace;              ///< file for a trace of the run; null for none
    uint64_t slow_frame;            ///< milliseconds above which a frame is traced; 0: none
    unsigned slow_frames;           ///< that were saved
    uint64_t inspector_port;        ///< UINT64_MAX: no inspector
    struct tl_inspector *inspector; ///< null for none
    uint64_t workers;               ///< that the command line asks for; UINT64_MAX where it does not say
    bool picture_wanted;
    char asset[1024]; ///< what tl_app_asset returned last
} tl_app;

/// Null for what a game does not need.
typedef struct tl_app_desc {
    const char *name;   ///< in messages, and of the picture
    const char *title;  ///< of the window; default: the name
    const char *assets; ///< the folder of the game's files where the program was built; see tl_app_asset
    void *game;
    bool uses_jobs;          ///< app->jobs is made before the game is, on all CPUs or --workers N
    bool main_never_helps;   ///< one more worker then, since the main thread waits for none of its jobs
    bool no_watchdog;        ///< the default watchdog of a debug build is off for the worlds that are made meanwhile
    uint64_t headless_steps; ///< default 600
    uint64_t picture_frames; ///< of a headless run, drawn before the picture; default 1
    const char *usage;       ///< a line for each option of the game's own
    /// An option that is the game's, with the word behind it: whether it is one.
    bool (*option)(tl_app *app, const char *name, const char *value);
    /// Makes the game, after the window and the jobs. Where it leaves app->world null, the app makes a world of
    /// defaults. Returns false if it can't, and says why itself.
    bool (*open)(tl_app *app);
    const tl_fiber_entry *script;         ///< the first script, which takes tl_nothing; spawned after `open`
    void (*step)(tl_app *app);            ///< default: tl_world_step
    void (*draw)(tl_app *app);            ///<
    void (*key)(tl_app *app, int key);    ///<
    void (*click)(tl_app *app, tl_click); ///<
    /// Prints how it went: whether all is as it should be. The last thing of a run that was opened. Default: prints the
    /// number of steps.
    bool (*report)(tl_app *app);
    void (*close)(tl_app *app); ///< also after an open that failed. The world is destroyed after that, if it is there.
} tl_app_desc;

/// Runs a game: reads the command line, opens the window, runs frames until it is quit, and closes everything.
/// @return what main returns: 0; 1 when something failed, which it says; 2 for a wrong command line
TL_API int tl_app_main(int argc, char **argv, const tl_app_desc *desc);

/// Finds a file of the game, such as "sprites.png": in the folder `assets` beside the program, where a game has it that
/// is given to others, or else in the description's folder.
/// @return its path in UTF-8, as SDL takes it, until the next call; where there is no such file, the last path that was
/// tried, so that opening it fails with a message that helps
TL_API const char *tl_app_asset(tl_app *app, const char *name);

/// Draws a line of faint text at the bottom of the window: the app's keys and the game's own.
TL_API void tl_app_draw_keys(tl_app *app, const char *keys);

/// Writes "12 s  x1" (game time and speed) or "paused" into `text`.
TL_API void tl_app_describe_time(const tl_app *app, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
