// SPDX-License-Identifier: MIT
/// The simulation of the factory: a world, its agents, and the belt between them. Drawing is in view.h.
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

/// A worker of the factory. Its script (agents.c) decides what it does; this is the state that others see.
typedef struct agent {
    factory *at;
    bool used;
    agent_kind kind;
    int number; ///< number among the agents of its kind, from 1
    char name[24];
    tl_entity entity; ///< its transform is the position of the agent's feet, in pixels
    tl_script script;
    doing doing;
    int load;           ///< number of pieces that it carries: 0 or 1
    uint32_t piece;     ///< number of the piece that it carries
    spot goal;          ///< place that it walks to
    spot load_at;       ///< position of the piece on its way from the belt to the hands
    float work_seconds; ///< duration of its current work
    spot before;        ///< position before the latest step, for interpolation when drawing
    bool faces_left;
} agent;

struct factory {
    scene scene;
    tl_world *world;
    TL_CHANNEL(uint32_t) belt; ///< numbers of the pieces on the belt
    tl_random dice;
    agent agents[MAX_AGENTS];
    int hired[2]; ///< number of agents hired so far, by kind
    uint32_t produced, consumed;
    uint32_t dropped;             ///< number of pieces on the floor, dropped by killed agents
    spot dropped_at[MAX_DROPPED]; ///< positions of the latest of these, as a ring buffer
    float shown[MAX_BELT];        ///< distance along the belt at which each piece is drawn, the first piece first
    uint32_t shown_count;
};

/// Creates the world, the belt and the agents of the plan. Returns TL_OK or the error; the caller closes `made` in
/// either case.
tl_result factory_open(factory *made, const scene *plan, uint64_t seed);
void factory_close(factory *closed);

/// Does one step of the world.
void factory_step(factory *of);

/// Hires an agent. Returns null if there is no room for it, or it cannot be created.
agent *factory_add(factory *of, agent_kind kind);

/// Removes an agent by destroying its entity, which ends its script. What it carries falls to the floor.
void factory_kill(agent *victim);

/// Returns the number of pieces that agents carry or that lie on the floor.
uint32_t factory_carried(const factory *of);

/// Whether each piece that was produced is consumed, on the belt or carried (factory_carried).
bool factory_balances(const factory *of);

/// Returns a hash of the whole state of the simulation.
uint64_t factory_hash(const factory *of);

spot agent_position(const agent *of);

/// Returns a random place for the agent to dig or to forge.
spot agent_choose_workplace(agent *who);

/// Spawns the agent's script (agents.c). Returns TL_OK or the error.
tl_result agent_start(agent *who);

#endif
