// SPDX-License-Identifier: MIT
// The arguments of scripts and of children are copied as bytes.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/concurrency.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};

TL_JOB(counts_letters, text, me)
{
}
TL_SCRIPT(says_it, text *, me)
{
}

#if WRONG == 1
TL_SCRIPT(says, text, me)
{
}
#elif WRONG == 2
TL_SCRIPT_DEFINE(says, text, me)
{
}
#elif WRONG == 3
TL_SCRIPT_DECLARE(says, text);
#elif WRONG == 4
TL_SCRIPT_RETURNING(int, says, text, me)
{
    return 0;
}
#else
TL_SCRIPT_RETURNING(int, says, text *, me)
{
    return 0;
}
#endif

void start(tl_world *world, text &words);
void start(tl_world *world, text &words)
{
#if WRONG == 5
    tl_spawn(world, TL_NO_ENTITY, nullptr, counts_letters, words);
#elif WRONG == 6
    tl_sync(TL_CHILD(counts_letters, words));
#elif WRONG == 7
    tl_sync(TL_CHILD_OF(counts_letters, &words));
#elif WRONG == 8
    tl_branch(talk, counts_letters, words);
#else
    text *at = &words;
    tl_spawn(world, TL_NO_ENTITY, nullptr, says_it, at);
    tl_branch(talk, says_it, at);
    tl_sync(TL_CHILD(says_it, at), TL_CHILD_OF(says_it, &at));
#endif
}
