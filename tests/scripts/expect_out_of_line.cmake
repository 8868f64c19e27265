# SPDX-License-Identifier: MIT
# Fails unless a linked program has all of some functions: none may be inlined away, not even at link time.
# -DNM= -DPROGRAM= -DFUNCTIONS=a,b,c
execute_process(COMMAND ${NM} --defined-only ${PROGRAM} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
string(REPLACE "," ";" FUNCTIONS "${FUNCTIONS}")
foreach(function ${FUNCTIONS})
    if(NOT result EQUAL 0 OR NOT symbols MATCHES " [tT] ${function}\n")
        message(FATAL_ERROR "${PROGRAM} has no ${function}: its callers may keep the address of a thread-local")
    endif()
endforeach()
