// SPDX-License-Identifier: MIT
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "os/allocator.h"

enum { LEAST_ITEMS = 64, MOST_TEXT = 200 };

void tl__snapshot_clear(tl__snapshot *snapshot)
{
    snapshot->any = snapshot->failed = false;
    snapshot->text_count = snapshot->script_count = snapshot->type_count = 0;
    snapshot->channel_count = snapshot->event_count = snapshot->job_count = 0;
    memset(snapshot->copied, 0, sizeof snapshot->copied);
}

void tl__snapshot_free(tl__snapshot *snapshot)
{
    tl__free(snapshot->texts, snapshot->text_capacity);
    tl__free(snapshot->scripts, snapshot->script_capacity * sizeof *snapshot->scripts);
    tl__free(snapshot->types, snapshot->type_capacity * sizeof *snapshot->types);
    tl__free(snapshot->channels, snapshot->channel_capacity * sizeof *snapshot->channels);
    tl__free(snapshot->events, snapshot->event_capacity * sizeof *snapshot->events);
    tl__free(snapshot->jobs, snapshot->job_capacity * sizeof *snapshot->jobs);
}

bool tl__snapshot_grow(tl__snapshot *snapshot, void **array, size_t size, uint32_t *capacity)
{
    size_t more = *capacity < LEAST_ITEMS ? LEAST_ITEMS : 2 * (size_t)*capacity;
    void *grown = more <= UINT32_MAX ? tl__reallocate(*array, *capacity * size, more * size) : NULL;
    if (grown == NULL) {
        snapshot->failed = true;
        return false;
    }
    *array = grown;
    *capacity = (uint32_t)more;
    return true;
}

tl__text tl__snapshot_copy(tl__snapshot *snapshot, const char *string)
{
    if (string == NULL)
        return 0;
    size_t length = tl__utf8_fit(string, MOST_TEXT);
    size_t at = snapshot->text_count > 0 ? snapshot->text_count : 1; // the first byte is no text's
    while (at + length + 1 > snapshot->text_capacity)
        if (!tl__snapshot_grow(snapshot, (void **)&snapshot->texts, 1, &snapshot->text_capacity))
            return 0;
    memcpy(snapshot->texts + at, string, length);
    snapshot->texts[at + length] = '\0';
    snapshot->text_count = (uint32_t)(at + length + 1);
    return (tl__text)at;
}

tl__text tl__snapshot_text(tl__snapshot *snapshot, const char *string)
{
    if (string == NULL)
        return 0;
    enum { COPIED = sizeof snapshot->copied / sizeof *snapshot->copied };
    struct tl__copied_text *latest = &snapshot->copied[(uintptr_t)string / 8 % COPIED];
    if (latest->from != string)
        *latest = (struct tl__copied_text){string, tl__snapshot_copy(snapshot, string)};
    return latest->text;
}

/// Sorts by name, and then as they lie, so that the first of a name stays the first.
static int compare_objects(const void *left, const void *right)
{
    const tl__seen_object *l = left, *r = right;
    int by_name = strcmp(l->word, r->word);
    return by_name != 0 ? by_name : l->index < r->index ? -1 : l->index > r->index;
}

static void add_waiters(tl__waiters *to, const tl__waiters *from)
{
    for (uint32_t i = 0; i < from->count && i < TL__WAITERS_SHOWN && to->count + i < TL__WAITERS_SHOWN; ++i)
        to->first[to->count + i] = from->first[i];
    to->count += from->count;
}

static uint32_t merge_objects(const tl__snapshot *snapshot, tl__seen_object *objects, uint32_t count)
{
    uint32_t kept = 0;
    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < count; ++i)
        objects[i].word = tl__text_of(snapshot, objects[i].name);
    qsort(objects, count, sizeof *objects, compare_objects);
    for (uint32_t i = 1; i < count; ++i) {
        tl__seen_object *to = &objects[kept], *from = &objects[i];
        if (strcmp(to->word, from->word) != 0) {
            objects[++kept] = *from;
            continue;
        }
        ++to->objects;
        to->emits += from->emits;
        to->count += from->count;
        to->capacity += from->capacity;
        to->closed += from->closed;
        add_waiters(&to->senders, &from->senders);
        add_waiters(&to->receivers, &from->receivers);
    }
    return kept + 1;
}

void tl__snapshot_merge(tl__snapshot *snapshot)
{
    snapshot->channel_count = merge_objects(snapshot, snapshot->channels, snapshot->channel_count);
    snapshot->event_count = merge_objects(snapshot, snapshot->events, snapshot->event_count);
}
