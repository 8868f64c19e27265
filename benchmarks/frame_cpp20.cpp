// SPDX-License-Identifier: MIT
// Coroutines of the C++20 language, on the shortest schedulers that do the job: no cancelling, no owners, no errors.
#include <coroutine>
#include <cstdlib>
#include <queue>
#include <vector>

#include "frame_peer.h"

namespace
{

/// A coroutine that starts suspended, and resumes its continuation when it ends.
struct task {
    struct promise_type {
        std::coroutine_handle<> continuation = std::noop_coroutine();

        struct final_awaiter {
            bool await_ready() noexcept
            {
                return false;
            }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept
            {
                return ended.promise().continuation;
            }
            void await_resume() noexcept
            {
            }
        };

        task get_return_object()
        {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend()
        {
            return {};
        }
        final_awaiter final_suspend() noexcept
        {
            return {};
        }
        void return_void()
        {
        }
        void unhandled_exception()
        {
            std::abort();
        }
    };

    std::coroutine_handle<promise_type> handle;
};

/// co_await call{inner()} runs a coroutine to its end inside another one, in whose frame the call object lies.
struct call {
    task inner;
    explicit call(task begun) : inner(begun)
    {
    }
    call(const call &) = delete;
    ~call()
    {
        inner.handle.destroy();
    }
    bool await_ready()
    {
        return false;
    }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> outer)
    {
        inner.handle.promise().continuation = outer;
        return inner.handle;
    }
    void await_resume()
    {
    }
};

struct timed_entry {
    double time;
    uint64_t number; ///< among equal times, the entry that was put in first comes first
    std::coroutine_handle<> handle;
    bool operator<(const timed_entry &other) const
    {
        return time != other.time ? time > other.time : number > other.number;
    }
};

struct scheduler {
    std::vector<std::coroutine_handle<>> current, next, waiting;
    std::priority_queue<timed_entry> timed;
    double time = 0;
    uint64_t numbers = 0;
    std::vector<std::coroutine_handle<task::promise_type>> all;
};

scheduler *world;
uint32_t script_count;

struct next_step {
    bool await_ready()
    {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle)
    {
        world->next.push_back(handle);
    }
    void await_resume()
    {
    }
};

/// Waits until `time`. The caller's next wait counts from that time, as in Telar.
struct until {
    double time;
    bool await_ready()
    {
        return time <= world->time;
    }
    void await_suspend(std::coroutine_handle<> handle)
    {
        world->timed.push({time, world->numbers++, handle});
    }
    void await_resume()
    {
    }
};

struct bell {
    bool await_ready()
    {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle)
    {
        world->waiting.push_back(handle);
    }
    void await_resume()
    {
    }
};

task waits_for_steps()
{
    for (;;) {
        ++times_gone_on;
        co_await next_step{};
    }
}

task waits_once()
{
    ++times_gone_on;
    co_await next_step{};
}

task waits_nested()
{
    for (;;)
        co_await call{waits_once()};
}

task waits_for_times(uint32_t random)
{
    for (double time = world->time;;) {
        time += seconds_to_wait(&random);
        co_await until{time};
        ++times_gone_on;
    }
}

task waits_for_bells()
{
    for (;;) {
        co_await bell{};
        ++times_gone_on;
    }
}

task returns()
{
    ++times_gone_on;
    co_return;
}

void open_world(uint32_t count)
{
    world = new scheduler;
    script_count = count;
}

void close_world()
{
    for (auto handle : world->all)
        handle.destroy();
    delete world;
}

template <task (*script)()> void open_scripts(uint32_t count)
{
    open_world(count);
    for (uint32_t i = 0; i < count; ++i) {
        world->all.push_back(script().handle);
        world->next.push_back(world->all.back());
    }
}

void open_times(uint32_t count)
{
    open_world(count);
    for (uint32_t i = 0; i < count; ++i) {
        world->all.push_back(waits_for_times(i).handle);
        world->next.push_back(world->all.back());
    }
}

void resume_all(std::vector<std::coroutine_handle<>> &from)
{
    world->current.swap(from);
    for (auto handle : world->current)
        handle.resume();
    world->current.clear();
}

void run_steps(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step)
        resume_all(world->next);
}

void run_times(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        world->time += 1 / double(STEPS_PER_SECOND);
        resume_all(world->next);
        while (!world->timed.empty() && world->timed.top().time <= world->time) {
            auto handle = world->timed.top().handle;
            world->timed.pop();
            handle.resume();
        }
    }
}

void run_bells(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        resume_all(world->next);
        resume_all(world->waiting);
    }
}

void run_lives(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        for (uint32_t i = 0; i < script_count; ++i)
            world->next.push_back(returns().handle);
        world->current.swap(world->next);
        for (auto handle : world->current) {
            handle.resume();
            handle.destroy();
        }
        world->current.clear();
    }
}

} // namespace

const frame_peer cpp20_peers[] = {
    {"C++20 coroutine", SCENE_STEP, open_scripts<waits_for_steps>, run_steps, close_world},
    {"C++20 coroutine, a nested call waits", SCENE_STEP, open_scripts<waits_nested>, run_steps, close_world},
    {"C++20 coroutine, std::priority_queue", SCENE_TIMED, open_times, run_times, close_world},
    {"C++20 coroutine", SCENE_EVENT, open_scripts<waits_for_bells>, run_bells, close_world},
    {"C++20 coroutine", SCENE_LIFE, open_world, run_lives, close_world},
    {},
};
