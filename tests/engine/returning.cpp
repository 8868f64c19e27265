// SPDX-License-Identifier: MIT
#include "returning.h"

namespace
{

road measure(const journey *journey)
{
    if (journey->to == 0)
        tl_return(finds_in_cpp, {-1, 0}); // from a function that the script calls
    return {journey->to - journey->from + 0.25, 3};
}

} // namespace

TL_SCRIPT_DEFINE_RETURNING(road, finds_in_cpp, journey, me)
{
    tl_wait_steps(2);
    return measure(me);
}
