// SPDX-License-Identifier: MIT
// A script's result is copied as bytes.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/concurrency.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};

#if WRONG == 1
TL_SCRIPT_RETURNING(text, answers, text *, me)
{
    return **me;
}
#elif WRONG == 2
TL_SCRIPT_DECLARE_RETURNING(text, answers_elsewhere, text *);
#elif WRONG == 3
TL_SCRIPT_DEFINE_RETURNING(text, answers_elsewhere, text *, me)
{
    return **me;
}
#else
TL_SCRIPT_RETURNING(text *, answers, text *, me)
{
    return *me;
}
TL_SCRIPT_DECLARE_RETURNING(text *, answers_elsewhere, text *);
#endif
