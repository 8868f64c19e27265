/// On which CPU a worker that is woken begins.
#ifndef TELAR_JOB_PLACEMENT_H
#define TELAR_JOB_PLACEMENT_H

#include "job/system.h"

/// Before a sleeping worker is woken, by the thread that will; idle.spin is held.
void tl__placement_prepare(tl__worker *worker);

/// After it was woken, by the worker.
void tl__placement_settle(tl__worker *worker);

#endif
