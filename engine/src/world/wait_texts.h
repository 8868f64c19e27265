// SPDX-License-Identifier: MIT
/// What a script waits for, in words.
#ifndef TELAR_ENGINE_WORLD_WAIT_TEXTS_H
#define TELAR_ENGINE_WORLD_WAIT_TEXTS_H

#define TL__WAIT_TEXTS(TEXT)                                                                                           \
    TEXT(TL_WAIT_NOTHING, "nothing")                                                                                   \
    TEXT(TL_WAIT_STEPS, "steps")                                                                                       \
    TEXT(TL_WAIT_GAME_TIME, "game time")                                                                               \
    TEXT(TL_WAIT_REAL_TIME, "real time")                                                                               \
    TEXT(TL_WAIT_PHASE, "a phase")                                                                                     \
    TEXT(TL_WAIT_FRAME, "the end of a frame")                                                                          \
    TEXT(TL_WAIT_PREDICATE, "a condition")                                                                             \
    TEXT(TL_WAIT_EVENT, "an event")                                                                                    \
    TEXT(TL_WAIT_SCRIPT, "a script")                                                                                   \
    TEXT(TL_WAIT_SEND, "room in a channel")                                                                            \
    TEXT(TL_WAIT_RECEIVE, "something in a channel")                                                                    \
    TEXT(TL_WAIT_RACE, "the first of several")                                                                         \
    TEXT(TL_WAIT_SYNC, "all of several")                                                                               \
    TEXT(TL_WAIT_CHILD, "the end of a child")                                                                          \
    TEXT(TL_WAIT_COUNTER, "a counter")                                                                                 \
    TEXT(TL_WAIT_LOCK, "a lock")

#endif
