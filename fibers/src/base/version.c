// SPDX-License-Identifier: MIT
#include "telar/version.h"

int tl_version(void)
{
    return TELAR_VERSION;
}
