// SPDX-License-Identifier: MIT
/// What the page shows, as it was at the end of one step: a copy, with all strings in it, so that the thread that
/// serves the page never looks at the world.
#ifndef TELAR_INSPECTOR_SNAPSHOT_H
#define TELAR_INSPECTOR_SNAPSHOT_H

#include "job/info.h"
#include "script/waiters.h"
#include "telar/world.h"

/// A string in tl__snapshot.texts, by its offset; 0: none.
typedef uint32_t tl__text;

typedef struct tl__seen_script {
    tl_script id, parent;
    tl_entity owner;
    tl__text name, object, file; ///< its name, that of what it waits for, and the file that spawned it
    int line;
    uint32_t type; ///< index in tl__snapshot.types
    tl_wait wait;
    tl_phase phase;
    int priority;
    bool cancelled, held; ///< `held`: ready, but its group holds it back
    double waited, left, age;
    size_t used, size; ///< bytes of its stack
} tl__seen_script;

/// The scripts of one entry function.
typedef struct tl__seen_type {
    tl__text name, file;
    int line;
    uint32_t count;
    uint64_t starts, turns; ///< while the page was open
    double mean, longest;   ///< seconds of a turn; 0: none was timed
    size_t high_water, stack_size;
    uint32_t grew_from, grew_to; ///< count before and after the latest seconds, in which it only grew; else both 0
} tl__seen_type;

/// A channel or an event, or all of one name.
typedef struct tl__seen_object {
    tl__text name;
    const char *word;               ///< the name, while objects are merged
    uint32_t index;                 ///< among the channels or events of the world
    uint32_t objects;               ///< how many they are
    uint64_t emits;                 ///< of events
    uint64_t count, capacity;       ///< of channels: items, and room for them
    uint32_t closed;                ///< channels that are closed
    tl__waiters senders, receivers; ///< `receivers` are also those who wait for an event
} tl__seen_object;

/// A job that has begun and waits.
typedef struct tl__seen_job {
    tl__text name, kind, object;
} tl__seen_job;

enum { TL__FRAMES = 128, TL__WORKERS_SHOWN = 64 };

/// How a frame went.
typedef struct tl__seen_frame {
    float seconds, stepping; ///< the whole frame, and its steps
    /// Share of the frame in which each worker was awake, in 255ths, by tl__worker_look.worker_index.
    uint8_t awake[TL__WORKERS_SHOWN];
} tl__seen_frame;

/// A zero-initialised snapshot is empty.
typedef struct tl__snapshot {
    bool any;      ///< it was taken
    bool failed;   ///< there was no memory for some of it
    int64_t taken; ///< when, by tl__monotonic_time
    tl_world_time time;
    uint64_t turns;
    uint32_t entities, max_scripts;
    bool has_frames, has_clock, paused; ///< `has_frames`: the game calls tl_inspector_frame
    double speed;
    bool traces;
    bool has_jobs;
    tl_job_system_info jobs_info;
    uint32_t worker_count, frame_count;
    tl__worker_look workers[TL__WORKERS_SHOWN];
    tl__seen_frame frames[TL__FRAMES]; ///< the latest, oldest first

    /// Strings that were copied lately, by their addresses: names are often shared.
    struct tl__copied_text {
        const char *from;
        tl__text text;
    } copied[64];

    char *texts;
    tl__seen_script *scripts;
    tl__seen_type *types;
    tl__seen_object *channels, *events;
    tl__seen_job *jobs;
    uint32_t text_count, script_count, type_count, channel_count, event_count, job_count;
    uint32_t text_capacity, script_capacity, type_capacity, channel_capacity, event_capacity, job_capacity;
} tl__snapshot;

/// Empties a snapshot, and keeps its memory.
void tl__snapshot_clear(tl__snapshot *snapshot);
void tl__snapshot_free(tl__snapshot *snapshot);

/// Copies a string, unless it was copied already: it must stay as it is until the snapshot is complete. Returns 0 for
/// null, and if there is no memory.
tl__text tl__snapshot_text(tl__snapshot *snapshot, const char *string);
/// As tl__snapshot_text, for a string that changes or ends sooner.
tl__text tl__snapshot_copy(tl__snapshot *snapshot, const char *string);

/// Returns the string; "" for none.
static inline const char *tl__text_of(const tl__snapshot *snapshot, tl__text text)
{
    return text != 0 ? snapshot->texts + text : "";
}

/// Makes one of all channels of the same name, and of all events, and sorts them by name.
void tl__snapshot_merge(tl__snapshot *snapshot);

/// Makes room for one more item of an array. Evaluates to false if there is no memory.
#define TL__SNAPSHOT_ROOM(snapshot, array, count, capacity)                                                            \
    (((snapshot)->count < (snapshot)->capacity) ||                                                                     \
     tl__snapshot_grow((snapshot), (void **)&(snapshot)->array, sizeof *(snapshot)->array, &(snapshot)->capacity))
bool tl__snapshot_grow(tl__snapshot *snapshot, void **array, size_t size, uint32_t *capacity);

#endif
