#!/usr/bin/env bash
# Installs what is missing, builds, and runs a sample: ./run.sh [factory|mandelbrot|boss|dialogue|swarm|hello|queue|locks] [its arguments].
# Without a name it is the factory. Without a display it runs without a window and says where the picture is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

sample=factory
case "${1:-}" in
factory | mandelbrot | boss | dialogue | swarm | hello | queue | locks)
    sample=$1
    shift
    ;;
"" | --[!h]* | --headless) ;; # the factory's options
*)
    echo "usage: ./run.sh [factory|mandelbrot|boss|dialogue|swarm|hello|queue|locks] [its arguments]" >&2
    exit 2
    ;;
esac

. "$here/tools/packages.sh"
(cd "$here" && need "${BUILD_NEEDS[@]}")
preset=release
have gcc || preset=clang
(cd "$here" && build $preset $preset --target "$sample")

program=$here/build/$preset/samples/$sample
arguments=("$@")
case $sample in
hello | queue | locks) exec "$program" "$@" ;; # they print, and have no window
esac
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [[ " $* " != *" --headless "* ]]; then
    echo "No display: the $sample runs without a window."
    arguments+=(--headless)
    [[ " $* " == *" --screenshot "* ]] || arguments+=(--screenshot "$here/build/$sample.png")
fi
exec "$program" "${arguments[@]}"
