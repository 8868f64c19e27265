/// What the parts of a world know of each other. Where each is described: scripts and how they end in script.c and
/// script_end.c, waiting in wait.c, several at once in race.c, groups and who is ready in group.c.
#ifndef TELAR_WORLD_INTERNAL_H
#define TELAR_WORLD_INTERNAL_H

#include "base/atomics.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/misuse.h"
#include "base/slots.h"
#include "fiber/callback.h"
#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "fiber/thread_life.h"
#include "fiber/waiter.h"
#include "telar/concurrency.h"
#include "telar/log.h"
#include "world/heartbeat.h"
#include "world/script_results.h"
#include "world/world_ids.h"

/// Steps are counted in ones; game and real time in units, of which a step has a power of two: so a wait for a whole
/// number of steps is exact, however long it is repeated.
typedef int64_t tl__time;

#define TL__NEVER INT64_MAX

/// Game and real time stand still from there on, after 8 years or more. A time plus what a step adds to it, a thousand
/// times the normal speed included, is then far below TL__NEVER. (Steps need no end: at a million a second there are
/// 2^63 of them after 292,000 years.)
#define TL__END_OF_TIME (TL__NEVER / 2)

static inline tl__time tl__advance(tl__time now, tl__time units)
{
    return now < TL__END_OF_TIME ? now + units : now;
}

/// What can wake a script by passing. The first two are its group's, the last the world's.
typedef enum tl__clock {
    TL__STEPS,
    TL__GAME_TIME,
    TL__REAL_TIME,
    TL__CLOCKS,
    TL__GROUP_CLOCKS = TL__REAL_TIME
} tl__clock;

/// The phases in the order in which they run.
enum { TL__PHASES = 5, TL__NO_PHASE = -1, TL__PARALLEL_PLACE = 1, TL__STEP_PLACE = 2, TL__FRAME_PLACE = 4 };

/// What a timer does when its time comes, where it is not an arm's: then it is the arm's index.
enum { TL__TIMER_IS_WAIT = -1, TL__TIMER_IS_LIMIT = -2 };

typedef struct tl__timer {
    tl__heap_node node; ///< in the heap for its clock, while it is set
    int32_t arm;
    tl__clock clock;
    tl__time deadline;
    struct tl__script *script;
} tl__timer;

enum { TL__ALONE = -1, TL__DEAF = -2 };

/// One thing that a script waits for, in the list of those who wait for that thing.
typedef struct tl__listener {
    tl__link link;
    struct tl__script *script;
    void *buffer;                     ///< for a payload, an item or a result; may be null
    size_t size;                      ///< of a result
    const char *name;                 ///< of the thing
    const struct tl__script *awaited; ///< the thing, if it is a script
    int32_t arm; ///< its index in a gathering; TL__ALONE for all that the script waits for, or TL__DEAF for that where
                 ///< it takes no notice of how it ended
} tl__listener;

/// What a turn of a parallel script touches that only waits for the next step comes first, in one line of the cache.
typedef struct tl__script {
    _Alignas(64) tl__heap_node ready; ///< in the world's heap of ready scripts for its phase
    uint32_t seat1;                   ///< its place among the parallel scripts; 0: it is none
    union {
        struct {
            int8_t place;      ///< of its phase
            bool fresh;        ///< its own time begins when it next runs
            bool held;         ///< ready, but in its group's list instead of the heap
            bool active;       ///< running, or waiting for one that it started, resumed or cancels
            bool asking;       ///< its predicate is being called
            bool doomed;       ///< cancelled
            bool too_late;     ///< that was when it was ending anyway
            bool closing;      ///< suspended for good: it ends as soon as its children have
            bool walked;       ///< somebody is ending its children, and will then end it
            bool ending;       ///< its clean-ups are running because it was cancelled, or it has ended
            bool limit_passed; ///< in this step; what it waits for may yet come before its place in it
            bool beside;       ///< it runs, and others do, too; read by a watchdog's handler as well
            bool wants_turn;   ///< it is suspended until its turn alone
            bool cleans_up;    ///< the same, inside a clean-up
            bool steps_on;     ///< a parallel one, it waits for the next step, and no timer is set for that
            bool to_end;       ///< the watchdog wants it cancelled; set in a signal handler
        };
        uint64_t all_marks[2]; ///< for clearing them at once
    };
    uint32_t shields; ///< how many it is in
    tl_wait wait;
    tl_group *group;
    tl_fiber *fiber;            ///< null once it has ended
    struct tl__failure *caught; ///< what its latest wait brought
    tl_world *world;

    /// The time that it goes on from when it next waits for one: the step's, but what its latest wait was for where
    /// that was a time. So being late is made up for, and nothing drifts.
    tl__time local[TL__CLOCKS];
    tl_result answer; ///< what the wait will answer
    tl_entity owner;
    struct tl__script *parent;

    uint32_t index1, generation;
    uint32_t next_free1; ///< while it is free
    tl__link of_owner;   ///< in its owner's list: a script's children, an entity's or the world's scripts
    tl__link of_queue;   ///< in its group's list of held ones
    int priority;
    uint64_t creation; ///< its place among all that were ever made
    uint64_t turn;     ///< its place among all that were ever let through to run
    const char *name;
    const tl_site *site;
    tl__time born;       ///< in game time
    tl__link children;   ///< those that are cancelled already come first, then the others by age
    tl__link joiners;    ///< listeners for its end
    tl_counter *counter; ///< that counts it; may be null
    tl__end end;         ///< what it leaves behind

    /// The wait that it is in. It comes last: a life without any leaves these lines of the cache alone.
    tl__timer timer;                 ///< the time it waits for
    tl__timer limit;                 ///< the time it waits at most
    tl__listener listener;           ///< the one thing it waits for
    struct tl__gathering *gathering; ///< the several things it waits for
    struct tl__outside *outside;     ///< what it waits for that is not the world's
    tl_predicate predicate;
    void *predicate_arg;
} tl__script;

struct tl_group {
    tl_world *world;
    tl__link of_world;
    const char *name;
    tl__time now[TL__GROUP_CLOCKS];
    tl__time units_per_step; ///< scaled
    tl__heap timers[TL__GROUP_CLOCKS];
    tl__link stopped;                 ///< ready scripts that were let through, but then it was frozen
    tl__link held;                    ///< ready scripts that have to wait for the budget or for the thaw
    uint32_t held_count, let_through; ///< in both lists; ready ones in the heaps
    uint32_t let_through_beside;      ///< ready ones among the parallel scripts
    uint32_t budget, admitted; ///< most resumes in a step, 0 for any number; how many were let through in this one
    uint32_t script_count;
    uint32_t arm_timers; ///< how many timers of arms may be set at most
    bool frozen;
};

/// What ends with an entity besides scripts: events and channels begin with one.
typedef struct tl__owned {
    tl__link of_owner;
    void (*destroy)(struct tl__owned *self);
    tl_world *world;
    const char *name;
    uint32_t index1;
} tl__owned;

typedef struct tl__entity {
    tl__link of_world; ///< in the list of the living, while it is one
    uint32_t index1;
    uint32_t generation; ///< odd while it is there, even while its slot is free
    bool dying;          ///< there, but being destroyed: it can be looked at, no more
    tl_entity parent;
    uint32_t newest_child1, older1, newer1; ///< a list through the living children; slots counted from 1, 0 for none
    uint32_t next_free1;
    uint32_t parallel_scripts; ///< how many of its scripts are such
    uint32_t place;            ///< matrices.c's: its index there
    tl__word written;          ///< entity.c's: which transform is the latest, and when it was written
    tl_transform transforms[2];
    void *user_data;
    tl__link scripts;
    tl__link owned; ///< events and channels
} tl__entity;

enum { TL__SCRIPT_BLOCK = 256 };

/// The parallel scripts: those of TL_PHASE_PARALLEL without a parent. Each has a seat, in the order in which they came;
/// and each seat a bit in each of the three rows. In the parallel part of the phase 64 seats and their bits belong to
/// the job that runs them.
typedef struct tl__parallel {
    tl__script **seats; ///< null: empty
    uint64_t *ready;    ///< to run as soon as the phase does
    uint64_t *next;     ///< to be made ready when the phase next begins
    uint64_t *called;   ///< to have a turn alone, or to be ended
    uint32_t count;     ///< of seats that were given out, empty ones included
    uint32_t empty, capacity;
    bool any_ready;
    bool running;    ///< many run beside each other now
    uint64_t rounds; ///< how often they did
} tl__parallel;

/// Where all entities are.
typedef struct tl__places {
    struct tl_placed *placed;
    tl__entity **order; ///< parents first; good while `in_order`
    uint32_t count, capacity;
    uint32_t *depths; ///< at 1 and on: where each depth ends in these
    uint32_t depth_count, depth_capacity;
    bool in_order;
} tl__places;

struct tl_world {
    uint64_t id; ///< what the ids of its events and channels name
    tl_pool *stacks;
    void (*physics)(tl_world *world, void *arg);
    void *physics_arg;
    tl__time units_per_step, units_per_second;
    tl__time steps, real_time;
    bool stepping, closing, lockstep;
    bool breaks_shields;                   ///< scripts that are cancelled now end now, whatever shield they are in
    tl__word step_thread;                  ///< that is stepping it, as tl__thread_token; 0: none; read by others, too
    tl__word stepper;                      ///< who stepped it last, as tl__holder_here; read by others, too
    tl__word posts;                        ///< post.c's: what threads handed over, a stack
    struct tl__posted *undelivered;        ///< the same, in order, of channels that were full
    bool frame_ended;                      ///< tl_world_end_frame was called
    bool reported_frame, reported_scripts; ///< to the log hook
    tl__pulse pulse;                       ///< for a watchdog
    int phase;                             ///< the place of the phase that runs, or TL__NO_PHASE
    uint32_t running; ///< scripts of this world that are running, or in whose clean-ups another one is
    uint64_t creations, turns;

    tl__entity **entities; ///< each allocated alone, since lists run through them
    uint32_t entity_slots, entity_capacity, entity_count;
    uint32_t free_entity1;
    tl__link living_entities; ///< the oldest first
    tl__places places;

    tl__script **script_blocks;
    uint32_t script_slots, script_count;
    uint32_t arm_timers;   ///< how many timers of arms may be set at most
    tl__link scripts;      ///< those that no entity and no script owns
    uint32_t free_script1; ///< the slot that was given back last, counted from 1
    tl__kept kept;
    tl__heap ready[TL__PHASES];
    tl__parallel parallel;
    tl_jobs *jobs; ///< may be null
    tl__heap real_timers;
    tl__link predicates;            ///< listeners for one
    tl__link outsiders;             ///< listeners for something that is not the world's
    tl__word arrivals;              ///< of those, a stack of what has come: job_wait.c
    tl__link arrived;               ///< of these, the ones that were taken off and whose scripts are to be woken
    tl__link decided;               ///< gatherings whose other children are to be ended
    tl__link late;                  ///< gatherings that a time is about to decide
    struct tl__failure *unreported; ///< failures that the log hook is to be told of
    uint32_t unreported_of_memory;  ///< the same, of scripts that had no memory for their result

    tl_group *group; ///< of those that are in no other
    tl__link groups;
    tl__slots events, channels;
    tl__link owned; ///< events and channels that no entity owns
};

// world.c
/// A job that steps a world may be resumed on another thread after each wait: notes the one that steps it now.
void tl__note_step_thread(tl_world *world);
/// Calls the log hook, which may call anything but what steps or destroys the world, or suspends a script.
void tl__world_log(tl_world *world, const tl_log *item);
/// The place of a phase, or TL__NO_PHASE.
int tl__place_of(tl_phase phase);
tl_phase tl__phase_at(int place);

// entity.c
/// Destroys all, the newest first.
void tl__entities_destroy(tl_world *world);
void tl__entities_free(tl_world *world);
/// Checks an owner, and finds the list of its scripts, or of its events and channels. TL_OK, TL_ERROR_STALE or
/// TL_ERROR_POOL_CLOSING.
tl_result tl__owner_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list);
/// Gives an event or channel a number and an owner. TL_OK, TL_ERROR_OUT_OF_MEMORY or as above.
tl_result tl__owned_add(tl__owned *owned, tl_entity owner, tl__slots *slots);
/// Takes both away again.
void tl__owned_forget(tl__owned *owned, tl__slots *slots);
void tl__owned_destroy_all(tl__link *list);
/// An entity has so many more parallel scripts. Nothing for none, and one that is gone.
void tl__entity_count_parallel(tl_world *world, tl_entity entity, uint32_t change);
/// From its own space to its parent's, as far as the caller may see; of an entity that is there.
void tl__entity_local_matrix(const tl_world *world, const tl__entity *entity, mat4 matrix);
/// The entity, also while its clean-ups run; null for one that is gone.
tl__entity *tl__entity_find_present(const tl_world *world, tl_entity entity);

// group.c
tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group);
void tl__groups_free(tl_world *world);
/// Makes room for the timers of one more script and of so many more arms. TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__group_reserve(tl_group *group, uint32_t scripts, uint32_t arms);
/// The times of all groups go on by one step.
void tl__groups_advance(tl_world *world);
/// Lets through what the groups held back, as far as they may.
void tl__groups_release(tl_world *world);
tl__time tl__now(const tl_group *group, tl__clock clock);
tl__heap *tl__timers(tl_group *group, tl__clock clock);
/// Makes a script ready, if it is not; takes it back.
void tl__ready_put(tl__script *script);
void tl__ready_take(tl__script *script);
bool tl__is_ready(const tl__script *script);
/// Takes the first one of a phase that may run now; null when there is none. Those with a seat are not among these.
tl__script *tl__ready_next(tl_world *world, int place);
/// One that was taken to be run will not be, since its group was frozen.
void tl__ready_stop(tl__script *script);
/// All with a seat that are ready will be run.
void tl__groups_run_beside(tl_world *world);
bool tl__groups_any_frozen(const tl_world *world);

// heartbeat.c
static inline bool tl__pulse_is_watched(const tl_world *world)
{
    return atomic_load_explicit(&world->pulse.watched, memory_order_relaxed);
}

/// A world was made; has no scripts any more. In a debug build, a watchdog may begin, and end, with it.
void tl__pulse_world_made(tl_world *world);
void tl__pulse_world_ends(tl_world *world);
/// This thread steps the world, or continues to after a wait; also makes room to count the turns of all scripts.
void tl__pulse_note_thread(tl_world *world);
/// A step, or the end of a frame, begins, on this thread; ends.
void tl__pulse_begin(tl_world *world);
void tl__pulse_end(tl_world *world);
/// In a watched world: a script that was ready gets its turn.
void tl__pulse_count(tl__script *script);
void tl__pulse_free(tl__pulse *pulse);
/// Another script has control, or none.
void tl__pulse_beat(tl_world *world);
/// Whether the watchdog wants it cancelled; does so then.
bool tl__script_is_to_end(const tl__script *script);
void tl__script_end_if_stuck(tl__script *script);

// script.c
/// The script that the calling thread runs, or whose predicate or clean-ups it does; null outside any.
static inline tl__script *tl__script_current(void)
{
    return tl__thread_get_guest();
}

/// tl_exit in a script: its children have to end before its blocks are left, so it is ended from outside.
tl_result tl__script_exit(void);
/// That script, but null in a predicate, in the log hook and in a fiber of the script's own.
tl__script *tl__script_running(void);
/// The script of that name; null when it has ended.
tl__script *tl__script_find(const tl_world *world, tl_script script);
tl_script tl__script_id(const tl__script *script);
/// Makes a script. It is in no list yet but its owner's, and not ready. `parent` may be null.
tl_result tl__script_make(tl_world *world, const tl_script_desc *desc, tl__script *parent, const tl_fiber_entry *entry,
                          const void *args, const tl_site *site, tl__script **script);
/// Resumes a script that is ready, and sees to its end.
void tl__script_run(tl__script *script);
/// Its own time begins now, if it has not.
void tl__script_begin_time(tl__script *script);
/// Sees to what a script did when it was resumed.
void tl__script_settle(tl__script *script);
/// Asks the script's predicate.
bool tl__script_ask(tl__script *script);
/// Unwinds a suspended script that has no children, unless its fiber is done already, and tells those that wait for it.
void tl__script_end(tl__script *script);
/// Gives a listener what an ended script has for it: its result or its failure. How it ended.
tl_result tl__script_catch(const tl__end *ended, tl__listener *listener);
void tl__scripts_free(tl_world *world);

// info.c
/// Describes the running script, for tl_misuse_context. False outside any.
bool tl__script_describe(char *text, size_t size);

// script_end.c
/// Whether it was neither cancelled nor has it ended.
bool tl__script_is_alive(const tl__script *script);
/// Cancels one that is alive.
void tl__script_cancel(tl__script *script);
/// Ends a script that is suspended for good, as soon as can be: its children first.
void tl__script_close(tl__script *script);
/// The same for one whose fiber is done.
void tl__script_is_done(tl__script *script);
/// At the end of the world: ends those that were cancelled before, and have only a shield to live by.
void tl__scripts_break_shields(tl_world *world);
/// Cancels all in a list, the newest first.
void tl__scripts_cancel_all(tl__link *list);

// script_error.c
typedef struct tl__failure tl__failure;
/// Takes one more reference; null stays null.
tl__failure *tl__failure_take(tl__failure *failure);
void tl__failure_drop(tl__failure *failure);
/// Tells the log hook of a failure that no script noticed, at the next tl__failures_report: the hook may end any script
/// and entity, which must not happen while one is half ended.
void tl__failure_report_later(tl_world *world, tl__failure *failure);
void tl__failures_report(tl_world *world);
/// What a script fails with that has no memory for what it returned.
tl__failure *tl__failure_of_memory(void);

// wait.c
/// Takes the script out of all that it waits for.
void tl__wait_leave(tl__script *script);
/// The same, and lets it go on with an answer.
void tl__wake(tl__script *script, tl_result answer);
/// What a listener waits for has come (TL_OK), or never will. `ended` is the script whose end that is, or null.
void tl__listener_tell(tl__listener *listener, tl_result how, const tl__script *ended);
/// Tells all in a list, which is empty then.
void tl__listeners_tell(tl__link *listeners, tl_result how);
/// The first thing of each wait: TL_OK and the running script, or what is wrong. Does not return to one that was
/// cancelled.
tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script **script);
/// The same for calls that are no waits.
tl_result tl__call_enter(const char *call, tl__script **script);
/// Suspends the script in `listeners`, alone or deaf, until it is woken.
tl_result tl__wait_in(tl__script *script, tl_wait wait, int32_t arm, tl__link *listeners, const char *name,
                      void *buffer, tl_limit limit);
/// TL_OK, or TL_ERROR_CYCLE where it would wait for itself.
tl_result tl__check_cycle(const tl__script *script, const tl__script *awaited);
/// For a suspended script that waits for nothing.
void tl__wait_for_next_step(tl__script *script);
/// Suspends a script that was cancelled for good.
_Noreturn void tl__wait_for_the_end(tl__script *script);
/// Makes due timers' scripts ready.
void tl__timers_fire(tl_world *world);
void tl__timer_set(tl__timer *timer, tl__script *script, int32_t arm, tl__clock clock, tl__time deadline);
void tl__timer_take(tl__timer *timer);
/// Asks the predicate, where the script waits for one: whether it goes on now. For one that was not woken.
bool tl__wait_is_over(tl__script *script);
bool tl__is_limit(tl_limit limit);
bool tl__has_limit(tl_limit limit);
tl__clock tl__clock_of(tl_wait wait);
/// The end of a time that begins for the script now; whether that has come already.
tl__time tl__end_of(const tl__script *script, tl_limit limit);
bool tl__has_come(const tl_group *group, tl__clock clock, tl__time deadline);
/// Moves a script's own time on to where another's is, if that is later; another group's clocks say nothing, so then it
/// is now.
void tl__local_follow(tl__time *local, const tl_group *group, const tl__script *other);
void tl__local_now(tl__time *local, const tl_group *group);

// race.c
typedef struct tl__gathering tl__gathering;
/// Takes its script out of all that it waits for.
void tl__gathering_leave(tl__gathering *gathering);
/// An arm is done, or never will be. `ended` as above.
void tl__gathering_tell(tl__gathering *gathering, int32_t arm, tl_result how, const tl__script *ended);
/// Whether what its arms bring is of no interest any more.
bool tl__gathering_is_decided(const tl__gathering *gathering);
void tl__gathering_time(tl__gathering *gathering, tl__timer *timer);
/// Ends the children that lost.
void tl__gatherings_settle(tl_world *world);
/// Lets times decide, in gatherings of scripts of the phase that runs. Whether any did.
bool tl__gatherings_be_late(tl_world *world);

// parallel.c
/// Gives a script of TL_PHASE_PARALLEL a seat, and makes room for it before; takes it back.
tl_result tl__seat_reserve(tl_world *world);
void tl__seat_take(tl__script *script);
void tl__seat_leave(tl__script *script);
/// The same as being in a heap of ready scripts, for those with a seat.
bool tl__seat_is_ready(const tl__script *script);
void tl__seat_make_ready(tl__script *script);
void tl__seat_make_unready(tl__script *script);
/// Lets one that steps on go on in the next step.
void tl__script_step_on(tl__script *script);
/// The scripts of a group that are to go on in the next step wait for that as others do.
void tl__seats_set_timers(tl_group *group);
/// Those that were to go on when the phase next begins are ready.
void tl__parallel_begin(tl_world *world);
/// Runs all that are ready, beside each other, and then alone those that need it.
void tl__parallel_run(tl_world *world);
void tl__parallel_free(tl__parallel *parallel);
/// Suspends the running script until its turn alone, if it runs beside others. To be called before anything that these
/// may see or write. TL_OK; or, told, TL_ERROR_NO_SCRIPT in a fiber of its own, which cannot wait.
tl_result tl__take_turn(const char *call);
/// The first thing of each call that changes a world or looks at its scripts: takes the turn. In a debug build it
/// refuses a call by a thread while another one steps the world (TL_ERROR_OTHER_THREAD). `world` may be null.
tl_result tl__change_begin(const tl_world *world, const char *call);
/// Whether the running script can wait for the next step without a timer. Then it is prepared, and has to yield.
bool tl__step_on(void);

/// Whether a world's work may be spread over its jobs here: not inside a script, which would be suspended meanwhile.
bool tl__may_spread(const tl_world *world);

// matrices.c
void tl__places_free(tl_world *world);
/// The entities that are alive, or their parents, are others than before.
static inline void tl__places_change(tl_world *world)
{
    world->places.in_order = false;
}

// post.c
/// Puts into channels what threads handed over.
void tl__posts_deliver(tl_world *world);
void tl__posts_free(tl_world *world);

// job_wait.c
typedef struct tl__outside tl__outside;
/// What tl__wait_for does in scripts.
tl_result tl__outside_wait(const tl__wait *wait);
/// Takes it back.
void tl__outside_leave(tl__outside *outside);
/// Whether a counter counts a script of a world that the calling thread, outside any fiber, stepped last.
bool tl__scripts_await_their_stepper(const tl_counter *counter);
/// The caller steps a world.
void tl__note_stepper(const tl_world *world);
/// Whether what is waited for has come, also where its script was not woken for it yet; then what it answers.
bool tl__outside_has_come(const tl__outside *outside, tl_result *answer);
/// The script was cancelled: what only it waits for may be given up.
void tl__outside_hurry(const tl__outside *outside);
/// Lets scripts go on whose things have come.
void tl__outside_collect(tl_world *world);
/// The same; in lockstep, waits for jobs before. Whether any of the phase that runs is
/// ready now.
bool tl__outside_bring(tl_world *world);

// event.c, channel.c: for arms.
typedef struct tl__event tl__event;
typedef struct tl__channel tl__channel;
/// TL_OK for what was found in the script's world; what is wrong otherwise. `world_id` is the world's that the id
/// names.
tl_result tl__check_source(const tl__script *script, uint64_t world_id, const void *found);
/// The object of an id; null for one that is gone, or another world's.
tl__event *tl__event_find(const tl_world *world, tl_event event);
tl__link *tl__event_listeners(tl__event *event, const char **name);
tl__channel *tl__channel_find(const tl_world *world, tl_channel channel);
/// Without waiting. `except`, which waits at the other end, too, does not count there.
tl_result tl__channel_try(tl__channel *channel, bool send, void *item, const tl__script *except);
tl__link *tl__channel_listeners(tl__channel *channel, bool send, const char **name);

#endif
