// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "job_peer.h"
#include "measure.h"

namespace
{

std::unique_ptr<tbb::global_control> limit;

void open(unsigned workers)
{
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, workers);
}

void close()
{
    limit.reset();
}

void flat(size_t count)
{
    tbb::task_group group;
    for (size_t i = 0; i < count; ++i)
        group.run([] {});
    group.wait();
}

long fork_join(int n)
{
    if (n < 2)
        return n;
    long left = 0;
    tbb::task_group group;
    group.run([&] { left = fork_join(n - 1); });
    long right = fork_join(n - 2);
    group.wait();
    return left + right;
}

void loop(size_t count, void (*work)(size_t i, void *context), void *context)
{
    tbb::parallel_for(size_t{0}, count, [=](size_t i) { work(i, context); });
}

double wake()
{
    std::atomic<double> began{0};
    tbb::task_group group;
    double start = now();
    group.run([&] { began = now(); });
    while (began == 0)
        ;
    group.wait();
    return began - start;
}

} // namespace

const job_peer job_peer_tbb = {"TBB", open, close, flat, fork_join, loop, wake};
