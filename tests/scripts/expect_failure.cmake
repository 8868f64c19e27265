# SPDX-License-Identifier: MIT
# Runs a program that has a planted fault, and fails if the program does not, or says something else.
# -DCOMMAND=the program and its arguments -DMESSAGE=a regular expression
cmake_minimum_required(VERSION 3.22)
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0 OR result EQUAL 77 OR NOT "${result} ${output}" MATCHES "${MESSAGE}") # 77: it skipped
    message(FATAL_ERROR "the planted fault was not seen: ${result}\n${output}")
endif()
