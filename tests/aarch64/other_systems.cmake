# SPDX-License-Identifier: MIT
# cmake -DSOURCE=fibers -DHERE=tests -DSYSTEM=macos|android -P other_systems.cmake: clang must accept the sources of
# Telar::fibers for a system that the tests do not run on. Its own headers are not here: macOS' are tests/darwin, and
# Android's those of Linux, which declare more.
file(GLOB_RECURSE sources ${SOURCE}/src/*.c)
list(FILTER sources EXCLUDE REGEX "_windows|/seh|_x86_64|_ucontext|affinity_linux")
if(SYSTEM STREQUAL "macos")
    list(FILTER sources EXCLUDE REGEX "_linux|guard_posix")
    set(target --target=arm64-apple-macos11 -nostdlibinc -isystem ${HERE}/darwin)
else()
    list(FILTER sources EXCLUDE REGEX "_darwin")
    set(target --target=aarch64-linux-android24 -isystem /usr/aarch64-linux-gnu/include)
endif()
set(failed "")
foreach(source ${sources})
    execute_process(COMMAND clang ${target} -std=gnu17 -fsyntax-only -D_GNU_SOURCE -DTELAR_FORCED_UNWIND -DNDEBUG
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Werror
        -I${SOURCE}/include -I${SOURCE}/src ${source} RESULT_VARIABLE result ERROR_VARIABLE errors)
    if(NOT result EQUAL 0)
        string(APPEND failed "${errors}\n")
    endif()
endforeach()
if(failed)
    message(FATAL_ERROR "${failed}")
endif()
