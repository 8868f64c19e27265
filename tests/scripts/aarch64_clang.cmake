# SPDX-License-Identifier: MIT
# Builds the fibers for AArch64 with clang, whose __builtin_dwarf_cfa is of no use there, and runs the tests of early
# ends.
# -DSOURCE=folder of the fibers -DWORK=folder -DGENERATOR= -DLAUNCHER=what runs a program, or empty
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux
    -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
    -DCMAKE_C_COMPILER_TARGET=aarch64-linux-gnu -DCMAKE_CXX_COMPILER_TARGET=aarch64-linux-gnu
    -DCMAKE_ASM_COMPILER_TARGET=aarch64-linux-gnu)
run(${CMAKE_COMMAND} --build ${WORK} --target fibers_unwind fibers_defer)
foreach(program fibers_unwind fibers_defer)
    execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${WORK} -N COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE tests)
    string(REPLACE "fibers_" "fibers." prefix ${program})
    string(REGEX MATCHALL "${prefix}\\.[a-z0-9_]+" cases "${tests}")
    foreach(case ${cases})
        string(REPLACE "${prefix}." "" case ${case})
        execute_process(COMMAND ${LAUNCHER} ${WORK}/tests/${program} ${case} RESULT_VARIABLE result OUTPUT_VARIABLE output
            ERROR_VARIABLE output)
        if(NOT result EQUAL 0 AND NOT result EQUAL 77)
            message(FATAL_ERROR "${prefix}.${case}, by clang: ${result}\n${output}")
        endif()
    endforeach()
    list(LENGTH cases count)
    if(count LESS 5)
        message(FATAL_ERROR "only ${count} tests of ${program}")
    endif()
endforeach()
