// SPDX-License-Identifier: MIT
/// Has the system refuse the library's calls for memory. The linker wraps them (TelarTest.cmake).
#ifndef TELAR_REFUSE_H
#define TELAR_REFUSE_H

#include <stdbool.h>

#include "telar/result.h"

/// What is refused from here on: to map memory, to install a guard, to discard the content of pages, to give pages
/// memory before they are touched (on Windows, to commit it).
extern bool refuse_maps, refuse_guards, refuse_discards, refuse_populating;

/// What a fiber without a guard fails with.
extern const tl_result refuse_guards_result;

#endif
