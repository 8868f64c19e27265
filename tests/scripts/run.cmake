# SPDX-License-Identifier: MIT
# run(command...): runs a command, which must succeed, and sets `output` to its output.
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${ARGN}\n${output}")
    endif()
    string(REPLACE "\r\n" "\n" output "${output}") # of a program for Windows
    set(output "${output}" PARENT_SCOPE)
endfunction()
