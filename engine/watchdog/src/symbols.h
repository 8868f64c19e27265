// SPDX-License-Identifier: MIT
/// Names, files and lines for addresses in this process.
#ifndef TELAR_SYMBOLS_H
#define TELAR_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl__symbols tl__symbols;

/// Null when nothing can be had; then addresses have to do.
tl__symbols *tl__symbols_open(void);
void tl__symbols_close(tl__symbols *symbols);

/// "function() at file.c:12", or as much of that as is known. `is_return`: the address is where a call comes back to.
void tl__symbols_describe(tl__symbols *symbols, void *address, bool is_return, char *text, size_t size);

#endif
