// SPDX-License-Identifier: MIT
// A fiber's argument is copied as bytes: a class that needs its constructors does not compile.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/fiber.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};
struct view {
    const text *of;
    int first, count;
};

#if WRONG == 1
TL_FIBER(shows, text, me)
{
}
#elif WRONG == 2
TL_FIBER_DEFINE(shows_elsewhere, text, me)
{
}
#elif WRONG == 3
TL_FIBER_DECLARE(shown_elsewhere, text);
#else
TL_FIBER(shows, view, me)
{
}
TL_FIBER_DEFINE(shows_elsewhere, text *, me)
{
}
TL_FIBER_DECLARE(shown_elsewhere, view);
#endif
