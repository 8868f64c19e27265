// SPDX-License-Identifier: MIT
#include "os/signal_chain.h"

#include <pthread.h>

void tl__signal_chain(const struct sigaction *handler, int number, siginfo_t *info, void *context)
{
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &handler->sa_mask, &before);
    if (handler->sa_flags & SA_NODEFER) {
        sigset_t this_one;
        sigemptyset(&this_one);
        sigaddset(&this_one, number);
        pthread_sigmask(SIG_UNBLOCK, &this_one, NULL);
    }
    if (handler->sa_flags & SA_SIGINFO)
        handler->sa_sigaction(number, info, context);
    else
        handler->sa_handler(number);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
