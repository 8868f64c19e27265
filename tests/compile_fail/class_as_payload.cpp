// SPDX-License-Identifier: MIT
// An event's payload is copied as bytes.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/concurrency.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};

#if WRONG == 1
typedef TL_EVENT(text) said_event;
#else
typedef TL_EVENT(const text *) said_event;
#endif
