// SPDX-License-Identifier: MIT
// The examples of docs/debugging.md, run.
#include "check.h"
#include "telar/fiber.h"
#include "telar/trace.h"

#include <stdio.h>
#include <string.h>

// [where]
/// Prints a suspended fiber's place, as WinDbg's command that shows its calls.
static void print_place(FILE *file, const tl_fiber *fiber)
{
    tl_fiber_place place;
    tl_result found = tl_fiber_where(fiber, &place);
    if (found == TL_OK)
        fprintf(file, "%s: k = %p %p %p\n", tl_fiber_name(fiber), place.frame_pointer, place.stack_pointer,
                place.instruction_pointer);
    else
        fprintf(file, "%s: %s\n", tl_fiber_name(fiber), tl_result_string(found));
}
// []

TL_FIBER(waits, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_yield(NULL));
}

static void read_all(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

TEST(where)
{
    char text[200], expected[200];
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits, {0}));
    FILE *file = tmpfile();
    print_place(file, fiber);
    CHECK_REPORTED(TL_ERROR_ARGUMENT);
    read_all(file, text, sizeof text);
    snprintf(expected, sizeof expected, "waits: %s\n", tl_result_string(TL_ERROR_ARGUMENT));
    CHECK_STRING(expected, text);
    CHECK_OK(tl_resume(fiber, NULL));
    tl_fiber_place place;
    CHECK_OK(tl_fiber_where(fiber, &place));
    snprintf(expected, sizeof expected, "waits: k = %p %p %p\n", place.frame_pointer, place.stack_pointer,
             place.instruction_pointer);
    file = tmpfile();
    print_place(file, fiber);
    read_all(file, text, sizeof text);
    CHECK_STRING(expected, text);
    CHECK_OK(tl_pool_destroy(pool));
}

static int frames;

static void frame(void)
{
    static volatile unsigned work;
    ++frames;
    for (int i = 0; i < (frames == 3 ? 30000000 : 100); ++i)
        work = work + 1;
}

static void run_game(double slow)
{
    // [slow_frame]
    tl_trace_name_thread("the main thread");
    tl_trace_start(NULL);
    tl_trace_frame(); // the first frame begins

    while (frames < 5) {
        frame();
        if (tl_trace_frame() > slow)          // ends a frame, and returns how long it took
            tl_trace_save("slow.pftrace", 5); // the five seconds before this
    }
    // []
}

TEST(slow_frame)
{
    remove("slow.pftrace");
    run_game(0.001);
    tl_trace_stop();
    CHECK_INT(5, frames);
    FILE *file = fopen("slow.pftrace", "rb");
    CHECK(file != NULL);
    CHECK(fgetc(file) != EOF);
    fclose(file);
    remove("slow.pftrace");
}
