# SPDX-License-Identifier: MIT
# Where a toolchain file finds libraries and headers: those of the compiler, and those that cross_libraries.sh built.
# Included by the toolchain files, which set `target` to their own name.
set(cross ${CMAKE_CURRENT_LIST_DIR}/../build/cross/${target})
set(CMAKE_FIND_ROOT_PATH ${cross} /usr/${target})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${cross}/lib/pkgconfig)
