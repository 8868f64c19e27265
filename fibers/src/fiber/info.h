/// What fibers say of themselves in messages.
#ifndef TELAR_FIBER_INFO_H
#define TELAR_FIBER_INFO_H

#include <stdbool.h>
#include <stddef.h>

/// A tl__describer: the running fiber.
bool tl__fiber_describe(char *text, size_t size);

#endif
