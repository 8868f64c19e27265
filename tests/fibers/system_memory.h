// SPDX-License-Identifier: MIT
/// What the system says of this process's memory.
#ifndef TELAR_SYSTEM_MEMORY_H
#define TELAR_SYSTEM_MEMORY_H

#include <stdbool.h>

#include "telar/pool.h"

/// The kind of guard of which there may be most.
extern const tl_guard cheapest_guard;
/// Whether this system allows fewer than a hundred thousand guards.
bool has_few_guards(void);

/// Whether the byte at an address is readable.
bool is_readable(const char *address);

/// Memory that this process has now, the most that it ever had, and the page tables for it, if the system tells.
long long resident_bytes(void);
long long most_resident_bytes(void);
long long page_table_bytes(void);
/// Memory that this process may still get.
long long available_bytes(void);

#endif
