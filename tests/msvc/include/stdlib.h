// SPDX-License-Identifier: MIT
// In place of Microsoft's: what clang's own headers need of it.
#ifndef TELAR_TESTS_MSVC_STDLIB_H
#define TELAR_TESTS_MSVC_STDLIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
void *malloc(size_t size);
void free(void *memory);
void *_aligned_malloc(size_t size, size_t alignment);
void _aligned_free(void *memory);
#ifdef __cplusplus
}
#endif

#endif
