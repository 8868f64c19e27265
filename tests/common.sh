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

# launch PROGRAM ARGUMENTS...: runs the program, under the tests' launcher if there is one.
launch() {
    local launcher
    read -ra launcher <<<"${LAUNCHER:-}"
    "${launcher[@]}" "$@"
}

# choose ALL FEWER: prints the first, or under a launcher the second. Valgrind takes fifty times as long, and only has
# to check how memory is used, as all other builds compare the results of the longer runs.
choose() {
    if [ -z "${LAUNCHER:-}" ]; then echo "$1"; else echo "$2"; fi
}

factory() {
    launch "$FACTORY" "$@"
}
