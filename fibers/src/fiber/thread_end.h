/// Threads that end inside a fiber: by pthread_exit, or because they are cancelled.
#ifndef TELAR_THREAD_END_H
#define TELAR_THREAD_END_H

/// Has the end of the calling thread looked at: a fiber that it still runs then is reported.
void tl__thread_end_watch(void);

#endif
