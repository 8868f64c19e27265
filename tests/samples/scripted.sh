#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The samples without a window: how they end when run with various arguments. (samples.<name>.exact_output runs each
# once.)
. "$(dirname "$0")/../common.sh"

# run SAMPLE ARGUMENTS...: runs a sample, and leaves the last line of its output in $line.
run() {
    local sample=$1
    shift
    line=$(launch_sample "$sample" --headless "$@" | tail -n 1)
}

# list_windowed: prints the samples that have a window, each with the arguments that samples.list gives it.
list_windowed() {
    sed -n 's/^\([a-z]*\) *| *window *| *\([^|]*\)|.*/\1 \2/p' "$SOURCE/samples/samples.list"
}

# expect_end SAMPLE LINE ARGUMENTS...: the sample must end with that line, twice in a row.
expect_end() {
    local sample=$1 expected=$2
    shift 2
    for _ in $(choose "1 2" 1); do
        run "$sample" "$@"
        [ "$line" = "$expected" ] || fail "$sample $*: $line"
    done
}

# The player's leaving wins the race: the boss's attacks are unwound, and it heals.
test_the_boss_heals_when_the_player_leaves() {
    expect_end boss "boss: steps=450 outcome=left health=120 player=97 shots=77 hits=21 strikes=3 scripts=4" \
        --seed 7 --leave 300 --steps 450
    run boss --seed 7 --leave 300 --steps 4000
    expect_match "$line" 'outcome=slain health=0 .* scripts=2$'
}

test_the_swarm_is_the_same_on_any_number_of_workers() {
    local steps workers alone
    steps=$(choose 60 10)
    run swarm --steps "$steps" --seed 9 --workers 0
    alone=$line
    expect_match "$line" "^swarm: steps=$steps alive=(4...|5000) "
    for workers in $(choose "1 2 3 8 16" "1 8"); do
        run swarm --steps "$steps" --seed 9 --workers $workers
        [ "$line" = "$alone" ] || fail "$workers workers: $line, and not $alone"
    done
}

test_the_mandelbrot_set_is_the_same_on_any_number_of_workers() {
    local workers
    for workers in $(choose "1 2 5" 2); do
        run mandelbrot --steps 1 --workers $workers
        [ "$line" = "mandelbrot: steps=1 pictures=1 width=3.6 hash=4475e0a4e7cd5d17" ] || fail "$workers workers: $line"
    done
    if launch_sample mandelbrot --headless --workers 0 >"$work/out" 2>&1; then fail "none can paint"; fi
    expect_match "$(cat "$work/out")" 'at least one worker'
}

# Wherever the scene is skipped, it leaves the world as if it had been played.
test_skipping_leaves_the_same_world() {
    local choice frame played
    for choice in 1 2; do
        run dialogue --choose $choice
        expect_match "$line" '^dialogue: steps=2100 played choice='
        played=${line#*played }
        for frame in $(choose "1 30 100 333 480 600 700 850 1000 1200 1350" "1 600 1350"); do
            run dialogue --choose $choice --skip $frame
            [ "$line" = "dialogue: steps=2100 skipped $played" ] || fail "skipped at $frame: $line"
        done
    done
}

test_choices_differ() {
    run dialogue --choose 1
    expect_match "$line" ' choice=1 gold=13 ore=1 sword=0 at=-40,430 fire=0.2 dark=1.0 scripts=0$'
    run dialogue --choose 2
    expect_match "$line" ' choice=2 gold=3 ore=1 sword=1 at=-40,430 fire=0.2 dark=1.0 scripts=0$'
}

test_pictures_change_nothing() {
    local sample arguments
    while read -r sample arguments; do
        # shellcheck disable=SC2086
        run "$sample" $arguments --screenshot "$work/$sample.png" </dev/null
        [ "$line" = "$(cat "$SOURCE/samples/$sample/expected.txt")" ] || fail "$sample, drawn: $line"
        [ "$(head -c 4 "$work/$sample.png" | tail -c 3)" = PNG ] || fail "$sample saved no picture"
    done < <(list_windowed)
}

test_a_wrong_command_line_is_refused() {
    local sample arguments
    while read -r sample arguments; do
        if launch_sample "$sample" --headless --steps </dev/null >"$work/out" 2>&1; then fail "$sample took it"; fi
        grep -q '^usage: ' "$work/out" || fail "$sample said: $(cat "$work/out")"
    done < <(list_windowed)
    if launch_sample swarm --headless --workers 257 >"$work/out" 2>&1; then fail "so many workers"; fi
    if launch_sample boss --headless --workers 2 >"$work/out" 2>&1; then fail "it has no jobs"; fi
    if launch_sample dialogue --choose 3 >"$work/out" 2>&1; then fail "there are only two answers"; fi
}

"$1"
