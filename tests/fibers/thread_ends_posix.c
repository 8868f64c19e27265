// SPDX-License-Identifier: MIT
#include <pthread.h>

#include "check.h"
#include "thread_ends.h"

void *on_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;
    CHECK_INT(0, pthread_create(&thread, NULL, run, argument));
    CHECK_INT(0, pthread_join(thread, &result));
    return result;
}

_Noreturn void end_thread(void *result)
{
    pthread_exit(result);
}
