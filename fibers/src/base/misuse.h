/// For the calls of every part of Telar that find themselves misused.
#ifndef TELAR_BASE_MISUSE_H
#define TELAR_BASE_MISUSE_H

#include "base/compiler.h"
#include "telar/misuse.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Tells the hook, then gives `why` back: `return tl__misuse(TL_ERROR_NULL, __func__);`.
__attribute__((cold)) NEVER_INLINE tl_result tl__misuse(tl_result why, const char *call);

/// What tl_misuse_context tells about.
typedef enum tl__described {
    TL__FIBERS_DESCRIBED,
    TL__JOBS_DESCRIBED,
    TL__SCRIPTS_DESCRIBED,
    TL__DESCRIBERS
} tl__described;

/// Describes what of its kind runs on the calling thread. False: nothing of that kind does.
typedef bool (*tl__describer)(char *text, size_t size);

/// Set by each layer when it is first used, so that this one need not know them.
void tl__misuse_describe_with(tl__described kind, tl__describer describe);

#ifdef __cplusplus
}
#endif

#endif
