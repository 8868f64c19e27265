#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The samples in a real window, on a display of its own; keys and clicks come from xdotool, as if from a person.
. "$(dirname "$0")/../common.sh"

for program in Xvfb xdotool; do
    command -v $program >/dev/null || { echo "skipped: no $program"; exit 77; }
done

# Leaks inside the display's client libraries are not the sample's.
export ASAN_OPTIONS=detect_leaks=0

# Windows' programs run on Wine, which must be told of the display's end.
end_display() {
    [ -z "${TELAR_WINE:-}" ] || "$SOURCE/tools/wine.sh" --end
    kill $xvfb 2>/dev/null || true
    rm -rf "$work"
}

start_display() {
    if [ "${SUFFIX:-}" = .exe ]; then
        export TELAR_WINE=wine-display
        "$SOURCE/tools/wine.sh" --copy
    fi
    mkfifo "$work/display"
    # Without -noreset the server starts over when its last client has left, which each search for the window is, and
    # refuses who connects meanwhile: now and then the sample.
    Xvfb -displayfd 3 -screen 0 1400x800x24 -nolisten tcp -noreset 3>"$work/display" >"$work/xvfb" 2>&1 &
    xvfb=$!
    trap end_display EXIT
    local number
    read -r -t 20 number <"$work/display" || fail "no display: $(cat "$work/xvfb")"
    export DISPLAY=:$number
    # Otherwise SDL ignores a click within 10 ms after it learns of the focus: where a frame is slow, it learns of both
    # at once.
    export SDL_MOUSE_FOCUS_CLICKTHROUGH=1
    # Where the display cannot be opened, SDL would go on without a window.
    [ "${SUFFIX:-}" = .exe ] || export SDL_VIDEODRIVER=x11
}

# begin_sample NAME ARGUMENTS...: starts a sample in the background.
begin_sample() {
    read_launcher
    "${launcher[@]}" "$SAMPLES/$1${SUFFIX:-}" "${@:2}" >"$work/out" 2>"$work/err" &
    sample=$!
}

# start_sample NAME ARGUMENTS...: starts a sample in the background, and waits for its window.
start_sample() {
    begin_sample "$@"
    # The search ends with an error where a window that it looks at is closed meanwhile, as Wine does at its start.
    local tries
    window=
    for ((tries = 0; tries < 400 && ${#window} == 0; ++tries)); do
        window=$(xdotool search --onlyvisible --name "Telar: the $1" 2>/dev/null | head -n 1) || true
        [ -n "$window" ] || sleep 0.05
    done
    [ -n "$window" ] || fail "no window: $(cat "$work/err")"
    xdotool windowfocus "$window"
}

start_factory() {
    start_sample factory "$@"
}

printed() {
    without_cr <"$work/out"
}

said() {
    printed | grep -Ec "$1" || true
}

# expect_said REGEX [TIMES]: waits until the sample has printed that many such lines.
expect_said() {
    local tries
    for ((tries = 0; tries < 400; ++tries)); do
        (($(said "$1") >= ${2:-1})) && return
        sleep 0.05
    done
    fail "it did not say '$1' ${2:-1} times, but: $(cat "$work/out" "$work/err")"
}

press() {
    xdotool key "$1"
}

click() {
    xdotool mousemove --window "$window" "$1" "$2" click 1
}

# Clicks on points all over the window, row by row, until a click has selected an agent, and then on that agent again.
select_an_agent() {
    local x y places=() found row
    for ((y = 60; y < 480; y += 24)); do
        row=()
        for ((x = 40; x < 1240; x += 24)); do
            row+=(mousemove --window "$window" $x $y click 1)
            places+=("$x $y")
        done
        xdotool "${row[@]}"
        expect_said 'selected' ${#places[@]}
        found=$(printed | grep selected | grep -nE 'selected (miner|smith)' | cut -d: -f1) || continue
        found=${found%%$'\n'*}
        # shellcheck disable=SC2086
        click ${places[found - 1]}
        expect_said 'selected' $((${#places[@]} + 1))
        expect_match "$(printed | tail -n 1)" 'selected (miner|smith)'
        return
    done
    fail "no agent was found"
}

expect_end() {
    local result=0
    wait $sample || result=$?
    [ "$result" = 0 ] || fail "it ended with $result: $(cat "$work/err")"
    expect_match "$(printed | tail -n 1)" '^[a-z]+: steps=[0-9]+ '
    expect_match "$(cat "$work/err")" '^$'
}

test_keys() {
    start_display
    start_factory --seed 7 --screenshot "$work/shot.png"
    press space
    expect_said 'factory: paused'
    press period
    expect_said 'factory: stepped, now at step [0-9]+'
    press minus
    expect_said 'factory: speed x0.5$'
    press equal
    expect_said 'factory: speed x1$'
    press a
    expect_said 'factory: added miner 9'
    press s
    expect_said 'factory: added smith 9'
    press p
    expect_said 'factory: picture saved as .*shot.png'
    [ -s "$work/shot.png" ] || fail "no picture"
    press space
    expect_said 'factory: resumed'
    press q
    expect_end
}

test_f1_dumps_what_every_script_is_doing() {
    start_display
    start_factory --seed 7
    press F1
    expect_said 'factory: dumped at step [0-9]+'
    grep -q '^script [0-9.]* "miner [0-9]*" \[' "$work/err" || fail "no miner in the dump: $(cat "$work/err")"
    press q
    wait $sample || fail "it ended with $?"
}

test_f2_traces_and_then_saves() {
    start_display
    cd "$work"
    start_factory --seed 7
    press F2
    expect_said 'factory: tracing; the next time this key saves the latest 5 s'
    press F2
    expect_said 'factory: trace saved as factory.pftrace after [0-9]+ turns of scripts'
    [ -s factory.pftrace ] || fail "no trace"
    press q
    expect_end
}

test_a_signal_dumps_what_every_script_is_doing() {
    [ "${SUFFIX:-}" != .exe ] || { echo "skipped: Windows has no such signal"; exit 77; }
    start_display
    start_factory --seed 7
    kill -USR2 $sample
    local tries
    for ((tries = 0; tries < 400; ++tries)); do
        ! grep -q '^script [0-9.]* "miner [0-9]*" \[' "$work/err" || break
        sleep 0.05
    done
    ((tries < 400)) || fail "no miner in the dump: $(cat "$work/err")"
    press q
    wait $sample || fail "it ended with $?"
}

test_click_selects_and_k_kills() {
    start_display
    start_factory --seed 7
    press space
    expect_said 'factory: paused'
    select_an_agent
    press k
    expect_said 'factory: killed (miner|smith)'
    press k # no agent is selected any more
    press space
    expect_said 'factory: resumed'
    press Escape
    expect_end
    [ "$(said 'killed')" = 1 ] || fail "more than one was killed"
}

# A paused game stands still, and a single step is one step; and the run in a window is the same as without one.
test_steps_are_those_of_the_same_run() {
    start_display
    start_factory --seed 7 --screenshot "$work/shot.png"
    press space
    expect_said 'factory: paused'
    local i first steps
    first=$(printed | grep -oE 'paused at step [0-9]+' | grep -oE '[0-9]+')
    for ((i = 1; i <= 3; ++i)); do # saving pictures takes time, in which the game must not advance
        press p
        expect_said 'factory: picture saved' $i
    done
    for ((i = 1; i <= 5; ++i)); do
        press period
        expect_said 'factory: stepped, now at step' $i
    done
    press q
    expect_end
    mapfile -t steps < <(printed | grep -oE 'stepped, now at step [0-9]+' | grep -oE '[0-9]+')
    [ "${steps[*]}" = "$((first + 1)) $((first + 2)) $((first + 3)) $((first + 4)) $((first + 5))" ] ||
        fail "paused at $first, no single steps from there: ${steps[*]}"
    [ "$(printed | tail -n 1)" = "$(factory --headless --seed 7 --steps $((first + 5)) | tail -n 1)" ] ||
        fail "another run than without a window: $(printed | tail -n 1)"
}

# SDL handles SIGTERM like the window's close button, which cannot be clicked without a window manager. Windows has no
# such signal, but a key that closes.
test_closing_it_ends_it() {
    start_display
    start_factory --seed 1
    if [ "${SUFFIX:-}" = .exe ]; then press alt+F4; else kill -TERM $sample; fi
    expect_end
}

# A search for its window could be too late.
test_steps_end_it() {
    start_display
    begin_sample factory --seed 2 --steps 90
    expect_end
    expect_match "$(printed | tail -n 1)" 'steps=90 '
}

# step_and_quit [STEPS]: does that many more steps, and quits.
step_and_quit() {
    local i before
    before=$(said ': stepped, now at step')
    for ((i = before + 1; i <= before + ${1:-1}; ++i)); do
        press period
        expect_said ': stepped, now at step' $i
    done
    press q
    expect_end
}

test_the_dialogue_is_skipped_by_key() {
    start_display
    start_sample dialogue
    press period # the scene begins in the first step, and a key before it would be lost
    expect_said ': stepped, now at step'
    press s
    expect_said 'dialogue: skips'
    step_and_quit 3 # the scene is left in one, and its end set in the next
    expect_match "$(printed | tail -n 1)" ' skipped choice=2 .*sword=1 at=-40,430 fire=0.2 dark=1.0'
}

test_the_player_leaves_the_boss_by_key() {
    start_display
    start_sample boss
    click 300 600 # the player flies there
    press l
    expect_said 'boss: the player leaves'
    step_and_quit
    expect_match "$(printed | tail -n 1)" ' outcome=left '
}

test_a_click_brings_a_hunter_to_the_swarm() {
    start_display
    start_sample swarm --seed 7
    press space
    expect_said 'swarm: paused'
    click 640 300
    expect_said 'swarm: a hunter comes'
    step_and_quit
    local steps
    steps=$(printed | tail -n 1 | sed 's/.*steps=\([0-9]*\) .*/\1/')
    [ "$(printed | tail -n 1)" != "$(launch_sample swarm --headless --steps "$steps" --seed 7 | tail -n 1)" ] ||
        fail "nothing came of the click"
}

# A click works while the sample paints, too: it cancels the painting.
test_a_click_dives_into_the_mandelbrot_set() {
    start_display
    start_sample mandelbrot
    click 400 300
    expect_said 'mandelbrot: to -1\.'
    click 640 360
    expect_said 'mandelbrot: to ' 2
    press r
    expect_said 'mandelbrot: anew'
    click 200 350
    expect_said 'mandelbrot: to -' 3
    press q
    wait "$sample" || fail "it ended with $?: $(cat "$work/err")"
    expect_match "$(printed | tail -n 1)" '^mandelbrot: steps=[0-9]+ pictures=[0-9]+ width=[0-9.e-]+ hash='
}

"$1"
