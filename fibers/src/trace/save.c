// SPDX-License-Identifier: MIT
// Saving a trace: copies the rings, of which each is consistent in itself whatever its thread does, and makes a
// timeline of the copies.
#include <stdio.h>
#include <string.h>

#include "base/misuse.h"
#include "fiber/trace.h"
#include "fiber/trace_ring.h"
#include "os/allocator.h"
#include "telar/trace.h"
#include "trace/timeline.h"

/// Drops events from before `since`, in ticks.
static void drop_older(tl__trace_part *part, uint64_t since)
{
    size_t kept = 0;
    while (kept < part->count && (tl__trace_kind_of(part->events[kept].what) == TL__TRACE_VALUE ||
                                  (int64_t)(part->events[kept].time - since) < 0))
        ++kept;
    part->count -= kept;
    memmove(part->events, part->events + kept, part->count * sizeof *part->events);
}

static size_t count_from(const tl__trace_ring *first)
{
    size_t count = 0;
    for (const tl__trace_ring *ring = first; ring != NULL; ring = ring->next)
        ++count;
    return count;
}

static size_t ring_bytes(const tl__trace_ring *ring)
{
    return ring->capacity * sizeof(tl__trace_copied);
}

/// Fills in who uses a ring. Returns false if that had changed.
static bool look_at_user(const tl__trace_ring *ring, tl__trace_part *part)
{
    tl__trace_lock();
    bool is_same = part->thread == ring->thread && part->name == ring->name;
    part->thread = ring->thread;
    part->name = ring->name;
    tl__trace_unlock();
    return is_same;
}

/// Returns false if there is no memory.
static bool copy_ring(const tl__trace_ring *ring, tl__trace_part *part, uint64_t since)
{
    part->events = tl__allocate(ring_bytes(ring));
    if (part->events == NULL)
        return false;
    look_at_user(ring, part);
    do
        part->count = tl__trace_copy(ring, part->events);
    while (!look_at_user(ring, part));
    drop_older(part, since);
    return true;
}

static void free_parts(const tl__trace_ring *first, tl__trace_part *parts, size_t count)
{
    for (size_t i = 0; i < count; ++i, first = first->next)
        tl__free(parts[i].events, ring_bytes(first));
    tl__free(parts, (count + 1) * sizeof *parts);
}

/// Writes the rings from `first` on.
static tl_result write_rings(const tl__trace_ring *first, tl__trace_writer *writer, double seconds)
{
    tl__trace_clock clock = tl__trace_clock_now();
    double ticks = seconds * 1e9 / clock.tick, most = (double)(tl__trace_now() - clock.ticks);
    uint64_t since = seconds == 0 || ticks >= most ? clock.ticks : tl__trace_now() - (uint64_t)ticks;
    size_t count = count_from(first), copied = 0;
    tl__trace_part *parts = tl__allocate_zeros((count + 1) * sizeof *parts);
    if (parts == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    const tl__trace_ring *ring = first;
    while (copied < count && copy_ring(ring, &parts[copied], since))
        ++copied, ring = ring->next;
    tl_result result = copied == count ? tl__timeline_write(writer, parts, count, clock) : TL_ERROR_OUT_OF_MEMORY;
    free_parts(first, parts, count);
    return result;
}

tl_result tl_trace_write(tl_trace_format format, double seconds,
                         bool (*write)(const void *bytes, size_t size, void *user_data), void *user_data)
{
    if (write == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (!(seconds >= 0) || (format != TL_TRACE_PERFETTO && format != TL_TRACE_CHROME))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl__trace_writer *writer = tl__allocate_zeros(sizeof *writer);
    if (writer == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    writer->writing = format == TL_TRACE_PERFETTO ? &tl__trace_perfetto : &tl__trace_chrome;
    writer->output.write = write;
    writer->output.user_data = user_data;
    bool has_frames = tl__trace_break_frame();
    tl_result result = write_rings(tl__trace_rings(), writer, seconds);
    if (result == TL_OK && writer->output.failed)
        result = TL_ERROR_SYSTEM;
    tl__free(writer, sizeof *writer);
    if (has_frames)
        tl__trace_continue_frame();
    return result;
}

static bool write_to_file(const void *bytes, size_t size, void *file)
{
    return fwrite(bytes, 1, size, file) == size;
}

tl_result tl_trace_save(const char *path, double seconds)
{
    if (path == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (!(seconds >= 0))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    size_t length = strlen(path);
    bool is_json = length >= 5 && strcmp(path + length - 5, ".json") == 0;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return TL_ERROR_SYSTEM;
    tl_result result = tl_trace_write(is_json ? TL_TRACE_CHROME : TL_TRACE_PERFETTO, seconds, write_to_file, file);
    return fclose(file) == 0 || result != TL_OK ? result : TL_ERROR_SYSTEM;
}
