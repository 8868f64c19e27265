// SPDX-License-Identifier: MIT
#include "os/signal_ask.h"

#include <signal.h>
#include <stddef.h>

bool tl__signal_ask(int number, void (*on_signal)(int number))
{
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    return sigaction(number, &ours, NULL) == 0;
}
