#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What ./run.sh and ./test.sh run and print, tested with stand-ins for all programs that they call.
. "$(dirname "$0")/../common.sh"

# The files of the repository that they need, and a PATH with nothing but stand-ins and a few of the system's programs.
repo=$work/repo
mkdir -p "$repo/tools" "$repo"/{fibers,engine,samples,tests,benchmarks} "$repo"/build/{release,clang}/samples "$work/bin"
cp "$SOURCE/run.sh" "$SOURCE/test.sh" "$SOURCE/CMakePresets.json" "$repo"
cp "$SOURCE/tools/packages.sh" "$repo/tools"
cp "$SOURCE/samples/samples.list" "$repo/samples"
for program in bash cat chmod dirname echo env find grep head mkdir nproc sed sort tail tee tr xargs; do
    ln -s "$(type -P $program)" "$work/bin/$program"
done

# program FILE SCRIPT: makes an executable script.
program() {
    printf '#!%s\n%s\n' "$BASH" "$2" >"$1"
    chmod +x "$1"
}

# stand_in NAME [SCRIPT]: makes a program that notes down its call, and then does what the script says, if there is one.
stand_in() {
    program "$work/bin/$1" "echo \"$1 \$*\" >>'$work/calls'
${2:-}"
}

# stand_in_cmake VERSION [SCRIPT]: a stand-in for CMake, which does not note down that it was asked for its version.
stand_in_cmake() {
    program "$work/bin/cmake" "if [ \$1 = --version ]; then echo 'cmake version $1'; exit; fi
echo \"cmake \$*\" >>'$work/calls'
${2:-}"
}

# A system that has everything but a package manager.
stand_in_cmake 3.25.1
list_tests="if [ \$1 = --list-presets ]; then '$CMAKE' --list-presets=test; fi"
stand_in ctest "$list_tests"
for program in gcc g++ clang clang++ aarch64-linux-gnu-{gcc,g++} pkg-config; do
    program "$work/bin/$program" 'exit 0'
done
for program in chromium clang-format-14 doxygen gdb gdb-multiarch ld.lld lldb llvm-ar ninja python3 qemu-aarch64 xdotool Xvfb; do
    stand_in $program
done
program "$work/bin/id" 'echo 1000'
for program in x86_64-w64-mingw32-{gcc,g++}-posix wine; do
    program "$work/bin/$program" 'exit 0'
done
program "$repo/tools/wine.sh" "echo \"wine.sh \$*\" >>'$work/calls'"
program "$repo/tools/cross_libraries.sh" "echo \"cross_libraries \$*\" >>'$work/calls'"
mkdir -p "$repo/tests/left_out"
cp "$SOURCE"/tests/left_out/*.txt "$repo/tests/left_out"
program "$repo/build/release/samples/hello" 'echo built by gcc'
program "$repo/build/clang/samples/hello" 'echo built by clang'

lose() {
    rm "${@/#/$work/bin/}"
}

# lose_library NAME: makes pkg-config say that there is no such library.
lose_library() {
    program "$work/bin/pkg-config" "[ \$2 != $1 ]"
}

# call COMMAND ARGUMENTS...: runs a command of the repository. Leaves its output in $said and its exit code in $result.
call() {
    local command=$1
    shift
    result=0
    said=$(PATH=$work/bin "$repo/$command" "$@" 2>&1) || result=$?
}

expect_result() {
    [ "$result" = "$1" ] || fail "it ended with $result: $said"
}

# Prints the names of the presets that were tested.
tested() {
    sed -n 's/^ctest --preset //p' "$work/calls"
}

list_presets() {
    (cd "$repo" && "$CMAKE" --list-presets="$1") | sed -n 's/^ *"\([^"]*\)".*/\1/p'
}

test_a_run_without_arguments_is_quick() {
    call test.sh
    expect_result 0
    [ "$(tested)" = "$(list_presets test | grep '^quick-')" ] || fail "tested: $(tested)"
    expect_match "$(tail -n 1 <<<"$said")" '\./test\.sh all '
    grep -q '^clang-format-14 ' "$work/calls" || fail "the format was not checked"
}

# All presets that have tests, except the quick ones, belong to the matrix, and so do those that are only built, except
# those for installing.
test_all_is_the_whole_matrix() {
    call test.sh all
    expect_result 0
    [ "$(tested | sort)" = "$(list_presets test | grep -v '^quick-' | sort)" ] || fail "tested: $(tested)"
    [ "$(sed -n 's/^cmake --build --preset \([^ ]*\).*/\1/p' "$work/calls" | sort)" = "$(list_presets build | grep -Ev '^(quick|install)' | sort)" ] ||
        fail "built: $(grep -- --build "$work/calls")"
}

test_presets_run_by_name() {
    call test.sh tsan release
    expect_result 0
    [ "$(tested | tr '\n' ' ')" = "tsan release " ] || fail "tested: $(tested)"
}

test_an_unknown_preset_shows_the_usage() {
    local wrong
    for wrong in nonsense "release nonsense" "all release" --help; do
        # shellcheck disable=SC2086
        call test.sh $wrong
        expect_result 2
        expect_match "$said" '^usage: .*presets: .*release '
    done
    [ ! -e "$work/calls" ] || fail "something was called: $(cat "$work/calls")"
}

test_an_unknown_sample_shows_the_usage() {
    local wrong
    for wrong in swam --help; do
        call run.sh $wrong
        expect_result 2
        expect_match "$said" '^usage: .*factory.*swarm'
    done
    [ ! -e "$work/calls" ] || fail "something was called: $(cat "$work/calls")"
}

test_the_readme_has_each_sample() {
    local name where arguments what count=0
    while IFS='|' read -r name where arguments what; do
        name=${name%% *}
        what=${what# }
        count=$((count + 1))
        [ -d "$SOURCE/samples/$name" ] || fail "samples/$name is no folder"
        grep -qF "](samples/$name/" "$SOURCE/README.md" || fail "the README has no link to $name"
        grep -qF "$what" "$SOURCE/README.md" || fail "the README does not say of $name: $what"
    done < <(grep '^[a-z]' "$SOURCE/samples/samples.list")
    [ $count = "$(find "$SOURCE/samples" -mindepth 1 -maxdepth 1 -type d | grep -c .)" ] || fail "$count lines, but other folders"
    grep -qF "$(cat "$SOURCE/samples/factory/expected.txt")" "$SOURCE/README.md" || fail "the README has another last line of the factory"
}

test_a_failing_preset_ends_it() {
    stand_in ctest "$list_tests; [ \"\$2\" != quick-release ]"
    call test.sh
    expect_result 1
    [ "$(tested)" = quick-release ] || fail "it went on: $(tested)"
}

# If nothing is missing, no package manager is needed.
test_no_package_manager_is_needed() {
    call run.sh hello
    expect_result 0
    [ "$(tail -n 1 <<<"$said")" = "built by gcc" ] || fail "$said"
    call test.sh
    expect_result 0
}

# expect_advice LINE...: ./run.sh must print these lines about what to install, and no others.
expect_advice() {
    call run.sh hello
    expect_result 1
    [ "$(grep '^    ' <<<"$said")" = "$(printf '    %s\n' "$@")" ] || fail "$said"
}

test_missing_packages_are_named_for_each_package_manager() {
    lose g++ clang++ ninja # without a compiler, no header can be found either
    lose_library sdl2
    local apt="sudo apt-get install g++ gcc libcglm-dev libsdl2-dev ninja-build"
    local dnf="sudo dnf install SDL2-devel cglm-devel gcc gcc-c++ ninja-build"
    local pacman="sudo pacman -S cglm gcc ninja sdl2"
    local brew="brew install cglm gcc ninja sdl2"
    export LC_ALL=C
    expect_advice "$apt" "$dnf" "$pacman" "$brew"
    expect_match "$said" ' compiler ninja library:sdl2 header:cglm/cglm.h'
    local manager
    for manager in dnf pacman brew; do
        stand_in $manager
        expect_advice "${!manager}"
        lose $manager
    done
    stand_in apt-get
    expect_advice "$apt"
    [ ! -e "$work/calls" ] || fail "something was called: $(cat "$work/calls")"
}

# installing PROGRAM: prints what the stand-in for apt-get does to install that program.
installing() {
    echo "if [ \$1 = install ]; then echo exit >'$work/bin/$1'; chmod +x '$work/bin/$1'; fi"
}

test_root_installs_what_is_missing() {
    lose ninja
    program "$work/bin/id" 'echo 0'
    stand_in apt-get "$(installing ninja)"
    call run.sh hello
    expect_result 0
    [ "$(grep '^apt-get' "$work/calls")" = "apt-get update
apt-get install --yes --no-install-recommends ninja-build" ] || fail "$(cat "$work/calls")"
}

# Of the programs that tests can do without, root installs those that the system has. Here it has no clang-format-14.
test_root_installs_what_there_is() {
    lose gdb clang-format-14
    program "$work/bin/id" 'echo 0'
    program "$work/bin/apt-cache" '[ "$2" = gdb ]'
    stand_in apt-get "$(installing gdb)"
    call test.sh
    expect_result 0
    [ "$(grep '^apt-get install' "$work/calls")" = "apt-get install --yes --no-install-recommends gdb" ] || fail "$(cat "$work/calls")"
    [[ $said != *"Not here: gdb"* ]] || fail "$said"
    expect_match "$said" 'Not here: clang-format-14\.'
}

test_an_installation_that_fails_ends_it() {
    lose ninja
    program "$work/bin/id" 'echo 0'
    stand_in apt-get 'echo no network; exit 100'
    call run.sh hello
    expect_result 1
    expect_match "$said" 'no network'
    if grep cmake "$work/calls"; then fail "it went on"; fi
}

test_an_old_cmake_is_refused() {
    local version
    for version in 3.21.9 2.8.12; do
        stand_in_cmake $version
        call run.sh hello
        expect_result 1
        expect_match "$said" 'cmake \(3.22 or later\)'
    done
    for version in 3.22.0 3.22.1-rc2 10.0.0; do
        stand_in_cmake $version
        call run.sh hello
        expect_result 0
    done
}

test_clang_alone_will_do() {
    lose g++
    call run.sh hello
    expect_result 0
    [ "$(tail -n 1 <<<"$said")" = "built by clang" ] || fail "$said"
    grep -q '^cmake --build --preset clang .*--target hello' "$work/calls" || fail "$(cat "$work/calls")"
}

test_make_will_do() {
    lose ninja
    stand_in make
    call run.sh hello
    expect_result 0
    grep -q '^cmake --preset release -G Unix Makefiles$' "$work/calls" || fail "$(cat "$work/calls")"
}

test_what_tests_can_do_without_is_left_out() {
    lose gdb clang-format-14 clang
    call test.sh
    expect_result 0
    expect_match "$said" 'Not here: gdb\.'
    expect_match "$said" 'Not here: clang-format-14\.'
    call test.sh release clang
    expect_result 1
    expect_match "$said" 'clang'
}

test_a_line_at_the_beginning_and_one_at_the_end_show_progress() {
    call run.sh hello
    expect_match "$said" '^Configuring release \.\.\.
Configuring release: [0-9]+ s
Building release \.\.\.
Building release: [0-9]+ s
built by gcc$'
}

# A terminal shows the latest line of output, each line in place of the one before and none wider than the terminal.
test_a_terminal_shows_progress() {
    stand_in_cmake 3.25.1 'for i in 1 2 3; do echo "[$i/3] a file with a name that is far longer than any terminal is wide, and then some"; done'
    local shown
    shown=$(TERM=xterm "$PYTHON" -c 'import os, pty, sys; os.environ["PATH"] = sys.argv[1]; sys.exit(pty.spawn(sys.argv[2:]))' \
        "$work/bin" "$repo/run.sh" hello)
    expect_match "$shown" $'\r\e\\[KBuilding release: \\[1/3\\] a file'
    expect_match "$shown" $'\r\e\\[KBuilding release: \\[3/3\\] a file[^\n\r]*\r\e\\[KBuilding release: [0-9]+ s'
    local widest
    widest=$(tr '\r' '\n' <<<"$shown" | sed 's/\x1b\[K//' | awk '{ if (length > most) most = length } END { print most }')
    [ "$widest" -le 79 ] || fail "a line of $widest"
}

test_a_failing_build_shows_the_end_of_its_output() {
    stand_in_cmake 3.25.1 'if [ "$1" = --build ]; then for ((i = 0; i < 1000; ++i)); do echo "line $i"; done; exit 1; fi'
    call run.sh hello
    expect_result 1
    expect_match "$said" 'line 999'
    expect_match "$said" 'build/release.log'
    [[ $said != *"line 900"* ]] || fail "so much of it: $(wc -l <<<"$said") lines"
    [ "$(wc -l <"$repo/build/release.log")" = 1000 ] || fail "the log is cut short"
    [[ $said != *"built by"* ]] || fail "it ran the program all the same"
}

# Following the README must leave nothing behind that git would add.
test_the_readme_saves_pictures_into_the_build_folder() {
    local saved
    saved=$(grep -o -e '--screenshot [^ `]*' "$SOURCE/README.md")
    expect_match "$saved" 'png'
    if grep -v ' build/' <<<"$saved"; then fail "somewhere else"; fi
}

"$1"
