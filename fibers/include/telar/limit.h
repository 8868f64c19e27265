// SPDX-License-Identifier: MIT
/// telar/limit.h: time limits of waits.
///
///     if (tl_counter_wait(&paths, TL_WITHIN_REAL(0.5)) == TL_TIMED_OUT)
///         use_the_old_path(me);
///
/// A call that can wait with a limit takes it as an optional last argument, and returns TL_TIMED_OUT if the limit
/// passes first. With a limit of 0 the call only tries, and does not wait. Arguments after the limit do not compile.
#ifndef TELAR_LIMIT_H
#define TELAR_LIMIT_H

#ifdef __cplusplus
extern "C" {
#endif

/// The clock that a limit is measured by.
typedef enum tl_clock_id {
    TL_NO_CLOCK = 0,
    TL_GAME_CLOCK, ///< game time of the script's group; in scripts only
    TL_REAL_CLOCK, ///< real time: in a script as the world's steps count it, elsewhere the system's monotonic clock
} tl_clock_id;

/// The longest that a wait may last. All zeros (TL_FOREVER): no limit.
typedef struct tl_limit {
    tl_clock_id clock;
    double seconds; ///< 0 or more
} tl_limit;

static inline tl_limit tl_within(tl_clock_id clock, double seconds)
{
    tl_limit limit = {clock, seconds};
    return limit;
}

#define TL_WITHIN(seconds) tl_within(TL_GAME_CLOCK, (seconds))
#define TL_WITHIN_REAL(seconds) tl_within(TL_REAL_CLOCK, (seconds))
#define TL_FOREVER tl_within(TL_NO_CLOCK, 0)

/// For the macros of calls that take a limit. They append TL_FOREVER and three TL__NO_MORE to the caller's arguments.
/// So the argument after the required ones is the limit, the caller's or TL_FOREVER, and the second one after the limit
/// is a TL__NO_MORE unless the caller passed too many.
typedef struct tl__no_more {
    char unused;
} tl__no_more;
#define TL__NO_MORE (*(tl__no_more *)0) // only its type is used: never evaluated
#define TL__TOO_MANY "too many arguments: after those of the call comes at most a limit, such as TL_WITHIN(seconds)"
#ifdef __cplusplus
#define TL__LIMITED(end, call) (tl__check_no_more<decltype((end))>(), call)
#else
#define TL__LIMITED(end, call)                                                                                         \
    __extension__({                                                                                                    \
        _Static_assert(__builtin_types_compatible_p(__typeof__(end), tl__no_more), TL__TOO_MANY);                      \
        call;                                                                                                          \
    })
#endif
#define TL__LIMITED_1(function, first, limit, next, end, ...) TL__LIMITED(end, function((first), (limit)))
#define TL__LIMITED_2(function, first, second, limit, next, end, ...)                                                  \
    TL__LIMITED(end, function((first), (second), (limit)))

#ifdef __cplusplus
} // extern "C"

extern "C++" {
template <typename end> struct tl__is_no_more {
    static constexpr bool value = false;
};
template <> struct tl__is_no_more<tl__no_more &> {
    static constexpr bool value = true;
};
template <typename end> inline void tl__check_no_more()
{
    static_assert(tl__is_no_more<end>::value, TL__TOO_MANY);
}
}
#endif

#endif
