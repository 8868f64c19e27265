// SPDX-License-Identifier: MIT
// A job's copied argument has at most TL_JOB_ARGS_MAX bytes.
// Error: negative|array size
#include <telar/job.h>

struct query {
#ifdef WRONG
    char bytes[TL_JOB_ARGS_MAX + 1];
#else
    char bytes[TL_JOB_ARGS_MAX];
#endif
};

TL_JOB(find, struct query, q)
{
}

tl_result start(struct query query)
{
    return tl_job_run(NULL, NULL, find, query);
}
