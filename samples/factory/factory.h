// SPDX-License-Identifier: MIT
/// The factory itself: a world, its agents, and the belt between them. No drawing here.
#ifndef FACTORY_FACTORY_H
#define FACTORY_FACTORY_H

#include "scene.h"
#include "telar/channel.h"
#include "telar/random.h"
#include "telar/script.h"

enum { MAX_AGENTS = 2 * MAX_AGENTS_OF_A_KIND, MAX_DROPPED = 256, STEPS_PER_SECOND = 60, MAX_BELT = 64 };

typedef struct factory factory;

typedef enum agent_kind { MINER, SMITH } agent_kind;

typedef enum doing { IDLE, WALKING, DIGGING, LOADING, FETCHING, FORGING } doing;

/// One who works here. What it does is decided by its script (agents.c); this is what others see of it.
typedef struct agent {
    factory *at;
    bool used;
    agent_kind kind;
    int number; ///< among its kind, from 1
    char name[24];
    tl_entity entity; ///< its transform is where the agent stands: its feet, in pixels
    tl_script script;
    doing doing;
    int load;           ///< pieces that it carries: 0 or 1
    uint32_t piece;     ///< the number of that piece
    spot goal;          ///< where it walks to
    spot load_at;       ///< where that piece is, as it comes from the belt into the hands
    float work_seconds; ///< that its present work takes
    spot before;        ///< where it stood a step ago, to draw it in between
    bool faces_left;
} agent;

struct factory {
    scene scene;
    tl_world *world;
    TL_CHANNEL(uint32_t) belt; ///< the numbers of the pieces
    tl_random dice;
    agent agents[MAX_AGENTS];
    int hired[2]; ///< of each kind, ever
    uint32_t produced, consumed;
    uint32_t dropped;             ///< pieces on the floor, where agents were killed
    spot dropped_at[MAX_DROPPED]; ///< where the latest of them lie, in a ring
    float shown[MAX_BELT];        ///< how far along the belt each of its pieces looks to be, the first one first
    uint32_t shown_count;
};

/// TL_OK, or what could not be had; `made` is to be closed in any case.
tl_result factory_open(factory *made, const scene *plan, uint64_t seed);
void factory_close(factory *closed);

/// One fixed step of the world.
void factory_step(factory *of);

/// Hires one more. Null when there is no room.
agent *factory_add(factory *of, agent_kind kind);

/// Ends an agent, with its entity and so its script. What it carries falls to the floor.
void factory_kill(agent *victim);

/// Pieces in hands, or on the floor.
uint32_t factory_carried(const factory *of);

/// Whether every piece that was produced is consumed, on the belt or carried.
bool factory_balances(const factory *of);

/// A hash over the whole state of the simulation.
uint64_t factory_hash(const factory *of);

spot agent_position(const agent *of);

/// Somewhere to dig or to forge, by chance.
spot agent_choose_workplace(agent *who);

/// The scripts (agents.c). TL_OK or why it could not start.
tl_result agent_start(agent *who);

#endif
