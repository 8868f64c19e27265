// SPDX-License-Identifier: MIT
/// Text that grows, for dumps and the inspector's page.
#ifndef TELAR_FIBER_DUMP_TEXT_H
#define TELAR_FIBER_DUMP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"

/// Zero-initialised, it is empty.
typedef struct tl__dump_text {
    char *text;
    size_t length, capacity;
    bool failed; ///< there was no memory for some of it
} tl__dump_text;

/// Appends bytes as they are. Returns false if there was no memory.
TL_API bool tl__dump_append(tl__dump_text *to, const char *bytes, size_t size);
TL_API void tl__dump_print(tl__dump_text *to, const char *format, ...) TL__PRINTF(2, 3);

/// Adds a member to a JSON object or array: a comma unless it is the first one, its name unless that is null, and the
/// string in quotes. Does nothing for a null string.
TL_API void tl__dump_json_string(tl__dump_text *to, const char *name, const char *string);
/// The same for anything that is no string.
TL_API void tl__dump_json(tl__dump_text *to, const char *name, const char *format, ...) TL__PRINTF(3, 4);

/// The same for a number with a fixed number of decimals, at most 9. Its point is a point in every locale; what is no
/// finite number is null.
TL_API void tl__dump_json_fixed(tl__dump_text *to, const char *name, double value, int decimals);

TL_API void tl__dump_text_free(tl__dump_text *text);

#endif
