// SPDX-License-Identifier: MIT
// The examples of docs/embedding.md, run.
#include "check.h"
#include "telar/hooks.h"
#include "telar/job.h"
#include "telar/log.h"
#include "telar/misuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long heap_blocks, begun;
static char said[200];

static void *heap_take(size_t size, size_t alignment)
{
    __atomic_add_fetch(&heap_blocks, 1, __ATOMIC_RELAXED);
#ifdef _WIN32
    return _aligned_malloc(size, alignment);
#else
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
#endif
}

static void heap_give(void *memory, size_t size)
{
    (void)size;
    __atomic_sub_fetch(&heap_blocks, 1, __ATOMIC_RELAXED);
#ifdef _WIN32
    _aligned_free(memory);
#else
    free(memory);
#endif
}

static void profiler_name_thread(const char *name)
{
    (void)name;
    __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
}

static void console_print(const char *text)
{
    strncat(said, text, sizeof said - 1 - strlen(said));
}

// [hooks]
static void *allocate(size_t size, size_t alignment, void *heap)
{
    (void)heap;
    return heap_take(size, alignment);
}

static void give_back(void *memory, size_t size, size_t alignment, void *heap)
{
    (void)alignment, (void)heap;
    heap_give(memory, size);
}

static void begin_thread(const char *name, void *unused)
{
    (void)unused;
    profiler_name_thread(name);
}

static void print_news(const tl_log *news)
{
    console_print(news->text);
}

static void print_mistake(tl_result why, const char *call)
{
    tl_running here = tl_running_here();
    console_print(call);
    console_print(": ");
    console_print(tl_result_string(why));
    if (here.kind != TL_RUNNING_NOTHING)
        console_print(here.name);
}

static tl_result plug_in(void) /* before anything else of Telar */
{
    static const tl_allocator heap = {.allocate = allocate, .free = give_back};
    static const tl_thread_hooks threads = {.begin = begin_thread};
    tl_set_thread_hooks(&threads);
    tl_set_log_hook(print_news);
    tl_set_misuse_hook(print_mistake);
    return tl_set_allocator(&heap);
}
// []

TL_JOB(does_nothing, int, unused)
{
}

TEST(an_engine_plugs_in_what_it_has)
{
    CHECK_OK(plug_in());
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK(heap_blocks > 0);
    CHECK_OK(tl_job_call(jobs, does_nothing, &(int){0}));
    CHECK_RESULT(TL_ERROR_NULL, tl_resume(NULL, NULL));
    CHECK_STRING("tl_resume: a pointer that must not be null is null", said);
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_INT(1, begun);
    CHECK_INT(0, heap_blocks);
}
