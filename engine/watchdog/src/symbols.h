// SPDX-License-Identifier: MIT
/// Names, files and lines for addresses in this process.
#ifndef TELAR_SYMBOLS_H
#define TELAR_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl__symbols tl__symbols;

/// Opens the symbols of this process. Returns null if there are none: then tl__symbols_describe writes addresses.
tl__symbols *tl__symbols_open(void);
void tl__symbols_close(tl__symbols *symbols);

/// Writes "function() at file.c:12", or as much of that as is known, to `text`.
/// @param is_return  whether the address is a return address
void tl__symbols_describe(tl__symbols *symbols, const void *address, bool is_return, char *text, size_t size);

#endif
