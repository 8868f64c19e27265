#!/usr/bin/env bash
# ./run.sh and ./test.sh, among stand-ins for all programs that they call: what they run, and what they say.
. "$(dirname "$0")/../common.sh"

# The repository as far as they need it, and a PATH with nothing but stand-ins and a few of the system's programs.
repo=$work/repo
mkdir -p "$repo/tools" "$work/bin"
cp "$SOURCE/run.sh" "$SOURCE/test.sh" "$SOURCE/CMakePresets.json" "$repo"
cp "$SOURCE/tools/packages.sh" "$repo/tools"
for program in bash cat date dirname env find grep mkdir sed sort tail tee tr xargs; do
    ln -s "$(command -v $program)" "$work/bin/$program"
done

# stand_in NAME [SCRIPT]: a program that notes down its call and does nothing else, or what the script says.
stand_in() {
    printf '#!%s\necho "%s $*" >>"%s"\n%s\n' "$BASH" "$1" "$work/calls" "${2:-}" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# A system where everything is there.
for program in clang-format-14 cmake id; do
    stand_in $program
done
stand_in dpkg-query 'echo installed'
list_tests="if [ \$1 = --list-presets ]; then '$CMAKE' --list-presets=test; fi"
stand_in ctest "$list_tests"
mkdir "$repo/fibers" "$repo/engine" "$repo/samples" "$repo/tests" "$repo/benchmarks"

# call COMMAND ARGUMENTS...: leaves its output in $said and its end in $result.
call() {
    local command=$1
    shift
    result=0
    said=$(PATH=$work/bin "$repo/$command" "$@" 2>&1) || result=$?
}

expect_result() {
    [ "$result" = "$1" ] || fail "it ended with $result: $said"
}

# The names of the presets that were tested.
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

# Each preset that has tests belongs to the matrix, and what only builds, too.
test_all_is_the_whole_matrix() {
    call test.sh all
    expect_result 0
    [ "$(tested | sort)" = "$(list_presets test | grep -v '^quick-' | sort)" ] || fail "tested: $(tested)"
    [ "$(sed -n 's/^cmake --build --preset //p' "$work/calls" | sort)" = "$(list_presets build | grep -v '^quick-' | sort)" ] ||
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

test_a_failing_preset_ends_it() {
    stand_in ctest "$list_tests; [ \"\$2\" != quick-release ]"
    call test.sh
    expect_result 1
    [ "$(tested)" = quick-release ] || fail "it went on: $(tested)"
}

"$1"
