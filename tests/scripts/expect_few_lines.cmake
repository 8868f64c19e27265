# SPDX-License-Identifier: MIT
# cmake -DCOMPILER=cc -DINCLUDE=folder -DHEADER=telar/x.h -DMOST=1500 -DWORK=folder -P expect_few_lines.cmake: the
# header must preprocess to fewer lines than that.
file(WRITE ${WORK}/few_lines.c "#include <${HEADER}>\n")
execute_process(COMMAND ${COMPILER} -std=c17 -E -I${INCLUDE} ${WORK}/few_lines.c
    OUTPUT_VARIABLE text RESULT_VARIABLE result)
string(REGEX MATCHALL "\n" ends "${text}")
list(LENGTH ends count)
message(STATUS "${HEADER} preprocesses to ${count} lines")
if(NOT result EQUAL 0 OR count GREATER_EQUAL MOST OR count LESS 10)
    message(FATAL_ERROR "it must be fewer than ${MOST}")
endif()
