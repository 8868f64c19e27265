// SPDX-License-Identifier: MIT
/// Texts in UTF-8: where one can be cut, and how bytes that are not UTF-8 are replaced. Signal handlers may call these.
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

/// Returns how many bytes the character at the beginning of a text has; 0 if there is none in `most` bytes. The text
/// may end before that with a zero.
static inline size_t tl__utf8_character(const char *text, size_t most)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0x80                    ? 1
                    : first >= 0xc2 && first < 0xe0 ? 2
                    : (first & 0xf0) == 0xe0        ? 3
                    : first >= 0xf0 && first < 0xf5 ? 4
                                                    : 0;
    if (length > most)
        return 0;
    for (size_t i = 1; i < length; ++i)
        if (!tl__utf8_is_inside(text[i]))
            return 0;
    unsigned char second = length > 2 ? (unsigned char)text[1] : 0; // no surrogate, nothing longer than it must be
    bool is_wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
    return is_wrong ? 0 : length;
}

/// Replaces each byte that is no part of a character by a question mark.
static inline void tl__utf8_mend(char *text, size_t size)
{
    for (size_t at = 0, length; at < size; at += length) {
        length = tl__utf8_character(text + at, size - at);
        if (length == 0) {
            text[at] = '?';
            length = 1;
        }
    }
}

#endif
