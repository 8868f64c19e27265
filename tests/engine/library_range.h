// SPDX-License-Identifier: MIT
#ifndef TELAR_TEST_LIBRARY_RANGE_H
#define TELAR_TEST_LIBRARY_RANGE_H

/// Finds the addresses of the shared library that `address` lies in.
void find_library(const void *address, const char **begin, const char **end);

#endif
