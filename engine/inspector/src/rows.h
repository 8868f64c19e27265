// SPDX-License-Identifier: MIT
/// Which of a snapshot's scripts a page shows, and in which order.
#ifndef TELAR_INSPECTOR_ROWS_H
#define TELAR_INSPECTOR_ROWS_H

#include "snapshot.h"

typedef enum tl__sort {
    TL__BY_ID,
    TL__BY_NAME,
    TL__BY_WAIT,
    TL__BY_WAITED,
    TL__BY_AGE,
    TL__BY_USED,
    TL__BY_PLACE, ///< that spawned it
} tl__sort;

typedef struct tl__query {
    tl__sort sort;
    bool descends;
    bool tree;          ///< children follow their parents
    const char *filter; ///< only scripts in whose name, type, wait or place this occurs, in any case; null: all
    uint32_t most;      ///< rows, at most
} tl__query;

typedef struct tl__row {
    const char *text; ///< rows are sorted by this, unless it is null, and then by the number
    double number;
    uint32_t script; ///< index in tl__snapshot.scripts
    uint32_t depth;  ///< in the tree
} tl__row;

/// Returns the rows of a query, at most query->most of them, in memory that tl__rows_free frees; null if there is none.
/// *matching is set to how many there are without that limit.
tl__row *tl__rows_find(const tl__snapshot *snapshot, const tl__query *query, uint32_t *count, uint32_t *matching);
void tl__rows_free(const tl__snapshot *snapshot, tl__row *rows);

#endif
