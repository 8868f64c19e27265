# SPDX-License-Identifier: MIT
# For the tests in bash: each file defines functions test_..., and is called with the name of one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# expect_match TEXT REGEX
expect_match() {
    [[ $1 =~ $2 ]] || fail "this should match '$2':
$1"
}

# Leaves in $launcher the words of the tests' launcher, if there is one.
read_launcher() {
    read -ra launcher <<<"${LAUNCHER:-}"
}

# without_cr: passes text on without the carriage returns at the ends of lines, which programs for Windows print.
without_cr() {
    tr -d '\r'
}

# launch PROGRAM ARGUMENTS...: runs the program, under the tests' launcher if there is one.
launch() {
    local launcher
    read_launcher
    "${launcher[@]}" "$@" | without_cr
}

# launch_sample NAME ARGUMENTS...
launch_sample() {
    launch "$SAMPLES/$1${SUFFIX:-}" "${@:2}"
}

# choose ALL FEWER: prints the first, or under a launcher the second. Valgrind takes fifty times as long, and only has
# to check how memory is used, as all other builds compare the results of the longer runs.
choose() {
    if [ -z "${LAUNCHER:-}" ]; then echo "$1"; else echo "$2"; fi
}

factory() {
    launch "$FACTORY" "$@"
}
