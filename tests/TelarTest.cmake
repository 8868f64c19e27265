# SPDX-License-Identifier: MIT
# telar_test(name sources... [LIBRARIES ...] [TIMEOUT seconds]): an executable of test cases, each of them a CTest test
# named <folder>.<name>.<case>. The cases are read from the sources' lines TEST(case).
include_guard(GLOBAL)

set(TELAR_TEST_LAUNCHER "" CACHE STRING "A program that runs each test, with its arguments, such as valgrind;-q")
set(TELAR_TESTS_LEFT_OUT "" CACHE STRING "What an emulator cannot show: a file of tests/left_out, with a reason for each test")
set(TELAR_TEST_SLOWDOWN 1 CACHE STRING "What to multiply each test's timeout with")

if(NOT TARGET telar_check)
    add_library(telar_check STATIC ${CMAKE_CURRENT_LIST_DIR}/check.c)
    target_include_directories(telar_check PUBLIC ${CMAKE_CURRENT_LIST_DIR})
    target_link_libraries(telar_check PUBLIC telar_fibers PRIVATE telar_build m)
    if(WIN32) # what the tests use of POSIX
        target_include_directories(telar_check SYSTEM PUBLIC ${CMAKE_CURRENT_LIST_DIR}/windows)
    endif()
endif()

if(TELAR_TESTS_LEFT_OUT)
    file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/left_out/${TELAR_TESTS_LEFT_OUT}.txt telar_left_out REGEX "^[a-z]")
    list(TRANSFORM telar_left_out REPLACE " .*" "")
endif()

# telar_check_left_out(): fails where the list names a test that there is not, or more than three in a hundred tests.
function(telar_check_left_out)
    get_property(met GLOBAL PROPERTY TELAR_TESTS_MET)
    list(LENGTH met count)
    list(LENGTH telar_left_out left_out)
    foreach(test ${telar_left_out})
        if(NOT test IN_LIST met)
            message(FATAL_ERROR "tests/left_out/${TELAR_TESTS_LEFT_OUT}.txt names ${test}, which is no test")
        endif()
    endforeach()
    math(EXPR hundredfold "100 * ${left_out}")
    math(EXPR allowed "3 * ${count}")
    if(hundredfold GREATER allowed)
        message(FATAL_ERROR "tests/left_out/${TELAR_TESTS_LEFT_OUT}.txt names ${left_out} of ${count} tests, more than 3 %")
    endif()
endfunction()

# Sets what holds for every test: the exit code 77 of SKIP, and a timeout in seconds.
function(telar_test_properties test timeout)
    math(EXPR seconds "${timeout} * ${TELAR_TEST_SLOWDOWN}")
    set_tests_properties(${test} PROPERTIES TIMEOUT ${seconds} SKIP_RETURN_CODE 77)
endfunction()

# What tests with job systems need in addition, jobs_at.c, and tests that have memory refused, refuse.h: sources, and the
# linker options for them.
if(WIN32)
    set(system windows)
    set(wraps LINKER:--wrap=__imp__beginthreadex)
    set(refuse_wraps LINKER:--wrap=__imp_VirtualAlloc,--wrap=__imp_VirtualFree,--wrap=__imp_VirtualProtect)
else()
    set(system posix)
    set(wraps LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free,--wrap=pthread_create)
    set(refuse_wraps LINKER:--wrap=mmap,--wrap=madvise,--wrap=mprotect)
endif()
set(TELAR_JOBS_AT ${CMAKE_CURRENT_LIST_DIR}/jobs_at.c ${CMAKE_CURRENT_LIST_DIR}/jobs_at_${system}.c CACHE INTERNAL "")
set(TELAR_JOBS_AT_LINK ${wraps} CACHE INTERNAL "")
set(TELAR_REFUSE ${CMAKE_CURRENT_LIST_DIR}/refuse_${system}.c CACHE INTERNAL "")
set(TELAR_REFUSE_LINK ${refuse_wraps} CACHE INTERNAL "")

function(telar_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LIBRARIES;LINK_OPTIONS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(target ${folder}_${name})
    add_executable(${target} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${target} PRIVATE telar_check telar_build ${arg_LIBRARIES})
    target_link_options(${target} PRIVATE ${arg_LINK_OPTIONS})
    foreach(source ${arg_UNPARSED_ARGUMENTS})
        get_filename_component(source ${source} ABSOLUTE)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(STRINGS ${source} lines REGEX "^TEST\\([a-z0-9_]+\\)")
        foreach(line ${lines})
            string(REGEX REPLACE "^TEST\\(([a-z0-9_]+)\\).*" "\\1" case ${line})
            set(test ${folder}.${name}.${case})
            set_property(GLOBAL APPEND PROPERTY TELAR_TESTS_MET ${test})
            if(test IN_LIST telar_left_out)
                continue()
            endif()
            add_test(NAME ${test} COMMAND ${TELAR_TEST_LAUNCHER} $<TARGET_FILE:${target}> ${case})
            telar_test_properties(${test} ${arg_TIMEOUT})
        endforeach()
    endforeach()
endfunction()

find_program(BASH_PROGRAM bash REQUIRED)
mark_as_advanced(BASH_PROGRAM)

# telar_script_test(file environment...) adds a test for each function test_<case> of a bash file, named
# <folder>.<file>.<case>. The environment is a list of NAME=value, to which SOURCE is added.
function(telar_script_test file)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    get_filename_component(name ${file} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} lines REGEX "^test_[a-z0-9_]+\\(\\)")
    foreach(line ${lines})
        string(REGEX REPLACE "^test_([a-z0-9_]+).*" "\\1" case ${line})
        set(test ${folder}.${name}.${case})
        add_test(NAME ${test} COMMAND ${BASH_PROGRAM} ${CMAKE_CURRENT_SOURCE_DIR}/${file} test_${case})
        set_tests_properties(${test} PROPERTIES ENVIRONMENT "SOURCE=${PROJECT_SOURCE_DIR};${ARGN}")
        if(WIN32 AND name STREQUAL "window") # which share Wine's display: tools/wine.sh
            set_tests_properties(${test} PROPERTIES RESOURCE_LOCK display)
        endif()
        telar_test_properties(${test} 60)
    endforeach()
endfunction()

# telar_headers(name library headers...) compiles each header alone, as C17 and as C++17.
function(telar_headers name library)
    foreach(header ${ARGN})
        string(MAKE_C_IDENTIFIER ${header} identifier)
        foreach(extension c cpp)
            set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${identifier}.${extension})
            file(GENERATE OUTPUT ${source} CONTENT "#include <${header}>\ntypedef int not_empty;\n")
            list(APPEND sources ${source})
        endforeach()
    endforeach()
    add_library(${name}_headers OBJECT ${sources})
    target_link_libraries(${name}_headers PRIVATE ${library} telar_build)
endfunction()

# telar_compile_failures(name "folders;of;headers" cases...) adds a test for each case: a source in compile_fail/, of C
# or C++, whose wrong forms must not compile (scripts/expect_compile_failure.cmake).
function(telar_compile_failures name include)
    list(JOIN include ";-I" include)
    set(tests ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    foreach(case ${ARGN})
        get_filename_component(stem ${case} NAME_WE)
        set(compiler ${CMAKE_C_COMPILER})
        if(case MATCHES "\\.cpp$")
            set(compiler ${CMAKE_CXX_COMPILER})
        endif()
        add_test(NAME ${name}.compile_fail.${stem} COMMAND ${CMAKE_COMMAND} -DCOMPILER=${compiler} "-DINCLUDE=${include}"
            -DSOURCE=${tests}/compile_fail/${case} -P ${tests}/scripts/expect_compile_failure.cmake)
        telar_test_properties(${name}.compile_fail.${stem} 30)
    endforeach()
endfunction()

# telar_plant(result source regex replacement): a copy of a library's source with a fault in it, for a test that must go
# red. Sets `result` to its path.
function(telar_plant result source regex replacement)
    file(READ ${PROJECT_SOURCE_DIR}/${source} text)
    string(REGEX REPLACE "${regex}" "${replacement}" faulty "${text}")
    if(faulty STREQUAL text)
        message(FATAL_ERROR "${source} has nothing to plant a fault at: ${regex}")
    endif()
    get_filename_component(name ${source} NAME)
    set(copy ${CMAKE_CURRENT_BINARY_DIR}/${result}/${name})
    file(CONFIGURE OUTPUT ${copy} CONTENT "@faulty@" @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${source})
    set(${result} ${copy} PARENT_SCOPE)
endfunction()

# telar_must_fail(test message program arguments...): a test that a program with a planted fault ends with an error, and
# with an output that matches `message`, a regular expression.
function(telar_must_fail test message program)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${TELAR_TEST_LAUNCHER};$<TARGET_FILE:${program}>;${ARGN}"
        "-DMESSAGE=${message}" -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/scripts/expect_failure.cmake)
    telar_test_properties(${test} 60)
endfunction()
