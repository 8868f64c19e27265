// SPDX-License-Identifier: MIT
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "os/allocator.h"
#include "world/wait_names.h"

static size_t size_of_rows(const tl__snapshot *snapshot)
{
    return ((size_t)snapshot->script_count + 1) * sizeof(tl__row);
}

void tl__rows_free(const tl__snapshot *snapshot, tl__row *rows)
{
    tl__free(rows, size_of_rows(snapshot));
}

static bool matches(const tl__snapshot *snapshot, const tl__seen_script *script, const char *filter)
{
    if (filter == NULL || filter[0] == '\0')
        return true;
    return strcasestr(tl__text_of(snapshot, script->name), filter) != NULL ||
           strcasestr(tl__text_of(snapshot, snapshot->types[script->type].name), filter) != NULL ||
           strcasestr(tl__text_of(snapshot, script->object), filter) != NULL ||
           strcasestr(tl__text_of(snapshot, script->file), filter) != NULL ||
           strcasestr(tl_wait_string(script->wait), filter) != NULL;
}

static tl__row sorted_row(const tl__snapshot *snapshot, const tl__seen_script *script, tl__sort sort)
{
    tl__row row = {.script = (uint32_t)(script - snapshot->scripts)};
    switch (sort) {
    case TL__BY_ID: row.number = script->id.index1; break;
    case TL__BY_NAME: row.text = tl__text_of(snapshot, script->name); break;
    case TL__BY_WAIT: row.text = tl_wait_string(script->wait); break;
    case TL__BY_WAITED: row.number = script->waited; break;
    case TL__BY_AGE: row.number = script->age; break;
    case TL__BY_USED: row.number = (double)script->used; break;
    case TL__BY_PLACE:
        row.text = tl__text_of(snapshot, script->file);
        row.number = script->line;
        break;
    }
    return row;
}

/// Sorts by text, then by number, then as the scripts lie in the world.
static int compare_rows(const void *left, const void *right)
{
    const tl__row *l = left, *r = right;
    int by_text = l->text != NULL ? strcmp(l->text, r->text) : 0;
    if (by_text != 0)
        return by_text;
    if (l->number < r->number || l->number > r->number)
        return l->number < r->number ? -1 : 1;
    return l->script < r->script ? -1 : l->script > r->script;
}

static void reverse(tl__row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; ++i) {
        tl__row row = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
}

/// The scripts of a tree, as links between the sorted rows, counted from 1; 0: none.
typedef struct family {
    uint32_t first_child, next, last_child;
} family;

/// Returns the row of each slot of scripts, counted from 1; null without memory.
static uint32_t *rows_by_slot(const tl__snapshot *snapshot, const tl__row *rows, uint32_t count, uint32_t *slots)
{
    *slots = 1;
    for (uint32_t i = 0; i < snapshot->script_count; ++i)
        if (snapshot->scripts[i].id.index1 >= *slots)
            *slots = snapshot->scripts[i].id.index1 + 1;
    uint32_t *by_slot = tl__allocate_zeros(*slots * sizeof *by_slot);
    for (uint32_t i = 0; by_slot != NULL && i < count; ++i)
        by_slot[snapshot->scripts[rows[i].script].id.index1] = i + 1;
    return by_slot;
}

/// Links each row to its parent's, or, without one among the rows, to a root at index 0.
static void link_families(const tl__snapshot *snapshot, const tl__row *rows, uint32_t count, const uint32_t *by_slot,
                          uint32_t slots, family *families)
{
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t parent = snapshot->scripts[rows[i].script].parent.index1;
        family *of = &families[parent != 0 && parent < slots ? by_slot[parent] : 0];
        if (of->last_child == 0)
            of->first_child = i + 1;
        else
            families[of->last_child].next = i + 1;
        of->last_child = i + 1;
    }
}

/// Puts rows in the order of a tree: `ordered` receives each row before its children.
static void walk_families(const tl__row *rows, const family *families, uint32_t *path, tl__row *ordered)
{
    uint32_t depth = 0, written = 0;
    path[0] = families[0].first_child;
    while (path[0] != 0 || depth > 0) {
        uint32_t at = path[depth];
        if (at == 0) { // no more siblings
            --depth;
            path[depth] = families[path[depth]].next;
            continue;
        }
        ordered[written] = rows[at - 1];
        ordered[written++].depth = depth;
        path[++depth] = families[at].first_child;
    }
}

/// Reorders rows as a tree. Without memory they stay as they are.
static tl__row *as_tree(const tl__snapshot *snapshot, tl__row *rows, uint32_t count)
{
    uint32_t slots;
    uint32_t *by_slot = rows_by_slot(snapshot, rows, count, &slots);
    size_t family_size = ((size_t)count + 1) * sizeof(family), path_size = ((size_t)count + 2) * sizeof(uint32_t);
    family *families = tl__allocate_zeros(family_size);
    uint32_t *path = tl__allocate_zeros(path_size);
    tl__row *ordered = tl__allocate(size_of_rows(snapshot));
    if (by_slot != NULL && families != NULL && path != NULL && ordered != NULL) {
        link_families(snapshot, rows, count, by_slot, slots, families);
        walk_families(rows, families, path, ordered);
        tl__row *before = rows;
        rows = ordered;
        ordered = before;
    }
    tl__free(by_slot, slots * sizeof *by_slot);
    tl__free(families, family_size);
    tl__free(path, path_size);
    tl__rows_free(snapshot, ordered);
    return rows;
}

tl__row *tl__rows_find(const tl__snapshot *snapshot, const tl__query *query, uint32_t *count, uint32_t *matching)
{
    tl__row *rows = tl__allocate(size_of_rows(snapshot));
    *count = *matching = 0;
    if (rows == NULL)
        return NULL;
    for (uint32_t i = 0; i < snapshot->script_count; ++i)
        if (matches(snapshot, &snapshot->scripts[i], query->filter))
            rows[(*matching)++] = sorted_row(snapshot, &snapshot->scripts[i], query->sort);
    qsort(rows, *matching, sizeof *rows, compare_rows);
    if (query->descends)
        reverse(rows, *matching);
    if (query->tree)
        rows = as_tree(snapshot, rows, *matching);
    *count = *matching < query->most ? *matching : query->most;
    return rows;
}
