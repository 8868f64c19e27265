# SPDX-License-Identifier: MIT
# cmake -DNM=nm -DLIBRARY=file.a -DFORBIDDEN=regex -P expect_no_symbols.cmake: the library must call nothing of that
# name.
execute_process(COMMAND ${NM} --undefined-only ${LIBRARY} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR NOT symbols MATCHES "tl_yield")
    message(FATAL_ERROR "nm shows nothing of ${LIBRARY}")
endif()
if(symbols MATCHES "U (${FORBIDDEN})[@\n]")
    message(FATAL_ERROR "${LIBRARY} calls ${CMAKE_MATCH_1}")
endif()
