/// Telling the log hook.
#ifndef TELAR_LOG_INTERNAL_H
#define TELAR_LOG_INTERNAL_H

#include "telar/log.h"

void tl__log(const tl_log *item);

#endif
