// SPDX-License-Identifier: MIT
#include "board.h"

#include <string.h>

#include "os/allocator.h"

bool tl__board_init(tl__board *board)
{
    *board = (tl__board){0};
    board->published = tl__allocate_zeros(sizeof *board->published);
    if (board->published == NULL)
        return false;
    if (pthread_mutex_init(&board->lock, NULL) == 0)
        return true;
    tl__free(board->published, sizeof *board->published);
    return false;
}

void tl__board_free(tl__board *board)
{
    pthread_mutex_destroy(&board->lock);
    tl__snapshot_free(board->published);
    tl__free(board->published, sizeof *board->published);
    tl__free(board->trace, board->trace_size);
}

static void swap_with_published(tl__board *board, tl__snapshot **own)
{
    tl__snapshot *published = board->published;
    board->published = *own;
    *own = published;
}

void tl__board_publish(tl__board *board, tl__snapshot **filled)
{
    pthread_mutex_lock(&board->lock);
    swap_with_published(board, filled);
    board->is_new = true;
    pthread_mutex_unlock(&board->lock);
}

bool tl__board_take(tl__board *board, tl__snapshot **read)
{
    pthread_mutex_lock(&board->lock);
    bool is_new = board->is_new;
    if (is_new)
        swap_with_published(board, read);
    board->is_new = false;
    pthread_mutex_unlock(&board->lock);
    return is_new;
}

/// Returns the number of a queued action that is the same; 0 if there is none. Counts those done at the same place.
static uint64_t find_queued(const tl__board *board, const tl__action *action, uint32_t *count)
{
    uint64_t found = 0;
    *count = 0;
    for (uint32_t i = 0; i < board->queued; ++i) {
        const tl__action *queued = &board->queue[i];
        *count += ((queued->kind & TL__IN_STEPS) != 0) == ((action->kind & TL__IN_STEPS) != 0);
        bool is_same = queued->kind == action->kind && action->kind != TL__SINGLE_STEP &&
                       queued->script.index1 == action->script.index1 &&
                       queued->script.generation == action->script.generation;
        if (is_same)
            found = queued->number;
    }
    return found;
}

uint64_t tl__board_queue(tl__board *board, tl__action action)
{
    uint32_t count;
    pthread_mutex_lock(&board->lock);
    uint64_t number = find_queued(board, &action, &count);
    if ((number == 0 || action.kind == TL__SPEED) && count < TL__ACTIONS_QUEUED) {
        number = action.number = ++board->numbers;
        board->queue[board->queued++] = action;
    }
    pthread_mutex_unlock(&board->lock);
    return number;
}

bool tl__board_next(tl__board *board, unsigned kinds, tl__action *action)
{
    bool found = false;
    pthread_mutex_lock(&board->lock);
    for (uint32_t i = 0; i < board->queued && !found; ++i) {
        if ((board->queue[i].kind & kinds) == 0)
            continue;
        found = true;
        *action = board->queue[i];
        memmove(&board->queue[i], &board->queue[i + 1], (--board->queued - i) * sizeof *action);
    }
    pthread_mutex_unlock(&board->lock);
    return found;
}

void tl__board_note_done(tl__board *board, const tl__action *action, uint64_t step, tl_result result)
{
    pthread_mutex_lock(&board->lock);
    if (board->done_count == TL__ACTIONS_DONE)
        memmove(&board->done[0], &board->done[1], --board->done_count * sizeof *board->done);
    board->done[board->done_count++] = (tl__done_action){action->number, step, result};
    pthread_mutex_unlock(&board->lock);
}

void tl__board_set_trace(tl__board *board, char *trace, size_t size)
{
    pthread_mutex_lock(&board->lock);
    tl__free(board->trace, board->trace_size);
    board->trace = trace;
    board->trace_size = size;
    ++board->trace_number;
    pthread_mutex_unlock(&board->lock);
}
