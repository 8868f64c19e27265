// SPDX-License-Identifier: MIT
// In place of Microsoft's: all is in stdlib.h.
#include <stdlib.h>
