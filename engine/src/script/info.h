/// What scripts say of themselves in messages.
#ifndef TELAR_ENGINE_SCRIPT_INFO_H
#define TELAR_ENGINE_SCRIPT_INFO_H

#include <stdbool.h>
#include <stddef.h>

/// Describes the running script, for tl_misuse_context. False outside any.
bool tl__script_describe(char *text, size_t size);

#endif
