// SPDX-License-Identifier: MIT
// The thread that steps the world notes its scripts itself, in the signal's handler: nothing that belongs to that
// thread moves while it does so. The notes are copies, in memory that the watchdog has taken before. Words are made of
// them, and symbols found, on the watchdog's thread when the other one has gone on, so whatever lock that one holds is
// not in the way.
//
// Why the handler may read the world, whose thread it has interrupted at any instruction:
// - A record counts as a script's from when it is complete until the script's end begins (tl__script_record.creation);
//   signal fences keep the compiler to that order. Records stay where they are, and arrays that grow are replaced by a
//   copy that is already filled (TL__GROW_BY_COPY).
// - Of a script that is marked as active, which is so until the switch that suspends it is over, only constants are
//   noted. Any other one rests: its saved context, its stack and what it waits for were complete before.
// - Another thread changes a script only while scripts run in parallel; of those that may, only constants are noted.
// - The step must be on this thread's stacks (tl__holder_is_here), so no other thread continues it meanwhile.
#include "step_dump.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "job/dump_jobs.h"
#include "os/allocator.h"

/// As fwrite to stderr, but takes no lock that the program may hold for long.
static void write_without_locks(const char *text, size_t size, void *unused)
{
    (void)unused;
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, text, size);
        if (written < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, -1);
        else if (written < 0 && errno != EINTR)
            return;
        size_t done = written > 0 ? (size_t)written : 0;
        text += done;
        size -= done;
    }
}

static void add_stepping_thread(tl__dump *dump, const tl__sighting *sighting)
{
    const void *calls[TL__MAX_CALLS];
    size_t count = 0;
    for (int i = TL__OWN_CALLS; i < sighting->call_count; ++i)
        calls[count++] = sighting->calls[i];
    tl__dump_add(dump, &(tl__dump_item){.kind = "thread",
                                        .name = "that steps the world",
                                        .state = "in a step, or the end of a frame, that lasts",
                                        .seconds = -1,
                                        .age = -1,
                                        .calls = calls,
                                        .count = count,
                                        .is_interrupted = true});
}

static void add_noted(tl__dump *dump, void *user_data)
{
    const tl__sighting *sighting = user_data;
    add_stepping_thread(dump, sighting);
    for (uint32_t i = 0; i < sighting->script_count; ++i)
        tl__dump_add(dump, &sighting->notes[i].item);
    if (sighting->world->jobs != NULL)
        tl__dump_add_jobs_of(dump, sighting->world->jobs);
}

void tl__step_dump_forget(tl__sighting *sighting)
{
    tl__dump_note *notes = sighting->notes;
    sighting->notes = NULL; // first: a child made by fork in between has lost the memory, but does not free it twice
    tl__free(notes, sighting->room * sizeof *notes);
    sighting->room = 0;
}

/// Has all scripts noted. There is room for none at first, so the first answer says for how many it takes memory.
static bool ask_for_notes(tl__sighting *sighting, int signal)
{
    enum { TRIES = 4 };
    for (int i = 0; i < TRIES && tl__sighting_ask(sighting, signal); ++i) {
        if (sighting->script_count <= sighting->room)
            return true;
        uint32_t room = sighting->script_count + sighting->script_count / 4 + 16;
        tl__step_dump_forget(sighting);
        sighting->notes = tl__allocate(room * sizeof *sighting->notes);
        if (sighting->notes == NULL)
            return false;
        sighting->room = room;
    }
    return false;
}

bool tl__step_dump(tl__sighting *sighting, tl_world *world, uint64_t step, const tl_watchdog_desc *desc)
{
    tl_dump_desc dump = desc->dump;
    if (dump.write == NULL)
        dump.write = write_without_locks;
    sighting->world = world;
    sighting->subject = TL__ALL_SCRIPTS;
    sighting->end_script = false;
    sighting->beat_or_step = step;
    bool written = ask_for_notes(sighting, desc->signal) && tl__dump_make(&dump, add_noted, sighting) == TL_OK;
    tl__step_dump_forget(sighting);
    return written;
}
