#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ./test.sh [all | PRESET...]: installs what is missing, builds and tests. Without arguments it runs the tests that find
# most within some minutes.
set -euo pipefail
cd "$(dirname "$0")"
. tools/packages.sh

# The whole matrix of presets, and those that a run without arguments tests.
MATRIX=(release clang lto lto-clang asan debug ucontext mprotect tsan valgrind aarch64 windows windows-clang)
QUICK=(quick-release quick-asan)

# Other versions of clang-format break some lines differently, so only this one checks the format.
FORMAT=clang-format-14

usage() {
    echo "usage: ./test.sh [all | PRESET...]"
    echo "presets: ${MATRIX[*]} ${QUICK[*]}"
    exit 2
} >&2

check_format() {
    echo "== formatting"
    find fibers engine samples tests benchmarks -name '*.[ch]' -print0 -o -name '*.cpp' -print0 |
        xargs -0 $FORMAT --dry-run --Werror
}

# needs_of PRESET: prints what the preset needs besides what all need.
needs_of() {
    case $1 in
    clang) echo clang ;;
    aarch64) echo aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64 ;;
    windows) echo "${WINDOWS_NEEDS[@]}" wine ;;
    windows-clang) echo "${WINDOWS_NEEDS[@]}" wine clang ;;
    lto-clang) echo clang ld.lld llvm-ar ;;
    valgrind) echo header:valgrind/memcheck.h ;;
    esac
}

# left_out LIST: the tests that an emulator cannot run, and why.
left_out() {
    echo "Left out here:"
    sed -n 's/^\([a-z][^ ]*\)  */  \1: /p' "tests/left_out/$1.txt"
}

# run_preset NAME: builds and tests a preset. quick-x builds and tests a part of x, in the same folder. A preset without
# tests is only built.
run_preset() {
    echo "== $1"
    case $1 in
    aarch64) ./tools/cross_libraries.sh aarch64-linux-gnu ;;
    windows*) ./tools/cross_libraries.sh x86_64-w64-mingw32 ;;
    esac
    build "${1#quick-}" "$1"
    [[ $1 != windows* ]] || ./tools/wine.sh # its server waits a minute for the first program
    if grep -q "^ *\"$1\"" <<<"$(ctest --list-presets)"; then
        ctest --preset "$1"
    fi
    case $1 in
    aarch64) left_out qemu ;;
    windows*) left_out windows ;;
    esac
}

presets=("$@")
case "$*" in
"") presets=("${QUICK[@]}") ;;
all) presets=("${MATRIX[@]}") ;;
esac
for preset in "${presets[@]}"; do
    [[ " ${MATRIX[*]} ${QUICK[*]} " == *" $preset "* ]] || usage
done

needs=()
for preset in "${presets[@]}"; do
    read -ra more <<<"$(needs_of "$preset")"
    needs+=("${more[@]}")
done
need "${BUILD_NEEDS[@]}" gcc python3 "${needs[@]}"
want gdb lldb Xvfb xdotool chromium doxygen
[[ " ${presets[*]} " != *" aarch64 "* ]] || want gdb-multiarch
[ "${presets[*]}" = "${QUICK[*]}" ] || want header:boost/context/detail/fcontext.hpp header:tbb/tbb.h
if [ $# -eq 0 ] || [ "$*" = all ]; then
    want $FORMAT
    ! have $FORMAT || check_format
fi
for preset in "${presets[@]}"; do
    run_preset "$preset"
done
[ $# -gt 0 ] || echo "These tests find most; ./test.sh all runs the whole matrix."
