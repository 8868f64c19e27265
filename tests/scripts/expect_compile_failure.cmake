# cmake -DCOMPILER=cc -DINCLUDE=folder -DSOURCE=file.c -P expect_compile_failure.cmake: the source compiles as it stands, and
# with -DWRONG it does not, for the reason that its line "// Error: regular expression" gives; without any warning flags.
file(STRINGS ${SOURCE} reason REGEX "^// Error: ")
string(REPLACE "// Error: " "" reason "${reason}")
set(compile ${COMPILER} -std=c17 -fsyntax-only -I${INCLUDE} ${SOURCE})

execute_process(COMMAND ${compile} RESULT_VARIABLE right ERROR_VARIABLE errors)
if(NOT right EQUAL 0)
    message(FATAL_ERROR "the right form does not compile:\n${errors}")
endif()
execute_process(COMMAND ${compile} -DWRONG RESULT_VARIABLE wrong ERROR_VARIABLE errors)
if(wrong EQUAL 0)
    message(FATAL_ERROR "the wrong form compiles")
endif()
if(NOT errors MATCHES "error: [^\n]*(${reason})")
    message(FATAL_ERROR "it does not compile, but not because of '${reason}':\n${errors}")
endif()
