// SPDX-License-Identifier: MIT
#include "base/debug_table.h"

const tl__debug_layout *tl__debug_tables[TL__DEBUG_PARTS];

void tl__debug_publish(tl__debug_part part, const tl__debug_layout *layout)
{
    // relaxed: the tables are constant, and only tools read the pointers.
    __atomic_store_n(&tl__debug_tables[part], layout, __ATOMIC_RELAXED);
}
