#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ./run.sh [sample] [its arguments]: installs what is missing, builds, and runs a sample of samples/samples.list, the
# first one by default. Without a display the sample runs without a window and saves a picture.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# list_samples [terminal|window]: prints the names of all samples, or of those that are shown there.
list_samples() {
    sed -n "s/^\([a-z]*\) *| *${1:-[a-z]*} *|.*/\1/p" "$here/samples/samples.list" | tr '\n' ' '
}

read -ra samples <<<"$(list_samples)"
sample=${samples[0]}
case "${1:-}" in
"" | --[!h]* | --headless) ;; # options of the first sample
*)
    sample=$1
    shift
    ;;
esac
if [[ " ${samples[*]} " != *" $sample "* ]]; then
    (IFS='|' && echo "usage: ./run.sh [${samples[*]}] [its arguments]") >&2
    exit 2
fi

. "$here/tools/packages.sh"
(cd "$here" && need "${BUILD_NEEDS[@]}")
preset=release
have gcc || preset=clang
(cd "$here" && build $preset $preset --target "$sample")

program=$here/build/$preset/samples/$sample
arguments=("$@")
[[ " $(list_samples window)" == *" $sample "* ]] || exec "$program" "$@"
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [[ " $* " != *" --headless "* ]]; then
    echo "No display: the $sample runs without a window."
    arguments+=(--headless)
    [[ " $* " == *" --screenshot "* ]] || arguments+=(--screenshot "$here/build/$sample.png")
fi
exec "$program" "${arguments[@]}"
