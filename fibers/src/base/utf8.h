// SPDX-License-Identifier: MIT
/// Where a text in UTF-8 can be cut. Signal handlers may call these.
#ifndef TELAR_BASE_UTF8_H
#define TELAR_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/// Whether a byte is not the first one of a character.
static inline bool tl__utf8_is_inside(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/// Returns the length of a text, or, if it is longer than `most` bytes, of its first characters that fit into these.
static inline size_t tl__utf8_fit(const char *text, size_t most)
{
    const char *end = memchr(text, '\0', most + 1);
    size_t length = end != NULL ? (size_t)(end - text) : most;
    while (end == NULL && length > 0 && tl__utf8_is_inside(text[length]))
        --length;
    return length;
}

#endif
