// SPDX-License-Identifier: MIT
// Included before all else in the check of the headers for Microsoft's compiler: the headers of others, and then words
// that this compiler does not have are made errors.
#include <cglm/types-struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xmmintrin.h>

#undef __attribute__
#define __attribute__(list) Microsoft_has_no_attributes(list)
#define __extension__ Microsoft_has_no_extension
#define __extension Microsoft_has_no_extension
#define __attribute(list) Microsoft_has_no_attributes(list)
#define __typeof Microsoft_has_no_typeof
#define __builtin_expect Microsoft_has_no_builtin_expect
#define __builtin_unreachable Microsoft_has_no_builtin_unreachable
#define __typeof__ Microsoft_has_no_typeof
#define __alignof__ Microsoft_has_no_alignof
#define __builtin_prefetch Microsoft_has_no_builtin_prefetch
#define __builtin_types_compatible_p Microsoft_has_no_types_compatible
#define __is_same Microsoft_has_no_is_same
#define __asm__ Microsoft_has_no_asm
#define _Generic Microsoft_has_no_generic_in_cpp
#define _Static_assert Microsoft_has_no_c_static_assert_in_cpp
