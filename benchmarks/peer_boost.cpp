// SPDX-License-Identifier: MIT
// Boost.Context at its fastest: the bare fcontext, on stacks from malloc without a guard.
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <malloc.h>
#include <sys/mman.h>
#include <vector>

#include "peer.h"

namespace context = boost::context::detail;

namespace
{

struct fiber {
    void *stack;
    context::fcontext_t where;
};

enum { AHEAD = 12, GUARD = 16 * 1024 };

std::vector<fiber> fibers;

// A mapping for stacks that lie as far apart as Telar's; null: each stack is from malloc.
char *spaced;
size_t spaced_size;

void yields(context::transfer_t from)
{
    for (;;)
        from = context::jump_fcontext(from.fctx, nullptr);
}

void yields_deep(context::transfer_t from)
{
    volatile char locals[PEER_LOCALS] = {0};
    for (;;) {
        locals[0] = static_cast<char>(locals[0] + 1);
        from = context::jump_fcontext(from.fctx, nullptr);
    }
}

void returns(context::transfer_t from)
{
    context::jump_fcontext(from.fctx, nullptr);
}

fiber make(void *stack, void (*entry)(context::transfer_t), size_t stack_size)
{
    return {stack, context::make_fcontext(static_cast<char *>(stack) + stack_size, stack_size, entry)};
}

void resume(fiber &which)
{
    which.where = context::jump_fcontext(which.where, nullptr).fctx;
}

void open(const peer_fibers *asked)
{
    fibers.reserve(asked->count);
    for (uint32_t i = 0; i < asked->count; ++i) {
        void *stack =
            spaced != nullptr ? spaced + i * (asked->stack_size + GUARD) + GUARD : std::malloc(asked->stack_size);
        fibers.push_back(make(need(stack), asked->deep ? yields_deep : yields, asked->stack_size));
        resume(fibers.back());
    }
    if (!asked->shuffled)
        return;
    std::vector<void *> order;
    for (fiber &each : fibers)
        order.push_back(&each);
    shuffle(order.data(), asked->count);
    std::vector<fiber> shuffled;
    for (void *each : order)
        shuffled.push_back(*static_cast<fiber *>(each));
    fibers.swap(shuffled);
}

void open_spaced(const peer_fibers *asked)
{
    spaced_size = asked->count * (asked->stack_size + GUARD);
    void *mapping =
        mmap(nullptr, spaced_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    spaced = static_cast<char *>(need(mapping != MAP_FAILED ? mapping : nullptr));
    (void)madvise(spaced, spaced_size, MADV_NOHUGEPAGE);
    open(asked);
}

void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (fiber &each : fibers)
            resume(each);
}

void turn_prefetched(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round) {
        for (size_t i = 0; i < fibers.size(); ++i) {
            if (i + AHEAD < fibers.size()) {
                const char *frame = static_cast<const char *>(fibers[i + AHEAD].where);
                __builtin_prefetch(frame, 1);
                __builtin_prefetch(frame + 64, 1);
            }
            resume(fibers[i]);
        }
    }
}

void close()
{
    if (spaced != nullptr)
        munmap(spaced, spaced_size);
    else
        for (fiber &each : fibers)
            std::free(each.stack);
    spaced = nullptr;
    std::vector<fiber>().swap(fibers);
    malloc_trim(0);
}

void churn(uint32_t times, size_t stack_size)
{
    for (uint32_t i = 0; i < times; ++i) {
        fiber one = make(need(std::malloc(stack_size)), returns, stack_size);
        resume(one);
        std::free(one.stack);
    }
}

} // namespace

extern "C" const peer peer_boost = {
    "Boost.Context", "bare fcontext, stacks from malloc, no guard page", 1, UINT32_MAX, open, turn, close, churn,
    PEER_USUAL};
extern "C" const peer peer_boost_prefetched = {"Boost prefetched",
                                               "the same, the saved frame 12 places ahead prefetched as Telar does",
                                               100000,
                                               UINT32_MAX,
                                               open,
                                               turn_prefetched,
                                               close,
                                               nullptr,
                                               PEER_USUAL};
extern "C" const peer peer_boost_spaced = {
    "Boost spaced", "the same, the stacks as far apart as Telar's with their guards of 16 KiB are",
    100000,         UINT32_MAX,
    open_spaced,    turn_prefetched,
    close,          nullptr,
    PEER_USUAL};
