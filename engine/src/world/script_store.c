// SPDX-License-Identifier: MIT
#include "world/script_store.h"

#include <stdatomic.h>
#include <string.h>

#include "os/allocator.h"

tl__script_record *tl__script_find(const tl_world *world, tl_script script)
{
    if (script.index1 == 0 || script.index1 > world->script_slots)
        return NULL;
    tl__script_record *found = tl__script_slot(world, script.index1);
    return found->generation == script.generation && found->fiber != NULL ? found : NULL;
}

uint32_t tl_script_count(const tl_world *world)
{
    return world != NULL ? world->script_count : 0;
}

void tl__script_give_back(tl_world *world, tl__script_record *script)
{
    if (++script->generation == 0)
        return; // all generations are used up: reusing the slot would make stale ids valid again
    script->next_free = world->free_script;
    world->free_script = script;
}

/// The first BLOCKS_ALONE blocks are allocated one by one, further ones in large pages of BLOCKS_TOGETHER blocks each.
enum { BLOCKS_ALONE = 16, BLOCKS_TOGETHER = TL__LARGE_PAGE / (TL__SCRIPT_BLOCK * sizeof(tl__script_record)) };

static bool is_allocated_with_it(uint32_t block)
{
    return block < BLOCKS_ALONE || (block - BLOCKS_ALONE) % BLOCKS_TOGETHER == 0;
}

static tl__script_record *allocate_block(const tl_world *world, uint32_t block)
{
    if (block < BLOCKS_ALONE)
        return tl__allocate_aligned(TL__SCRIPT_BLOCK * sizeof(tl__script_record), _Alignof(tl__script_record));
    if (is_allocated_with_it(block))
        return tl__allocate_large(TL__LARGE_PAGE);
    return world->script_blocks[block - 1] + TL__SCRIPT_BLOCK;
}

static void free_block(tl__script_record *block, uint32_t index)
{
    if (index < BLOCKS_ALONE)
        tl__free_aligned(block, TL__SCRIPT_BLOCK * sizeof(tl__script_record), _Alignof(tl__script_record));
    else if (is_allocated_with_it(index))
        tl__free_large(block, TL__LARGE_PAGE);
}

tl_result tl__script_add_slots(tl_world *world)
{
    uint32_t slots = world->script_slots + TL__SCRIPT_BLOCK, blocks = world->script_slots / TL__SCRIPT_BLOCK;
    tl__script_record *block = allocate_block(world, blocks);
    if (block == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    if (!TL__GROW_BY_COPY(world->script_blocks, blocks, blocks + 1)) {
        free_block(block, blocks);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    world->script_blocks[blocks] = block;
    memset(block, 0, TL__SCRIPT_BLOCK * sizeof(tl__script_record));
    atomic_signal_fence(
        memory_order_seq_cst); // tl__note_scripts, in a signal handler, reads all slots that are counted
    world->script_slots = slots;
    for (uint32_t index1 = slots; index1 > slots - TL__SCRIPT_BLOCK; --index1) {
        tl__script_slot(world, index1)->index1 = index1;
        tl__script_give_back(world, tl__script_slot(world, index1));
    }
    return TL_OK;
}

void tl__scripts_free(tl_world *world)
{
    uint32_t blocks = world->script_slots / TL__SCRIPT_BLOCK;
    for (uint32_t i = 0; i < blocks; ++i)
        free_block(world->script_blocks[i], i);
    tl__free(world->script_blocks, blocks * sizeof *world->script_blocks);
}
