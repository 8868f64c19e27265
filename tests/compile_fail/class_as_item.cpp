// SPDX-License-Identifier: MIT
// A channel's items are copied as bytes.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/concurrency.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};

#if WRONG == 1
typedef TL_CHANNEL(text) text_channel;
#else
typedef TL_CHANNEL(text *) text_channel;
#endif
