// SPDX-License-Identifier: MIT
#include "fiber/traced.h"

_Atomic uint32_t tl__traces;
