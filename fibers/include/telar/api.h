// SPDX-License-Identifier: MIT
/// telar/api.h: what the other headers need of a compiler. C must be compiled by gcc or clang, on Windows by
/// mingw-w64's or by clang-cl. In C++17 the headers also work with Microsoft's compiler (/std:c++17 /Zc:preprocessor).
///
/// TL_API marks the symbols that a shared library exports. The libraries are built with hidden symbols, so all others
/// stay private.
#ifndef TELAR_API_H
#define TELAR_API_H

#if defined(_MSC_VER) && !defined(__clang__) && !defined(__cplusplus)
#error                                                                                                                 \
    "Telar's headers need gcc or clang for C (on Windows clang-cl): this compiler lacks statement expressions and the cleanup attribute. In C++ they work with it"
#endif
#if defined(_MSC_VER) && !defined(__clang__) && (!defined(_MSVC_TRADITIONAL) || _MSVC_TRADITIONAL)
#error "Telar's headers need the standard preprocessor: /Zc:preprocessor"
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define TL_API __attribute__((visibility("default")))
#define TL__HIDDEN __attribute__((visibility("hidden")))
#else
#define TL_API
#define TL__HIDDEN
#endif

/// Marks a function whose argument number `format_at` is a format as printf's, with its values from number `first` on.
/// (mingw's compilers would check it against the formats of an older C library.)
#if defined(__MINGW32__) && !defined(__clang__)
#define TL__PRINTF(format_at, first) __attribute__((format(gnu_printf, format_at, first)))
#elif defined(__GNUC__) || defined(__clang__)
#define TL__PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))
#else
#define TL__PRINTF(format_at, first)
#endif

#ifdef __cplusplus
#define TL__MAYBE_UNUSED [[maybe_unused]]
#define TL__ALIGNOF(type) alignof(type)
#else
#define TL__MAYBE_UNUSED __attribute__((unused))
#define TL__ALIGNOF(type) _Alignof(type)
#endif

#define TL__PASTE(left, right) left##right
#define TL__PASTED(left, right) TL__PASTE(left, right)
#define TL__UNIQUE(name) TL__PASTED(name, __COUNTER__)

/// TL__TARGET(pointer) is the type that a pointer points to. TL__SCOPED(type, name, leave, value...) declares a
/// variable, for whose address `leave` is called when its block is left.
#ifdef __cplusplus
extern "C++" { // also where a program includes the headers inside extern "C"
template <typename held> struct tl__type_of {
    typedef held type;
};
template <typename target> tl__type_of<target> tl__target_of(target *);
#define TL__TARGET(pointer) typename decltype(tl__target_of(pointer))::type

template <typename held, void (*leave)(held *)> class tl__leaver
{
    held *at;

  public:
    explicit tl__leaver(held *variable) : at(variable)
    {
    }
    tl__leaver(const tl__leaver &) = delete;
    tl__leaver &operator=(const tl__leaver &) = delete;
    ~tl__leaver() noexcept(false)
    {
        leave(at);
    }
};

/// Returns the pointer, converted as by an initialisation.
template <typename target> target *tl__pointer_to(target *pointer)
{
    return pointer;
}
}
#define TL__SCOPED(type, name, leave, ...)                                                                             \
    TL__MAYBE_UNUSED type name = __VA_ARGS__;                                                                          \
    tl__leaver<type, leave> TL__PASTED(name, _leaver)                                                                  \
    {                                                                                                                  \
        &name                                                                                                          \
    }
#else
#define TL__TARGET(pointer) __typeof__(*(pointer))
#define TL__SCOPED(type, name, leave, ...) type name __attribute__((cleanup(leave), unused)) = __VA_ARGS__
#endif

#endif
