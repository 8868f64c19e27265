// SPDX-License-Identifier: MIT
// The tests of unwind_test.c through C++ frames, with destructors and handlers.
#include <stdexcept>

#include "unwind_test.h"

namespace
{

struct holder {
    char kind;
    int number;
    ~holder()
    {
        CHECK(tl_fiber_is_unwinding());
        note_number(kind, number);
    }
};

void note_attribute(int *number)
{
    note_number('c', *number);
}

void note_defer(void *number)
{
    note_number('b', *static_cast<int *>(number));
}

/// Frames that hold objects, defers and cleanup attributes, interleaved.
void nest(int depth)
{
    int number = DEPTH + 1 - depth;
    holder first{'a', number};
    tl_defer(note_defer, &number);
    __attribute__((cleanup(note_attribute), unused)) int attribute = number;
    holder last{'d', number};
    if (depth > 1)
        nest(depth - 1);
    else
        CHECK_OK(tl_yield(nullptr));
    note_number('!', number);
}

void through_handlers(int depth)
{
    try {
        holder inside{'i', depth};
        CHECK_OK(tl_yield(nullptr));
    } catch (const std::exception &) {
        CHECK_UNREACHED();
    } catch (...) {
        note_number('h', depth);
        throw;
    }
}

void swallow(int depth)
{
    holder outside{'o', depth};
    try {
        holder inside{'i', depth};
        CHECK_OK(tl_yield(nullptr));
    } catch (...) {
        note_number('h', depth);
    }
    CHECK_UNREACHED();
}

void throw_and_catch(int depth)
{
    try {
        tl_defer(note_defer, &depth);
        throw std::runtime_error("thrown");
    } catch (const std::runtime_error &error) {
        CHECK_STRING("thrown", error.what());
    }
    CHECK_OK(tl_yield(nullptr));
}

} // namespace

TEST(cpp_cancel_runs_destructors_too_in_exact_reverse)
{
    NEED_UNWINDER();
    tl_fiber *fiber = start(nest, DEPTH);
    check_notes("");
    CHECK_OK(tl_fiber_cancel(fiber));
    check_reverse_of_all("abcd");
}

TEST(cpp_handlers_of_all_are_run_and_throw_on)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_cancel(start(through_handlers, 1)));
    check_notes("i1 h1 ");
}

TEST(cpp_a_cancellation_cannot_be_swallowed)
{
    NEED_UNWINDER();
    tl_fiber *fiber = start(swallow, 1);
    CHECK_MISUSE(TL_ERROR_SWALLOWED, (tl_fiber_cancel(fiber), TL_ERROR_SWALLOWED));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fiber));
    check_notes("i1 h1 o1 ");
}

TEST(cpp_exceptions_run_defers)
{
    tl_fiber *fiber = start(throw_and_catch, 7);
    check_notes("b7 ");
    CHECK_OK(tl_fiber_cancel(fiber));
    check_notes("");
}
