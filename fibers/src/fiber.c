// Fibers on top of contexts: who runs, who gets control next, and what is refused.
//
// Who owns what: a fiber that is running or waiting belongs to the thread that runs it; otherwise to whoever holds the
// pointer. Each switch is prepared wholly by the side that gives control away: it sets the statuses and the thread's
// current fiber, and puts the value where the other side wants it. So the side that arrives has nothing to do but
// return. That matters twice. A fiber may arrive on another thread than it left, and must not use an address of a
// thread-local that was computed before (for the same reason no function that switches may be inlined into its caller).
// And with nothing left to do, the call of the switch is a jump: see tl__context_switch.
#include "fiber_internal.h"

#include <stddef.h>
#include <string.h>

#include "fiber_engine.h"
#include "misuse_internal.h"
#include "stack.h"

#ifdef __clang__
#define NEVER_INLINE __attribute__((noinline))
#else
#define NEVER_INLINE __attribute__((noinline, noclone))
#endif
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum {
    COLOUR = 64,         // tops are set apart by cache lines
    MAX_COLOURS = 64,    // as many as a page has lines
    LEAST_FRAMES = 1024, // bytes that a stack must have left for frames
    MAX_ARGS_ALIGN = 4096,
};

/// What `current` points to on a thread that has not resumed a fiber yet. Never written.
static tl_fiber stranger = {.state = TL_FIBER_RUNNING | TL__THREAD | TL__STRANGER};

/// The thread's own context, in the form of a fiber, and the fiber that it runs.
static _Thread_local struct {
    tl_fiber *current; ///< outside any fiber &root, or at first &stranger
    /// Whose stack may still be written to, or is about to be: the fiber that left last, or one that is interrupted.
    const tl_fiber *leaving;
    tl_fiber root; ///< its resumer is null: nobody can be yielded to
    /// The control words of all contexts that do not keep their own, while one runs that does.
    tl__float_control shared_float_control;
} thread __attribute__((tls_model("initial-exec"))) = {.current = &stranger};

/// To a status other than running (see enter).
static inline void set_status(tl_fiber *fiber, tl_fiber_status status)
{
    tl__fiber_set_state(fiber, (tl__state(fiber) & ~(uint32_t)(TL__STATUS | TL__MIXED)) | status);
}

/// The running fiber, or the thread's own context outside any.
static tl_fiber *running(void)
{
    if (thread.current == &stranger) {
        thread.current = &thread.root;
        thread.root.name = "(thread)";
        tl__fiber_set_state(&thread.root, TL_FIBER_RUNNING | TL__THREAD);
        tl__sanitizer_adopt_thread(&thread.root.sanitizer);
    }
    return thread.current;
}

NEVER_INLINE tl_fiber *tl__fiber_self(void)
{
    return running();
}

/// The running fiber, or null outside any.
static inline tl_fiber *running_fiber(void)
{
    return thread.current->resumer != NULL ? thread.current : NULL;
}

static bool keeps_float_control(const tl_fiber *fiber)
{
    return tl__state(fiber) & TL__KEEPS_FLOAT_CONTROL;
}

const tl_fiber *tl__fiber_leaving(void)
{
    return thread.leaving;
}

/// Puts the value that `from` sends where `to` wants it, and remembers where `from` wants the one that comes back.
static inline void exchange_values(tl_fiber *from, const tl_fiber *to, void **value)
{
    // Marked unlikely so that a switch without values runs straight through: each jump taken costs as much as several
    // instructions.
    void *sent = UNLIKELY(value != NULL) ? *value : NULL;
    from->inbox = value;
    if (UNLIKELY(to->inbox != NULL))
        *to->inbox = sent;
}

/// Gives control to `to`, whose suspended call returns `answer`. All else must be done before.
static inline tl_result leave(tl_fiber *from, tl_fiber *to, tl_result answer)
{
    thread.leaving = from; // the switch itself may overflow its stack, when it is no longer the current one
    thread.current = to;
    tl__sanitizer_leave(&from->sanitizer, &to->sanitizer, answer == TL_FINISHED);
#ifdef TL__SANITIZER_ARRIVES
    answer = tl__context_switch(&from->context, &to->context, answer);
    tl__sanitizer_arrive(&from->sanitizer);
    return answer;
#else
    return tl__context_switch(&from->context, &to->context, answer);
#endif
}

/// Makes `fiber` the running one, to go back to `resumer`.
static void enter(tl_fiber *fiber, tl_fiber *resumer)
{
    uint32_t mixed = keeps_float_control(fiber) || keeps_float_control(resumer) ? TL__MIXED : 0;
    fiber->resumer = resumer;
    tl__fiber_set_state(fiber, (tl__state(fiber) & ~(uint32_t)(TL__STATUS | TL__MIXED)) | TL_FIBER_RUNNING | mixed);
}

/// leave, with the control words.
static tl_result leave_any(tl_fiber *from, tl_fiber *to, tl_result answer)
{
    if (keeps_float_control(from) || keeps_float_control(to))
        tl__float_control_exchange(keeps_float_control(from) ? &from->float_control : &thread.shared_float_control,
                                   keeps_float_control(to) ? &to->float_control : &thread.shared_float_control);
    return leave(from, to, answer);
}

_Noreturn NEVER_INLINE void tl__fiber_finish(tl_fiber *self)
{
    void *result = self->result;
    exchange_values(self, self->resumer, &result);
    set_status(self, TL_FIBER_DONE);
    leave_any(self, self->resumer, TL_FINISHED);
    __builtin_trap(); // nobody switches to a fiber that is done
}

/// The first thing that runs on a fiber's stack.
static void start(void *fiber)
{
    tl_fiber *self = fiber;
    tl__sanitizer_arrive(&self->sanitizer);
    self->entry->run(self->args);
    tl__fiber_finish(self);
}

static _Noreturn void unwind(tl_fiber *self)
{
    tl__fiber_set_state(self, tl__state(self) | TL__UNWINDING | TL__ENDING);
    tl__unwind(self);
}

/// What a cancelled fiber runs instead of going on.
static void be_cancelled(void *fiber)
{
    tl_fiber *self = fiber;
    tl__sanitizer_arrive(&self->sanitizer);
    unwind(self);
}

bool tl__fiber_is_waiting(const tl_fiber *fiber)
{
    for (const tl_fiber *active = thread.current->resumer; active != NULL; active = active->resumer)
        if (active == fiber)
            return true;
    return false;
}

/// TL_OK when control may go to `fiber`.
static tl_result check_resumable(const tl_fiber *fiber)
{
    if (fiber == NULL)
        return TL_ERROR_NULL;
    switch (tl_fiber_get_status(fiber)) {
    case TL_FIBER_RUNNING: return TL_ERROR_RUNNING;
    case TL_FIBER_WAITING: return TL_ERROR_WAITING;
    case TL_FIBER_DONE: return TL_ERROR_FINISHED;
    default: return TL_OK;
    }
}

/// TL_OK when the running fiber may give control away.
static tl_result check_suspendable(const tl_fiber *self)
{
    if (self == NULL)
        return TL_ERROR_NO_FIBER;
    return tl__state(self) & TL__UNWINDING ? TL_ERROR_UNWINDING : TL_OK;
}

// Resume and yield are written twice. The short way is taken when all is plain, which a comparison or two show; the
// long way checks everything and says what is wrong. The short way must stay short, in stores above all: they are what
// bounds a pair. So it writes nothing that can be found out when somebody asks, such as who is waiting.

static NEVER_INLINE tl_result resume_any(tl_fiber *fiber, void **value)
{
    tl_result resumable = check_resumable(fiber);
    if (resumable != TL_OK)
        return tl__misuse(resumable, "tl_resume");
    tl_fiber *self = running();
    enter(fiber, self);
    exchange_values(self, fiber, value);
    return leave_any(self, fiber, TL_OK);
}

NEVER_INLINE tl_result tl_resume(tl_fiber *fiber, void **value)
{
    tl_fiber *self = thread.current;
    if (UNLIKELY(fiber == NULL || tl__state(fiber) > TL_FIBER_SUSPENDED ||
                 tl__state(self) & (TL__KEEPS_FLOAT_CONTROL | TL__STRANGER)))
        return resume_any(fiber, value);
    fiber->resumer = self;
    exchange_values(self, fiber, value);
    tl__fiber_set_state(fiber, TL_FIBER_RUNNING);
    return leave(self, fiber, TL_OK);
}

static NEVER_INLINE tl_result yield_any(void **value)
{
    tl_fiber *self = running_fiber();
    tl_result suspendable = check_suspendable(self);
    if (suspendable != TL_OK)
        return tl__misuse(suspendable, "tl_yield");
    exchange_values(self, self->resumer, value);
    set_status(self, TL_FIBER_SUSPENDED);
    return leave_any(self, self->resumer, TL_OK);
}

NEVER_INLINE tl_result tl_yield(void **value)
{
    tl_fiber *self = thread.current, *to = self->resumer;
    if (UNLIKELY(tl__state(self) != TL_FIBER_RUNNING)) // a thread's own context is more than that, too
        return yield_any(value);
    exchange_values(self, to, value);
    tl__fiber_set_state(self, TL_FIBER_SUSPENDED);
    return leave(self, to, TL_OK);
}

NEVER_INLINE tl_result tl_transfer(tl_fiber *fiber, void **value)
{
    tl_fiber *self = running_fiber();
    tl_result possible = check_suspendable(self);
    if (possible == TL_OK)
        possible = check_resumable(fiber);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, __func__);
    enter(fiber, self->resumer);
    exchange_values(self, fiber, value);
    set_status(self, TL_FIBER_SUSPENDED);
    return leave_any(self, fiber, TL_OK);
}

void tl__fiber_on_exit(tl_fiber *fiber, tl_result (*on_exit)(void))
{
    fiber->on_exit = on_exit;
}

bool tl__fiber_is_done(const tl_fiber *fiber)
{
    return (tl__state(fiber) & TL__STATUS) == TL_FIBER_DONE;
}

NEVER_INLINE tl_result tl_exit(void *result)
{
    tl_fiber *self = running_fiber();
    tl_result possible = check_suspendable(self);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);
    if (self->on_exit != NULL)
        return self->on_exit();
    self->result = result;
    unwind(self);
}

/// Ends a fiber that is ready or suspended; nothing for one that is done.
static NEVER_INLINE void end(tl_fiber *fiber)
{
    if (tl_fiber_get_status(fiber) == TL_FIBER_READY)
        set_status(fiber, TL_FIBER_DONE);
    if (tl_fiber_get_status(fiber) != TL_FIBER_SUSPENDED)
        return;
    thread.leaving = fiber; // which gets another frame onto its stack
    tl__context_interrupt(&fiber->context, be_cancelled, fiber);
    fiber->inbox = NULL;
    resume_any(fiber, NULL);
}

tl_result tl_fiber_cancel(tl_fiber *fiber)
{
    tl_result possible = check_resumable(fiber);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);
    end(fiber);
    return TL_OK;
}

/// `alignment` is a power of two. (Not by a remainder: a division would be among the dearest things in a short life.)
static char *align_down(char *address, size_t alignment)
{
    return address - ((uintptr_t)address & (alignment - 1));
}

/// TL_OK when an argument fits into `room` bytes of stack, with some left for frames.
static tl_result check_args(size_t room, const tl_fiber_entry *entry)
{
    size_t alignment = entry->args_align;
    bool fits = entry->args_size <= room && room - entry->args_size >= LEAST_FRAMES + alignment;
    bool aligns = alignment != 0 && alignment <= MAX_ARGS_ALIGN && (alignment & (alignment - 1)) == 0;
    return fits && aligns ? TL_OK : TL_ERROR_ARGS_SIZE;
}

static size_t room_of(const tl_fiber *fiber)
{
    return (size_t)(fiber->stack_top - fiber->stack_low);
}

/// Puts the argument's copy and the first frame on the stack.
static void lay_out(tl_fiber *fiber, const tl_fiber_entry *entry, const void *args)
{
    fiber->entry = entry;
    fiber->args = align_down(fiber->stack_top - entry->args_size, entry->args_align);
    if (entry->args_size > 0)
        memmove(fiber->args, args, entry->args_size); // which may be the copy that is there
    if (!fiber->named)
        fiber->name = entry->name != NULL ? entry->name : "(unnamed)";
    fiber->inbox = &fiber->first_value;
    if (keeps_float_control(fiber)) // with itself: stores the thread's words, and loads nothing
        tl__float_control_exchange(&fiber->float_control, &fiber->float_control);
    tl__context_make(&fiber->context, fiber->stack_low, fiber->args, start, fiber);
    tl__sanitizer_create(&fiber->sanitizer, fiber->stack_low, fiber->stack_size);
}

/// Stack tops that lie at the same place of every page would compete for the same few cache sets. So the tops of a
/// pool's stacks are set apart, by one of so many colours: a power of two, and no more than an eighth of a stack.
static size_t colours_of(size_t stack_size)
{
    size_t colours = MAX_COLOURS;
    while (colours * COLOUR > stack_size / 8)
        colours /= 2;
    return colours;
}

static size_t colour_of(const tl__stack *stack)
{
    return (stack->index & (colours_of(stack->size) - 1)) * COLOUR;
}

/// Whether a fiber fits on a stack of that size, whatever its colour, before anything is touched.
static tl_result check_room(size_t stack_size, bool pooled, const tl_fiber_desc *desc, const tl_fiber_entry *entry)
{
    size_t taken = pooled ? (colours_of(stack_size) - 1) * COLOUR : 0;
    if (desc->control == NULL)
        taken += sizeof(tl_fiber) + _Alignof(tl_fiber);
    if (stack_size < taken + LEAST_FRAMES + _Alignof(max_align_t))
        return TL_ERROR_STACK_SIZE;
    return check_args(stack_size - taken, entry);
}

/// The control block at the top of the stack, or in the caller's memory; all set but what the entry function decides.
static tl_fiber *place_control(tl_pool *pool, const tl_fiber_desc *desc, const tl__stack *stack)
{
    char *top = stack->low + stack->size - (pool != NULL ? colour_of(stack) : 0);
    char *control = desc->control != NULL ? (char *)desc->control + (_Alignof(tl_fiber) - 1) : top - sizeof(tl_fiber);
    tl_fiber *fiber = (tl_fiber *)align_down(control, _Alignof(tl_fiber));
    // Field by field: as one assignment, this also clears what needs no clearing, and takes several times as long.
    tl__fiber_set_state(fiber, TL_FIBER_READY |
                                   (pool != NULL && tl__pool_keeps_float_control(pool) ? TL__KEEPS_FLOAT_CONTROL : 0));
    fiber->resumer = NULL;
    fiber->deferred = NULL;
    fiber->on_exit = NULL;
    fiber->result = NULL;
    fiber->first_value = NULL;
    fiber->named = desc->name != NULL;
    fiber->name = desc->name;
    fiber->user_data = desc->user_data;
    fiber->stack_low = stack->low;
    fiber->stack_size = stack->size;
    fiber->stack_top = desc->control != NULL ? top : (char *)fiber;
    fiber->pool = pool;
    fiber->stack_index = stack->index;
    fiber->guard_size = pool != NULL ? tl__pool_guard_size(pool) : 0;
    return fiber;
}

/// A stack of the caller's, or one of the pool's.
static tl_result find_stack(tl_pool *pool, const tl_fiber_desc *desc, tl__stack *stack)
{
    if (pool != NULL)
        return tl__pool_acquire(pool, stack);
    memset(desc->stack, 0, desc->stack_size);
    *stack = (tl__stack){desc->stack, desc->stack_size, 0};
    return TL_OK;
}

static tl_result create(tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry, const void *args,
                        tl_fiber **fiber)
{
    size_t stack_size = pool != NULL ? tl__pool_stack_size(pool) : desc->stack_size;
    tl_result result = check_room(stack_size, pool != NULL, desc, entry);
    if (result != TL_OK)
        return tl__misuse(result, "tl_fiber_create");
    tl__stack stack;
    result = find_stack(pool, desc, &stack);
    if (result != TL_OK)
        return result;
    tl_fiber *made = place_control(pool, desc, &stack);
    lay_out(made, entry, args);
    if (pool != NULL)
        tl__pool_set_fiber(pool, stack.index, made);
    *fiber = made;
    return TL_OK;
}

/// Whether an entry and its argument are all there.
static bool is_whole(const tl_fiber_entry *entry, const void *args)
{
    return entry != NULL && entry->run != NULL && (args != NULL || entry->args_size == 0);
}

tl_result tl_fiber_create_raw(tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry, const void *args,
                              tl_fiber **fiber)
{
    static const tl_fiber_desc defaults = {0};
    if (desc == NULL)
        desc = &defaults;
    if (fiber != NULL)
        *fiber = NULL;
    if (fiber == NULL || !is_whole(entry, args) || (pool == NULL && desc->stack == NULL))
        return tl__misuse(TL_ERROR_NULL, "tl_fiber_create");
    return create(desc->stack == NULL ? pool : NULL, desc, entry, args, fiber);
}

/// TL_OK when the fiber can be ended from outside.
static tl_result check_endable(const tl_fiber *fiber)
{
    tl_result resumable = check_resumable(fiber);
    return resumable == TL_ERROR_FINISHED ? TL_OK : resumable;
}

tl_result tl_fiber_reset_raw(tl_fiber *fiber, const tl_fiber_entry *entry, const void *args)
{
    tl_result possible = check_endable(fiber);
    if (!is_whole(entry, args))
        possible = TL_ERROR_NULL;
    if (possible == TL_OK)
        possible = check_args(room_of(fiber), entry);
    if (possible != TL_OK)
        return tl__misuse(possible, "tl_fiber_reset");
    end(fiber);
    tl__sanitizer_destroy(&fiber->sanitizer);
    tl__sanitizer_open(fiber->stack_low, room_of(fiber));
    fiber->result = NULL;
    fiber->first_value = NULL;
    tl__fiber_set_state(fiber, TL_FIBER_READY | (tl__state(fiber) & TL__KEEPS_FLOAT_CONTROL));
    lay_out(fiber, entry, args);
    return TL_OK;
}

tl_result tl_fiber_destroy(tl_fiber *fiber)
{
    tl_result possible = check_endable(fiber);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);
    end(fiber);
    if (thread.leaving == fiber)
        thread.leaving = NULL;
    tl__sanitizer_destroy(&fiber->sanitizer);
    if (fiber->pool != NULL)
        tl__pool_give_back(fiber->pool, fiber->stack_index);
    else
        tl__sanitizer_open(fiber->stack_low, room_of(fiber));
    return TL_OK;
}

tl_fiber *tl_fiber_current(void)
{
    return running_fiber();
}

bool tl_fiber_unwinding(void)
{
    tl_fiber *self = running_fiber();
    return self != NULL && tl__state(self) & TL__UNWINDING;
}

void *tl_fiber_first_value(void)
{
    tl_fiber *self = running_fiber();
    return self != NULL ? self->first_value : NULL;
}
