# SPDX-License-Identifier: MIT
# What every part of Telar is compiled with: warnings, sanitizers, the choice of backend. Included once, by the
# top-level project or by fibers/ when it is configured alone.
include_guard(GLOBAL)

option(TELAR_WERROR "Treat warnings as errors" OFF)
option(TELAR_VALGRIND "Tell Valgrind about fiber stacks" OFF)
# Lets tests on a newer kernel see what an older one gets.
option(TELAR_REFUSE_MADVISE_GUARDS "For Telar's own tests: make no guard by madvise, as if the kernel refused" OFF)
mark_as_advanced(TELAR_REFUSE_MADVISE_GUARDS)
set(TELAR_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize= (address,undefined or thread)")
set(TELAR_BACKEND "auto" CACHE STRING "How contexts are switched: auto, assembly or ucontext")
set_property(CACHE TELAR_BACKEND PROPERTY STRINGS auto assembly ucontext)

# The ABIs that have assembly, each in src/arch/switch_<ABI>.S and src/arch/context_<ABI>.c.
set(abi "")
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$" AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
        set(abi x86_64_sysv)
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$" AND WIN32)
        set(abi x86_64_windows)
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$" AND CMAKE_SYSTEM_NAME MATCHES "^(Linux|Android|Darwin)$")
        set(abi aarch64)
    endif()
endif()
set(TELAR_ABI "${abi}" CACHE INTERNAL "of the assembly; empty: there is none for this machine")

# What differs between systems: src/os/<part>_<system>.c.
set(posix fault_calls_posix fault_posix memory_posix module_posix signal_ask_posix signal_chain signal_stack_posix threads_posix)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(files ${posix} affinity_linux guard_posix memory_linux threads_linux)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
    set(files ${posix} affinity_none guard_darwin memory_darwin threads_darwin)
elseif(WIN32)
    set(files affinity_none fault_calls_windows fault_windows guard_windows memory_windows module_windows signal_ask_windows signal_stack_windows threads_windows)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Android")
    set(files ${posix} affinity_none guard_posix memory_linux threads_linux)
else()
    message(FATAL_ERROR "Telar does not know ${CMAKE_SYSTEM_NAME}: fibers/cmake/TelarBuild.cmake lists the files of src/os for each system")
endif()
set(TELAR_OS_FILES ${files} CACHE INTERNAL "of src/os, for this system")

set(backend ${TELAR_BACKEND})
if(TELAR_BACKEND STREQUAL "auto")
    if(abi)
        set(backend assembly)
    else()
        set(backend ucontext)
    endif()
elseif(NOT TELAR_BACKEND MATCHES "^(assembly|ucontext)$")
    message(FATAL_ERROR "TELAR_BACKEND is '${TELAR_BACKEND}'; it must be auto, assembly or ucontext")
elseif(TELAR_BACKEND STREQUAL "assembly" AND NOT abi)
    message(FATAL_ERROR
        "TELAR_BACKEND is assembly, and there is none for ${CMAKE_SYSTEM_PROCESSOR} on ${CMAKE_SYSTEM_NAME}; use auto or ucontext")
endif()
set(TELAR_RESOLVED_BACKEND ${backend} CACHE INTERNAL "assembly or ucontext")

set(TELAR_UNWIND "auto" CACHE STRING "Whether ending a fiber early runs cleanup attributes and destructors: auto, ON or OFF")
set_property(CACHE TELAR_UNWIND PROPERTY STRINGS auto ON OFF)
include(CheckCSourceCompiles)
check_c_source_compiles("
    #include <unwind.h>
    extern const void *_Unwind_Find_FDE(void *, void *);
    int main(int count, char **words) { return _Unwind_ForcedUnwind((void *)words, 0, &count) != 0 &&
        _Unwind_Find_FDE(&count, words) != 0 && __builtin_dwarf_cfa() != 0; }"
    TELAR_HAS_FORCED_UNWIND)
if(WIN32) # where libgcc's forced unwinding links, and cannot work
    set(TELAR_HAS_FORCED_UNWIND ON)
endif()
if(TELAR_UNWIND STREQUAL "auto")
    set(TELAR_RESOLVED_UNWIND ${TELAR_HAS_FORCED_UNWIND} CACHE INTERNAL "")
else()
    set(TELAR_RESOLVED_UNWIND ${TELAR_UNWIND} CACHE INTERNAL "")
endif()

include(CheckCCompilerFlag)
include(CheckCXXCompilerFlag)
if(NOT WIN32) # where compilers probe each page of a frame in any case, and gcc 12 crashes with the flag
    set(CMAKE_REQUIRED_FLAGS -Werror) # clang only warns of a flag that it does not have for a processor
    check_c_compiler_flag(-fstack-clash-protection TELAR_HAS_STACK_PROBES_C)
    check_cxx_compiler_flag(-fstack-clash-protection TELAR_HAS_STACK_PROBES_CXX)
    unset(CMAKE_REQUIRED_FLAGS)
endif()

# For Telar's own sources only; nothing of it reaches projects that link the libraries.
add_library(telar_build INTERFACE)
target_compile_features(telar_build INTERFACE c_std_17 cxx_std_17)
target_compile_definitions(telar_build INTERFACE _GNU_SOURCE $<$<BOOL:${WIN32}>:__USE_MINGW_ANSI_STDIO=1>)
target_compile_options(telar_build INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -ffp-contract=off # the same floating-point results from every compiler
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    $<$<BOOL:${TELAR_WERROR}>:-Werror>)

# A program must be compiled and linked with the same sanitizers, so inside the build all that links a library gets
# these.
add_library(telar_sanitize INTERFACE)
if(TELAR_SANITIZE)
    target_compile_options(telar_sanitize INTERFACE
        -fsanitize=${TELAR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(telar_sanitize INTERFACE -fsanitize=${TELAR_SANITIZE})
endif()

# The properties that all libraries have. They are static unless BUILD_SHARED_LIBS says otherwise; either way they
# export only what TL_API marks.
function(telar_library target export_name)
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${export_name}
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden
        DEBUG_POSTFIX d # so that a debug build can be installed beside a release build
        VERSION ${TELAR_VERSION}
        SOVERSION ${TELAR_SOVERSION}
        INSTALL_RPATH $ORIGIN) # where the libraries that it needs are installed, too
endfunction()
