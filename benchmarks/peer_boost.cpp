// Boost.Context at its fastest: the bare fcontext, on stacks from malloc without a guard.
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <vector>

#include "peer.h"

namespace context = boost::context::detail;

namespace
{

struct fiber {
    void *stack;
    context::fcontext_t where;
};

std::vector<fiber> fibers;

void yields(context::transfer_t from)
{
    for (;;)
        from = context::jump_fcontext(from.fctx, nullptr);
}

void returns(context::transfer_t from)
{
    context::jump_fcontext(from.fctx, nullptr);
}

fiber make(void (*entry)(context::transfer_t))
{
    void *stack = need(std::malloc(PEER_STACK_SIZE));
    return {stack, context::make_fcontext(static_cast<char *>(stack) + PEER_STACK_SIZE, PEER_STACK_SIZE, entry)};
}

void resume(fiber &which)
{
    which.where = context::jump_fcontext(which.where, nullptr).fctx;
}

void open(uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        fibers.push_back(make(yields));
        resume(fibers.back());
    }
}

void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (fiber &each : fibers)
            resume(each);
}

void close()
{
    for (fiber &each : fibers)
        std::free(each.stack);
    fibers.clear();
}

void churn(uint32_t times)
{
    for (uint32_t i = 0; i < times; ++i) {
        fiber one = make(returns);
        resume(one);
        std::free(one.stack);
    }
}

} // namespace

extern "C" const peer peer_boost = {
    "Boost.Context", "fcontext, stacks from malloc, no guard page", open, turn, close, churn};
