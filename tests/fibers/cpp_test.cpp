// SPDX-License-Identifier: MIT
// The headers from C++: the same macros, the same checks.
#include "check.h"
#include "telar/fiber.h"
#include "telar/job.h"
#include "telar/overflow.h"

#include <string>

namespace
{

struct greeting {
    const char *first, *second;
};

TL_FIBER(greets, greeting, words)
{
    CHECK_STRING("Hello", words->first);
    CHECK_OK(tl_yield(nullptr));
    CHECK_STRING("world", words->second);
}

struct joined {
    std::string left, right, both;
};

TL_JOB(joins, joined, me)
{
    me->both = me->left + me->right;
}

TL_FOR_BODY(shouts, std::string, words, index)
{
    (*words)[index] = static_cast<char>((*words)[index] - 'a' + 'A');
}

} // namespace

TEST(fibers_from_cpp)
{
    tl_pool *pool = nullptr;
    tl_fiber *fiber = nullptr;
    tl_pool_desc desc = {};
    CHECK_OK(tl_pool_create(&desc, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, greets, {"Hello", "world"}));
    CHECK_OK(tl_resume(fiber, nullptr));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, nullptr));
    CHECK_OK(tl_fiber_reset(fiber, greets, {"Hello", "world"}));
    CHECK_OK(tl_resume(fiber, nullptr));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(jobs_on_the_argument_itself_take_any_class)
{
    tl_job_system *jobs = nullptr;
    tl_job_system_desc desc = {};
    desc.workers = 2;
    CHECK_OK(tl_job_system_create(&desc, &jobs));
    joined words = {"a string that is longer than what fits into the object, ", "twice over", ""};
    CHECK_OK(tl_job_call(jobs, joins, &words));
    CHECK_STRING("a string that is longer than what fits into the object, twice over", words.both.c_str());
    CHECK_OK(tl_parallel_for(jobs, 5, 1, shouts, &words.right));
    CHECK_STRING("TWICE over", words.right.c_str());
    CHECK_OK(tl_job_system_destroy(jobs));
}
