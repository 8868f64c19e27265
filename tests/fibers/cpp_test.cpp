// The headers from C++: the same macros, the same checks.
#include "check.h"
#include "telar/fiber.h"
#include "telar/overflow.h"

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
