// SPDX-License-Identifier: MIT
#include "world/lanes.h"

#include <string.h>

#include "os/allocator.h"

enum { LEAST_TO_DROP = 64 };

// Rows: one bit per lane. As in a lane's summaries, a set bit means that the lane may have a bit of the bitmap set.

/// Returns the size in bytes of the rows of all bitmaps.
static size_t rows_size(uint32_t capacity)
{
    return TL__BITMAPS * (capacity / TL__LANE_BITS) * sizeof(uint64_t);
}

/// Notes that each lane may have bits of each bitmap set. Later searches clear the notes that are wrong.
static void note_all(tl__lanes *lanes)
{
    lanes->with_any = UINT32_MAX;
    memset(lanes->with, 0xff, rows_size(lanes->capacity));
}

/// Returns whether a lane has a bit of a bitmap set at or after word *word, and sets *word to the first such word.
static bool find_in_lane(tl__lanes *lanes, int bitmap, uint32_t index, uint32_t *word)
{
    tl__lane *lane = lanes->lanes[index];
    uint32_t from = *word;
    *word = tl__lane_find(lane, bitmap, from);
    bool found = *word < tl__lane_words(lane);
    if (!found && from == 0)
        tl__lanes_row(lanes, bitmap)[index / TL__LANE_BITS] &= ~tl__lane_bit(index);
    return found;
}

/// Returns the first lane at or after `index` that has a bit of a bitmap set, or null if there is none. In lane `index`
/// only words at or after *word count. Sets *word to the first such word of the lane.
static tl__lane *find_from(tl__lanes *lanes, int bitmap, uint32_t index, uint32_t *word)
{
    const uint64_t *row = tl__lanes_row(lanes, bitmap);
    for (uint32_t first = index; index < lanes->count;) {
        uint64_t rest = row[index / TL__LANE_BITS] & ~(uint64_t)0 << index % TL__LANE_BITS;
        if (rest == 0) {
            index = (index / TL__LANE_BITS + 1) * TL__LANE_BITS;
            continue;
        }
        index = index / TL__LANE_BITS * TL__LANE_BITS + (uint32_t)__builtin_ctzll(rest);
        if (index != first)
            *word = 0;
        if (index < lanes->count && find_in_lane(lanes, bitmap, index, word))
            return lanes->lanes[index];
        ++index;
    }
    return NULL;
}

static inline tl__lane *only_lane(tl__lane *lane, int bitmap, uint32_t *word)
{
    *word = tl__lane_find(lane, bitmap, *word);
    return *word < tl__lane_words(lane) ? lane : NULL;
}

static tl__lane *find_lane(tl__lanes *lanes, int bitmap, uint32_t index, uint32_t *word)
{
    if (!(lanes->with_any >> bitmap & 1))
        return NULL;
    bool from_first = index == 0 && *word == 0, is_only = lanes->count == 1 && index == 0; // as in most games
    tl__lane *found = is_only ? only_lane(lanes->lanes[0], bitmap, word) : find_from(lanes, bitmap, index, word);
    if (found == NULL && from_first)
        lanes->with_any &= ~(1u << bitmap);
    return found;
}

// Creating and dropping lanes.

void tl__lanes_begin_phase(tl_world *world)
{
    tl__lanes *lanes = &world->lanes;
    lanes->first_lane = lanes->first_word = 0;
    lanes->batch_lane = lanes->batch_end = 0;
    lanes->is_stale = true;
}

static void number(tl_world *world)
{
    tl__lanes *lanes = &world->lanes;
    for (uint32_t i = 0; i < lanes->count; ++i)
        lanes->lanes[i]->index = i;
    note_all(lanes);
    tl__lanes_begin_phase(world);
}

static void free_lane(tl__lane *lane)
{
    tl__lane_free(lane);
    tl__free(lane, sizeof *lane);
}

/// Drops the lanes that have no scripts. Called when there are many of them, since a game may keep using new
/// priorities.
static void drop_empty(tl_world *world)
{
    tl__lanes *lanes = &world->lanes;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < lanes->count; ++i) {
        if (lanes->lanes[i]->count > 0)
            lanes->lanes[kept++] = lanes->lanes[i];
        else
            free_lane(lanes->lanes[i]);
    }
    lanes->count = kept;
    lanes->empty = 0;
    lanes->latest = NULL;
    number(world);
}

static bool grow_lanes(tl__lanes *lanes)
{
    uint32_t capacity = lanes->capacity == 0 ? TL__LANE_BITS : 2 * lanes->capacity;
    uint64_t *with = tl__allocate(rows_size(capacity));
    if (with == NULL || !TL__GROW(lanes->lanes, lanes->capacity, capacity)) {
        tl__free(with, rows_size(capacity));
        return false;
    }
    tl__free(lanes->with, rows_size(lanes->capacity));
    lanes->with = with;
    lanes->capacity = capacity;
    note_all(lanes);
    return true;
}

/// Returns the index of the lane of a priority, or the index at which to insert that lane.
static uint32_t search(const tl__lanes *lanes, int priority)
{
    uint32_t low = 0, high = lanes->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (lanes->lanes[middle]->priority > priority)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/// Creates a lane with room for a script. Returns null if there is no memory.
static tl__lane *make_lane(tl_world *world, int priority)
{
    tl__lanes *lanes = &world->lanes;
    if (lanes->count == lanes->capacity && lanes->count >= LEAST_TO_DROP && lanes->empty > lanes->count / 2)
        drop_empty(world);
    if (lanes->count == lanes->capacity && !grow_lanes(lanes))
        return NULL;
    tl__lane *made = tl__allocate_zeros(sizeof *made);
    bool moved;
    if (made == NULL || tl__lane_reserve(made, false, &moved) != TL_OK) {
        if (made != NULL)
            free_lane(made);
        return NULL;
    }
    made->priority = priority;
    uint32_t index = search(lanes, priority);
    memmove(&lanes->lanes[index + 1], &lanes->lanes[index], (lanes->count - index) * sizeof *lanes->lanes);
    lanes->lanes[index] = made;
    ++lanes->count;
    ++lanes->empty;
    number(world);
    return made;
}

tl_result tl__lanes_reserve_another(tl_world *world, int priority, tl__lane **lane)
{
    tl__lanes *lanes = &world->lanes;
    uint32_t index = search(lanes, priority);
    if (index == lanes->count || lanes->lanes[index]->priority != priority) {
        *lane = make_lane(world, priority);
        return *lane != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
    }
    *lane = lanes->latest = lanes->lanes[index];
    bool moved;
    tl_result result = tl__lane_reserve(*lane, true, &moved);
    if (moved)
        tl__lanes_begin_phase(world);
    return result;
}

void tl__lanes_free(tl_world *world)
{
    for (uint32_t i = 0; i < world->lanes.count; ++i)
        free_lane(world->lanes.lanes[i]);
    tl__free(world->lanes.lanes, world->lanes.capacity * sizeof *world->lanes.lanes);
    tl__free(world->lanes.with, rows_size(world->lanes.capacity));
    world->lanes = (tl__lanes){0};
}

// Bits.

void tl__lanes_clear(tl__script_record *script, int bitmap)
{
    tl_world *world = script->world;
    if (!tl__lane_has(script->lane, bitmap, script->slot))
        return; // not set: no batch is still to run it
    tl__lane_clear(script->lane, bitmap, script->slot);
    if (bitmap - TL__READY == world->phase && tl__lanes_is_in_batch(&world->lanes, script->lane->index, script->slot))
        world->lanes.is_stale = true;
}

bool tl__lanes_have(tl_world *world, int bitmap)
{
    uint32_t word = 0;
    return tl__lanes_may_have(world, bitmap) && find_lane(&world->lanes, bitmap, 0, &word) != NULL;
}

// Steps.

static void begin_step(tl_world *world, int phase_order)
{
    uint32_t index = 0, word = 0;
    for (tl__lane *lane; (lane = find_lane(&world->lanes, TL__NEXT_STEP + phase_order, index, &word)) != NULL;
         word = 0) {
        tl__lanes_note(&world->lanes, lane, TL__READY + phase_order);
        tl__lane_begin_step(lane, phase_order, world->any_frozen);
        index = lane->index + 1;
    }
}

void tl__lanes_begin_step(tl_world *world)
{
    for (int phase_order = 0; phase_order < TL__FRAME_ORDER; ++phase_order)
        if (tl__lanes_may_have(world, TL__NEXT_STEP + phase_order))
            begin_step(world, phase_order);
}

// Gathering ready scripts.

/// Appends the ready scripts of one word, given by `bits`, to a batch.
static inline void gather_word(tl__batch *batch, uint32_t word, uint64_t bits, uint32_t most)
{
    for (; bits != 0 && batch->count < most; bits &= bits - 1)
        batch->slots[batch->count++] = word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(bits);
}

static void gather_words(tl__lane *lane, int bitmap, uint32_t word, tl__batch *batch, uint32_t most)
{
    const uint64_t *row = tl__lane_row(lane, bitmap);
    uint64_t *summary = tl__lane_summary(lane, bitmap), first = ~(uint64_t)0 << word % TL__LANE_BITS;
    uint32_t words = tl__lane_words(lane);
    for (uint32_t i = word / TL__LANE_BITS; i * TL__LANE_BITS < words && batch->count < most; ++i, first = ~(uint64_t)0)
        for (uint64_t rest = summary[i] & first; rest != 0 && batch->count < most; rest &= rest - 1) {
            uint32_t at = i * TL__LANE_BITS + (uint32_t)__builtin_ctzll(rest);
            uint64_t bits = at < words ? row[at] : 0;
            if (bits == 0)
                summary[i] &= ~tl__lane_bit(at);
            gather_word(batch, at, bits, most);
        }
}

bool tl__lanes_gather_some(tl_world *world, tl__batch *batch, uint32_t most)
{
    tl__lanes *lanes = &world->lanes;
    int bitmap = TL__READY + world->phase;
    tl__lane *lane = find_lane(lanes, bitmap, lanes->first_lane, &lanes->first_word);
    if (lane == NULL) {
        lanes->with_any &= ~(1u << bitmap); // nor is any script ready before `first_lane` and `first_word`
        return false;
    }
    batch->lane = lane;
    batch->count = 0;
    gather_words(lane, bitmap, lanes->first_word, batch, most);
    lanes->first_lane = lanes->batch_lane = lane->index;
    lanes->batch_end = batch->slots[batch->count - 1] + 1;
    if (lanes->count == 1 && batch->count < most) // the batch holds all ready scripts, unless it becomes stale
        lanes->with_any &= ~(1u << bitmap);
    return true;
}

void tl__lanes_note_next(tl_world *world, const tl__batch *batch)
{
    int bitmap = TL__NEXT_STEP + world->phase;
    tl__lanes_note(&world->lanes, batch->lane, bitmap);
    uint32_t last = batch->slots[batch->count - 1] / TL__LANE_BITS;
    for (uint32_t word = batch->slots[0] / TL__LANE_BITS; word <= last; ++word)
        tl__lane_note(batch->lane, bitmap, word);
}

void tl__lanes_break_off(tl_world *world)
{
    tl__lanes *lanes = &world->lanes;
    lanes->with_any |= 1u << (TL__READY + world->phase);
    for (uint32_t i = 0; i < lanes->count; ++i) {
        tl__lane_note_all(lanes->lanes[i], TL__NEXT_STEP + world->phase);
        tl__lanes_note(lanes, lanes->lanes[i], TL__NEXT_STEP + world->phase);
    }
}
