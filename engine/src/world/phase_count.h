/// How many phases a step has, and where the ones are that the engine itself asks for.
#ifndef TELAR_ENGINE_WORLD_PHASE_COUNT_H
#define TELAR_ENGINE_WORLD_PHASE_COUNT_H

enum { TL__PHASES = 5, TL__NO_PHASE = -1, TL__PARALLEL_PLACE = 1, TL__STEP_PLACE = 2, TL__FRAME_PLACE = 4 };

#endif
