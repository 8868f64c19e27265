/// What jobs say of themselves in messages.
#ifndef TELAR_JOB_INFO_H
#define TELAR_JOB_INFO_H

#include <stdbool.h>
#include <stddef.h>

/// A tl__describer.
bool tl__job_describe(char *text, size_t size);

#endif
