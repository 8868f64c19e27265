// SPDX-License-Identifier: MIT
// The events of all threads are merged by their times. A first pass finds out by whom each wake was followed, since an
// arrow must not be drawn that leads nowhere. The second pass replays what happened, and writes it:
//   - a thread's track has a slice for what ran on it; inside it the zones and jobs of that, cut where it paused;
//   - a fiber's lane has one slice after another: it runs, waits for something, is ready;
//   - a lane below that has its zones and jobs whole.
#include "trace/timeline.h"

#include <stdio.h>

#include "os/allocator.h"
#include "trace/lanes.h"

enum {
    TRACK_DEPTH = 64, ///< most slices one inside the other on a thread's track
    /// Kinds of the first pass: a wake with the name and kind (TL__TRACE_RUN_...) of the run that followed.
    WAKES = TL__TRACE_LEFT,
};

/// A thread whose events are replayed.
typedef struct replayed {
    tl__trace_part *part;
    size_t at; ///< the next event
    int64_t time;
    uint32_t track;
    bool is_asleep;
    uint32_t depth; ///< of fibers that run on it, each resumed by the one before; may be more than TRACK_DEPTH
    uint64_t fibers[TRACK_DEPTH]; ///< their addresses
    uint32_t zone_count;          ///< outside any fiber
    uint32_t zones[TL__LANE_ZONES];
} replayed;

typedef struct timeline {
    tl__trace_writer *writer;
    tl__trace_clock clock;
    replayed *threads;
    size_t thread_count;
    int64_t now;
    tl__trace_lanes lanes;
    uint32_t tracks; ///< that were made
    uint64_t flows;
    uint32_t job_lanes;
    uint32_t frames;                    ///< track of the frames; 0: there was none yet
    uint32_t counters[TL__TRACE_NAMES]; ///< tracks of counters, by name
    bool out_of_memory;
} timeline;

// Tracks and slices.

static uint32_t new_track(timeline *line, uint32_t group, uint32_t parent, tl__track_kind kind, const char *name)
{
    uint32_t track = ++line->tracks * TL__TRACK_GROUPS + group;
    line->writer->writing->track(line->writer, track, parent, kind, name);
    return track;
}

static void begin_slice(timeline *line, uint32_t track, tl__trace_label label, uint64_t flow)
{
    line->writer->writing->slice(line->writer, track, line->now, label, flow);
}

static void end_slice(timeline *line, uint32_t track)
{
    line->writer->writing->slice_end(line->writer, track, line->now);
}

static void put_mark(timeline *line, uint32_t track, uint32_t name, uint64_t flow)
{
    line->writer->writing->mark(line->writer, track, line->now, (tl__trace_label){name, TL__TRACE_NO_NAME}, flow);
}

static tl__trace_label plain(uint32_t name)
{
    return (tl__trace_label){name, TL__TRACE_NO_NAME};
}

static uint32_t at_most(uint32_t count, uint32_t most)
{
    return count < most ? count : most;
}

// Lanes.

static void make_tracks(timeline *line, tl__trace_lane *lane)
{
    static const uint32_t groups[] = {[TL__TRACE_RUN_FIBER] = TL__GROUP_FIBERS,
                                      [TL__TRACE_RUN_JOB] = TL__GROUP_JOBS,
                                      [TL__TRACE_RUN_SCRIPT] = TL__GROUP_SCRIPTS};
    char name[TL__TRACE_NAME_SIZE];
    if (lane->kind == TL__TRACE_RUN_JOB) // different jobs run on it one after another
        snprintf(name, sizeof name, "job fiber %u", ++line->job_lanes);
    else
        snprintf(name, sizeof name, "%s", tl__trace_name(lane->name));
    lane->track = new_track(line, groups[lane->kind], groups[lane->kind], TL__TRACK_LANE, name);
}

static void show_lane(timeline *line, tl__trace_lane *lane, tl__trace_label label, uint64_t flow)
{
    if (lane->track == 0)
        make_tracks(line, lane);
    if (lane->is_open)
        end_slice(line, lane->track);
    begin_slice(line, lane->track, label, flow);
    lane->is_open = true;
}

static void hide_lane(timeline *line, tl__trace_lane *lane)
{
    if (lane->is_open)
        end_slice(line, lane->track);
    lane->is_open = false;
}

static void end_lane(timeline *line, tl__trace_lane *lane)
{
    hide_lane(line, lane);
    for (uint32_t i = 0; i < at_most(lane->zone_count, TL__LANE_ZONES); ++i)
        end_slice(line, lane->zone_track);
    lane->zone_count = 0;
}

// Threads.

static tl__trace_lane *running(timeline *line, const replayed *where)
{
    return where->depth > 0 && where->depth <= TRACK_DEPTH
               ? tl__trace_lanes_find(&line->lanes, where->fibers[where->depth - 1])
               : NULL;
}

/// Whether a fiber has a slice of its own on its thread's track. What a job fiber does is shown by its jobs.
static bool has_slice(const tl__trace_lane *lane)
{
    return lane->kind != TL__TRACE_RUN_JOB;
}

static void push_fiber(timeline *line, replayed *where, tl__trace_lane *lane)
{
    if (where->depth < TRACK_DEPTH)
        where->fibers[where->depth] = lane->address;
    if (++where->depth > TRACK_DEPTH)
        return;
    lane->part = (uint16_t)(where - line->threads);
    if (has_slice(lane))
        begin_slice(line, where->track, plain(lane->name), 0);
    for (uint32_t i = 0; i < at_most(lane->zone_count, TL__LANE_ZONES); ++i)
        begin_slice(line, where->track, plain(lane->zones[i]), 0);
}

static void pop_fiber(timeline *line, replayed *where)
{
    tl__trace_lane *lane = running(line, where);
    --where->depth;
    if (lane == NULL)
        return;
    for (uint32_t i = 0; i < at_most(lane->zone_count, TL__LANE_ZONES) + has_slice(lane); ++i)
        end_slice(line, where->track);
    lane->part = TL__LANE_NOWHERE;
}

/// Leaves a fiber, and all that it has resumed. Returns false if it does not run on the thread. If more fibers run
/// there than are remembered, one that is not among those is taken for the innermost.
static bool leave_down_to(timeline *line, replayed *where, uint64_t address)
{
    uint32_t at = at_most(where->depth, TRACK_DEPTH);
    while (at > 0 && where->fibers[at - 1] != address)
        --at;
    if (at == 0 && where->depth > TRACK_DEPTH)
        at = where->depth;
    while (at > 0 && where->depth >= at)
        pop_fiber(line, where);
    return at > 0;
}

/// Leaves a fiber wherever it runs.
static void leave_everywhere(timeline *line, const tl__trace_lane *lane)
{
    if (lane->part != TL__LANE_NOWHERE)
        leave_down_to(line, &line->threads[lane->part], lane->address);
}

/// For a fiber that has ended.
static void drop_lane(timeline *line, tl__trace_lane *lane)
{
    leave_everywhere(line, lane);
    end_lane(line, lane);
    tl__trace_lanes_remove(&line->lanes, lane);
}

/// Returns the lane of a fiber that begins or continues to run, or was woken; null if there is no memory.
static tl__trace_lane *lane_for(timeline *line, uint64_t address, tl__trace_kind kind, uint32_t name)
{
    tl__trace_lane *lane = tl__trace_lanes_find(&line->lanes, address);
    if (lane != NULL && (lane->kind != kind || (kind != TL__TRACE_RUN_JOB && lane->name != name))) {
        drop_lane(line, lane); // its end was not recorded
        lane = NULL;
    }
    if (lane == NULL)
        lane = tl__trace_lanes_add(&line->lanes, address);
    line->out_of_memory = line->out_of_memory || lane == NULL;
    if (lane != NULL) {
        lane->kind = (uint8_t)kind;
        lane->name = name;
    }
    return lane;
}

/// Names the thread that recorded the events from the next one on: the ring says where another one took it over.
static void begin_thread(timeline *line, replayed *where)
{
    uint64_t number = where->part->thread;
    uint32_t name = where->part->name;
    for (size_t i = where->at; i < where->part->count; ++i) {
        uint64_t what = where->part->events[i].what;
        if (tl__trace_kind_of(what) == TL__TRACE_LEFT) {
            number = tl__trace_address_of(what) >> 3;
            name = tl__trace_name_of(what);
            break;
        }
    }
    char text[TL__TRACE_NAME_SIZE];
    if (name != TL__TRACE_NO_NAME)
        snprintf(text, sizeof text, "%s", tl__trace_name(name));
    else
        snprintf(text, sizeof text, "thread %llu", (unsigned long long)number);
    where->track = new_track(line, TL__GROUP_PROCESS, TL__GROUP_PROCESS, TL__TRACK_THREAD, text);
}

static void end_thread(timeline *line, replayed *where)
{
    while (where->depth > 0)
        pop_fiber(line, where);
    for (uint32_t i = 0; i < at_most(where->zone_count, TL__LANE_ZONES) + where->is_asleep; ++i)
        end_slice(line, where->track);
    where->zone_count = 0;
    where->is_asleep = false;
}

// Events.

static void on_run(timeline *line, replayed *where, tl__trace_kind kind, uint64_t what)
{
    uint64_t address = tl__trace_address_of(what);
    tl__trace_lane *lane = lane_for(line, address, kind, tl__trace_name_of(what));
    if (lane == NULL)
        return;
    leave_everywhere(line, lane); // its pause is missing, or comes later by another core's clock
    show_lane(line, lane, plain(kind == TL__TRACE_RUN_JOB ? lane->name : TL__NAME_RUNS), lane->flow);
    lane->flow = 0;
    lane->is_ready = false;
    push_fiber(line, where, lane);
}

static void on_pause(timeline *line, replayed *where, uint64_t what)
{
    uint64_t address = tl__trace_address_of(what);
    tl__trace_lane *lane = tl__trace_lanes_find(&line->lanes, address);
    if (lane == NULL || !leave_down_to(line, where, address))
        return;
    tl__trace_label label = plain(tl__trace_name_of(what));
    if (where->at < where->part->count) {
        uint64_t next = where->part->events[where->at].what;
        if (tl__trace_kind_of(next) == TL__TRACE_OF && tl__trace_address_of(next) == address)
            label.object = tl__trace_name_of(next);
    }
    if (label.name != TL__TRACE_NO_NAME)
        show_lane(line, lane, label, 0);
    else
        hide_lane(line, lane);
}

static void on_end(timeline *line, uint64_t what)
{
    tl__trace_lane *lane = tl__trace_lanes_find(&line->lanes, tl__trace_address_of(what));
    if (lane != NULL)
        drop_lane(line, lane);
}

/// Whether a slice on the thread's track is open, from which an arrow can begin.
static bool shows_anything(timeline *line, const replayed *where)
{
    for (uint32_t i = 0; i < at_most(where->depth, TRACK_DEPTH); ++i) {
        const tl__trace_lane *lane = tl__trace_lanes_find(&line->lanes, where->fibers[i]);
        if (lane != NULL && (has_slice(lane) || lane->zone_count > 0))
            return true;
    }
    return where->zone_count > 0;
}

static void on_wake(timeline *line, replayed *where, tl__trace_kind followed_by, uint64_t what)
{
    tl__trace_lane *lane = lane_for(line, tl__trace_address_of(what), followed_by, tl__trace_name_of(what));
    if (lane == NULL || lane->part != TL__LANE_NOWHERE || lane->is_ready)
        return;
    lane->is_ready = true;
    show_lane(line, lane, plain(TL__NAME_READY), 0);
    if (!shows_anything(line, where))
        return;
    lane->flow = ++line->flows;
    put_mark(line, where->track, TL__NAME_WAKES, lane->flow);
}

/// Whether the fiber of an event is the one that runs on the thread, as far as the trace says. Null stands for none.
static bool is_of_running(const replayed *where, uint64_t fiber)
{
    if (fiber == 0)
        return where->depth == 0;
    return where->depth > 0 && where->depth <= TRACK_DEPTH && where->fibers[where->depth - 1] == fiber;
}

static void begin_zone_of_thread(timeline *line, replayed *where, uint32_t name)
{
    if (where->zone_count < TL__LANE_ZONES) {
        where->zones[where->zone_count] = name;
        begin_slice(line, where->track, plain(name), 0);
    }
    ++where->zone_count;
}

static void begin_zone_of_fiber(timeline *line, const replayed *where, tl__trace_lane *lane, uint32_t name)
{
    if (lane->zone_count < TL__LANE_ZONES) {
        if (lane->zone_track == 0)
            lane->zone_track = new_track(line, lane->track % TL__TRACK_GROUPS, lane->track, TL__TRACK_LANE,
                                         lane->kind == TL__TRACE_RUN_JOB ? "jobs" : "zones");
        lane->zones[lane->zone_count] = name;
        begin_slice(line, lane->zone_track, plain(name), 0);
        begin_slice(line, where->track, plain(name), 0);
    }
    ++lane->zone_count;
}

/// A zone or a job begins. Left out if the run that it is part of is not in the trace.
static void on_zone(timeline *line, replayed *where, uint64_t what)
{
    uint32_t name = tl__trace_name_of(what);
    if (!is_of_running(where, tl__trace_address_of(what)))
        return;
    tl__trace_lane *lane = running(line, where);
    if (lane != NULL)
        begin_zone_of_fiber(line, where, lane, name);
    else if (where->depth == 0)
        begin_zone_of_thread(line, where, name);
}

static void on_zone_end(timeline *line, replayed *where, uint64_t what)
{
    if (!is_of_running(where, tl__trace_address_of(what)))
        return;
    tl__trace_lane *lane = running(line, where);
    if (lane != NULL && lane->zone_count > 0) {
        if (--lane->zone_count < TL__LANE_ZONES) {
            end_slice(line, where->track);
            end_slice(line, lane->zone_track);
        }
    } else if (where->depth == 0 && where->zone_count > 0) {
        if (--where->zone_count < TL__LANE_ZONES)
            end_slice(line, where->track);
    }
}

static void on_sleep(timeline *line, replayed *where, bool sleeps)
{
    if (where->is_asleep == sleeps)
        return;
    if (sleeps)
        begin_slice(line, where->track, plain(TL__NAME_ASLEEP), 0);
    else
        end_slice(line, where->track);
    where->is_asleep = sleeps;
}

static void on_counter(timeline *line, replayed *where, uint32_t name)
{
    if (where->at == where->part->count || tl__trace_kind_of(where->part->events[where->at].what) != TL__TRACE_VALUE)
        return;
    union {
        uint64_t bits;
        double value;
    } as = {where->part->events[where->at].time};
    uint32_t *track = &line->counters[name];
    if (*track == 0)
        *track = new_track(line, TL__GROUP_PROCESS, TL__GROUP_PROCESS, TL__TRACK_COUNTER, tl__trace_name(name));
    line->writer->writing->value(line->writer, *track, line->now, tl__trace_name(name), as.value);
}

static void on_frame(timeline *line, uint32_t name)
{
    if (line->frames == 0)
        line->frames = new_track(line, TL__GROUP_PROCESS, TL__GROUP_PROCESS, TL__TRACK_LANE, "frames");
    else
        end_slice(line, line->frames);
    begin_slice(line, line->frames, plain(name != TL__TRACE_NO_NAME ? name : TL__NAME_FRAME), 0);
}

static void replay(timeline *line, replayed *where, uint64_t what)
{
    tl__trace_kind kind = tl__trace_kind_of(what);
    uint32_t name = tl__trace_name_of(what);
    switch ((int)kind) {
    case TL__TRACE_RUN_FIBER:
    case TL__TRACE_RUN_JOB:
    case TL__TRACE_RUN_SCRIPT: on_run(line, where, kind, what); break;
    case TL__TRACE_PAUSE: on_pause(line, where, what); break;
    case TL__TRACE_END: on_end(line, what); break;
    case WAKES + TL__TRACE_RUN_FIBER:
    case WAKES + TL__TRACE_RUN_JOB:
    case WAKES + TL__TRACE_RUN_SCRIPT: on_wake(line, where, (tl__trace_kind)(kind - WAKES), what); break;
    case TL__TRACE_JOB:
    case TL__TRACE_ZONE: on_zone(line, where, what); break;
    case TL__TRACE_JOB_END:
    case TL__TRACE_ZONE_END: on_zone_end(line, where, what); break;
    case TL__TRACE_SLEEP: on_sleep(line, where, true); break;
    case TL__TRACE_AWAKE: on_sleep(line, where, false); break;
    case TL__TRACE_MARK: put_mark(line, where->track, name, 0); break;
    case TL__TRACE_COUNTER: on_counter(line, where, name); break;
    case TL__TRACE_FRAME: on_frame(line, name); break;
    case TL__TRACE_LEFT:
        end_thread(line, where);
        begin_thread(line, where);
        break;
    default: break; // a value, or the name of what a pause is for: read with the event before
    }
}

// The passes.

static int64_t event_time(const timeline *line, const replayed *where)
{
    const tl__trace_copied *event = &where->part->events[where->at];
    if (tl__trace_kind_of(event->what) == TL__TRACE_VALUE)
        return where->time; // its time is the value
    int64_t time =
        line->clock.monotonic + (int64_t)((double)(int64_t)(event->time - line->clock.ticks) * line->clock.tick);
    return time > where->time ? time : where->time; // a core's clock may be a little behind that of another
}

/// Returns the thread with the earliest of all events that are left, whose time becomes the present; null at the end.
static replayed *earliest_thread(timeline *line)
{
    replayed *first = NULL;
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < line->thread_count; ++i) {
        replayed *each = &line->threads[i];
        if (each->at == each->part->count)
            continue;
        int64_t time = event_time(line, each);
        if (first == NULL || time < earliest) {
            first = each;
            earliest = time;
        }
    }
    if (first != NULL) {
        first->time = earliest;
        line->now = earliest > line->now ? earliest : line->now;
    }
    return first;
}

static void rewind_threads(timeline *line)
{
    for (size_t i = 0; i < line->thread_count; ++i)
        line->threads[i].at = 0, line->threads[i].time = INT64_MIN;
    line->now = INT64_MIN;
}

/// Gives each wake that a run followed the name and the kind of that run.
static bool follow_wakes(timeline *line)
{
    tl__trace_lanes woken = {0}; // `flow` of a lane here: the address of the wake's `what`
    rewind_threads(line);
    for (replayed *where; (where = earliest_thread(line)) != NULL;) {
        uint64_t *what = &where->part->events[where->at++].what;
        tl__trace_kind kind = tl__trace_kind_of(*what);
        uint64_t address = tl__trace_address_of(*what);
        if (kind == TL__TRACE_WAKE) {
            tl__trace_lane *lane = tl__trace_lanes_add(&woken, address);
            line->out_of_memory = line->out_of_memory || lane == NULL;
            if (lane != NULL && lane->flow == 0)
                lane->flow = (uintptr_t)what;
        }
        bool runs = kind == TL__TRACE_RUN_FIBER || kind == TL__TRACE_RUN_JOB || kind == TL__TRACE_RUN_SCRIPT;
        tl__trace_lane *lane = runs || kind == TL__TRACE_END ? tl__trace_lanes_find(&woken, address) : NULL;
        if (lane == NULL)
            continue;
        if (runs)
            *(uint64_t *)(uintptr_t)lane->flow =
                tl__trace_what((tl__trace_kind)(WAKES + kind), tl__trace_name_of(*what), (uintptr_t)address);
        tl__trace_lanes_remove(&woken, lane);
    }
    tl__trace_lanes_free(&woken);
    return !line->out_of_memory;
}

static void declare_groups(timeline *line)
{
    static const char *const names[] = {
        [TL__GROUP_FIBERS] = "fibers", [TL__GROUP_JOBS] = "job fibers", [TL__GROUP_SCRIPTS] = "scripts"};
    tl__trace_writer *writer = line->writer;
    writer->writing->track(writer, TL__GROUP_PROCESS, 0, TL__TRACK_GROUP, "threads");
    for (uint32_t group = TL__GROUP_FIBERS; group <= TL__GROUP_SCRIPTS; ++group)
        writer->writing->track(writer, group, TL__GROUP_PROCESS, TL__TRACK_GROUP, names[group]);
}

static void replay_all(timeline *line)
{
    rewind_threads(line);
    declare_groups(line);
    for (size_t i = 0; i < line->thread_count; ++i)
        begin_thread(line, &line->threads[i]);
    for (replayed *where; (where = earliest_thread(line)) != NULL && !line->writer->output.failed;) {
        uint64_t what = where->part->events[where->at++].what;
        replay(line, where, what);
    }
    for (size_t i = 0; i < line->thread_count; ++i)
        end_thread(line, &line->threads[i]);
    for (size_t i = 0; i < line->lanes.capacity; ++i)
        if (line->lanes.lanes[i].address != 0)
            end_lane(line, &line->lanes.lanes[i]);
    if (line->frames != 0)
        end_slice(line, line->frames);
}

tl_result tl__timeline_write(tl__trace_writer *writer, tl__trace_part *parts, size_t count, tl__trace_clock clock)
{
    timeline *line = tl__allocate_zeros(sizeof *line);
    replayed *threads = tl__allocate_zeros((count + 1) * sizeof *threads);
    bool done = line != NULL && threads != NULL;
    if (done) {
        line->writer = writer; // (an assignment of the whole struct takes 64 KiB of stack in a debug build)
        line->clock = clock;
        line->threads = threads;
        line->thread_count = count;
        for (size_t i = 0; i < count; ++i)
            threads[i].part = &parts[i];
        writer->writing->begin(writer);
        done = follow_wakes(line);
        if (done)
            replay_all(line);
        done = done && !line->out_of_memory;
        writer->writing->end(writer);
        tl__trace_output_flush(&writer->output);
        tl__trace_lanes_free(&line->lanes);
    }
    tl__free(threads, (count + 1) * sizeof *threads);
    tl__free(line, sizeof *line);
    return done ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}
