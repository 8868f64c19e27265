#!/usr/bin/env bash
# Installs what is missing, builds and tests everything: ./test.sh [preset...]. Without arguments all presets of
# TEST_PRESETS, after a check of the formatting.
set -euo pipefail
cd "$(dirname "$0")"
. tools/packages.sh

TEST_PRESETS=(release clang lto lto-clang asan ucontext tsan valgrind)

need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
want_package clang-format-14

# Another version of clang-format sets some lines otherwise, so only this one judges, where there is one.
FORMAT=clang-format-14

check_format() {
    if ! command -v $FORMAT >/dev/null; then
        echo "== formatting: not checked, for there is no $FORMAT here"
        return
    fi
    echo "== formatting"
    find fibers engine samples tests benchmarks -name '*.[ch]' -print0 -o -name '*.cpp' -print0 |
        xargs -0 $FORMAT --dry-run --Werror
}

run_preset() {
    echo "== $1"
    cmake --preset "$1" >"build/$1.log" || { cat "build/$1.log"; return 1; }
    cmake --build --preset "$1" >"build/$1.log" || { cat "build/$1.log"; return 1; }
    ctest --preset "$1"
}

if [ $# -eq 0 ]; then
    check_format
    set -- "${TEST_PRESETS[@]}"
fi
for preset in "$@"; do
    run_preset "$preset"
done
