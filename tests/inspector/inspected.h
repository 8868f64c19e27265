// SPDX-License-Identifier: MIT
/// A world with an inspector, for tests that ask it over HTTP. All on one thread but the server's: what the page asks
/// for is there after the next step.
#ifndef TELAR_TEST_INSPECTED_H
#define TELAR_TEST_INSPECTED_H

#include "check.h"
#include "http.h"
#include "telar/channel.h"
#include "telar/event.h"
#include "telar/script.h"

typedef TL_CHANNEL(int) ore_channel;
typedef TL_EVENT(int) bell_event;

extern tl_world *world;
extern tl_inspector *inspector;
extern tl_clock game_clock;
extern ore_channel ore; ///< called ore
extern bell_event bell; ///< called bell "b", with the quotation marks

/// Makes the world, and starts the inspector: with a description whose world is set here, or with game_clock and the
/// name "mine".
void open_world(void);
void open_with(tl_inspector_desc desc);
void open_all(void);
void close_all(void);

/// Scripts that wait: for an item of `ore`, a thousand seconds, `bell`, each step, and for the first of the second and
/// third.
TL_SCRIPT_DECLARE(receives, tl_nothing);
TL_SCRIPT_DECLARE(sleeps, tl_nothing);
TL_SCRIPT_DECLARE(listens, tl_nothing);
TL_SCRIPT_DECLARE(steps, tl_nothing);
TL_SCRIPT_DECLARE(races, tl_nothing);

/// @param name  null: that of the function
tl_script start(const tl_fiber_entry *entry, const char *name);

/// Steps the world so that what the page shows is what is there now, and returns that.
char *state_now(const char *query);

void expect_in(const char *text, const char *part);
void expect_not_in(const char *text, const char *part);
void expect_state(const char *query, const char *part);

#endif
