/// What the engine wants of fibers and nobody else does.
#ifndef TELAR_FIBER_ENGINE_H
#define TELAR_FIBER_ENGINE_H

#include <stdbool.h>

#include "telar/fiber.h"

/// Lets tl_exit in a pool's fibers call `on_exit` instead, which either answers an error or suspends the fiber for
/// good.
void tl__pool_on_exit(tl_pool *pool, tl_result (*on_exit)(void));

/// The same as its status being TL_FIBER_DONE, without asking what else it may be.
bool tl__fiber_is_done(const tl_fiber *fiber);

#endif
