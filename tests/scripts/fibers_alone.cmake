# SPDX-License-Identifier: MIT
# Configures, builds and tests fibers/ by itself, as for a platform without an unwinder.
# -DSOURCE=fibers -DWORK=folder -DGENERATOR= -DCOMPILER= -DBACKEND=
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK} -G ${GENERATOR} -DCMAKE_C_COMPILER=${COMPILER} -DTELAR_BACKEND=${BACKEND}
    -DTELAR_UNWIND=OFF)
run(${CMAKE_COMMAND} --build ${WORK})
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK} --output-on-failure --no-tests=error)
