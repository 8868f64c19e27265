/// Addresses, and the memory behind them.
#ifndef TELAR_OS_MEMORY_H
#define TELAR_OS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/// Addresses that the system gives memory to, zeros, a page at a time as each is first touched. Null: there are none.
void *tl__memory_map(size_t size);
void tl__memory_unmap(void *low, size_t size);

/// Opens whole pages to all access, or closes them to any. False: the system refuses.
bool tl__memory_open(void *low, size_t size, bool open);

#endif
