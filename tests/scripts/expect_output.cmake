# SPDX-License-Identifier: MIT
# cmake -DCOMMAND=program;arguments -DEXPECTED=file [-DLAST_LINE=ON] -P expect_output.cmake: the program must end with 0
# and print exactly what the file holds, or with LAST_LINE have that as its last line.
execute_process(COMMAND ${COMMAND} OUTPUT_VARIABLE printed RESULT_VARIABLE result)
string(REPLACE "\r\n" "\n" printed "${printed}") # a program for Windows
file(READ ${EXPECTED} expected)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "ended with ${result}")
endif()
if(LAST_LINE)
    string(REGEX MATCH "[^\n]*\n$" printed "${printed}")
endif()
if(NOT printed STREQUAL expected)
    message(FATAL_ERROR "printed\n${printed}\nand not\n${expected}")
endif()
