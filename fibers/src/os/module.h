// SPDX-License-Identifier: MIT
/// The program or library that an address of code belongs to.
#ifndef TELAR_OS_MODULE_H
#define TELAR_OS_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/// Writes the file's name and the offset in it, "game+0x12a4"; returns false if the address is in none.
bool tl__module_describe(const void *address, char *text, size_t size);

#endif
