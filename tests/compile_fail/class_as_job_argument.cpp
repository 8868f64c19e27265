// SPDX-License-Identifier: MIT
// A job's argument may be of any class where it is not copied; the calls that copy it do not compile.

// Error: Telar copies the bytes of this type.*pass a pointer
#include <telar/job.h>

struct text {
    char *letters;
    text(const text &other);
    ~text();
};

TL_JOB(counts_letters, text, me)
{
}
TL_JOB(counts_letters_of, text *, me)
{
}
TL_FOR_BODY(counts_letter, text, me, index)
{
}
TL_JOB_DECLARE(declared, text);

tl_result start(tl_fiber *fiber, text &words)
{
#if WRONG == 1
    return tl_job_run(nullptr, nullptr, counts_letters, words);
#elif WRONG == 2
    return tl_job_run_many(nullptr, nullptr, counts_letters, &words, 1);
#elif WRONG == 3
    return tl_job_run(nullptr, nullptr, declared, words);
#elif WRONG == 4
    return tl_fiber_reset(fiber, counts_letters, words);
#else
    tl_job_run(nullptr, nullptr, counts_letters_of, &words);
    tl_fiber_reset(fiber, counts_letters_of, &words);
    tl_job_call(nullptr, declared, &words);
    tl_parallel_for(nullptr, 1, 0, counts_letter, &words);
    return tl_job_call(nullptr, counts_letters, &words);
#endif
}
