# SPDX-License-Identifier: MIT
# Makes the fibers' two files, and builds and tests them with each compiler.
# -DSOURCE=Telar -DWORK=folder -DGENERATOR= -DCOMPILERS=gcc,g++;clang,clang++ -DCOMPILER=of the one-call build
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
run(${SOURCE}/tools/amalgamate ${WORK}/amalgam)
foreach(pair ${COMPILERS})
    string(REPLACE "," ";" pair "${pair}")
    list(GET pair 0 c)
    list(GET pair 1 cxx)
    run(${CMAKE_COMMAND} -S ${SOURCE}/tests/amalgam -B ${WORK}/${c} -G ${GENERATOR} -DAMALGAM=${WORK}/amalgam
        -DCMAKE_C_COMPILER=${c} -DCMAKE_CXX_COMPILER=${cxx} -DCMAKE_BUILD_TYPE=Release)
    run(${CMAKE_COMMAND} --build ${WORK}/${c})
    run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/${c} -j2 --output-on-failure --no-tests=error)
endforeach()

# One call of the compiler builds a program, as the header says.
file(WRITE ${WORK}/game.c "#include \"telar_fibers.h\"\nint main(void) { return tl_version() == TELAR_VERSION ? 0 : 1; }\n")
run(${COMPILER} -fexceptions -fstack-clash-protection -pthread -I${WORK}/amalgam ${WORK}/game.c ${WORK}/amalgam/telar_fibers.c -o ${WORK}/game)
run(${WORK}/game)
