// SPDX-License-Identifier: MIT
/// The pages right below a stack on Windows whose first touch raises a stack overflow.
#ifndef TELAR_ARCH_GUARD_PAGES_H
#define TELAR_ARCH_GUARD_PAGES_H

enum { TL__GUARD_PAGES = 6 };

#endif
