# SPDX-License-Identifier: MIT
# CMake toolchain file: Debian's and Ubuntu's cross compilers for AArch64 (the aarch64-linux-gnu rows of NEEDS in
# packages.sh), and the libraries that cross_libraries.sh built with them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(target aarch64-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
