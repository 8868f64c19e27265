// SPDX-License-Identifier: MIT
#include "darwin.h"
