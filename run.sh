#!/usr/bin/env bash
# Installs what is missing, builds, and runs the factory: ./run.sh [its arguments]. Without a display it runs without a
# window and says where the picture is.
set -euo pipefail
cd "$(dirname "$0")"
. tools/packages.sh

need_packages "${BUILD_PACKAGES[@]}"
cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }
cmake --build --preset release --target factory >build/build.log || { cat build/build.log; exit 1; }

arguments=("$@")
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [[ " $* " != *" --headless "* ]]; then
    echo "No display: the factory runs without a window for 600 frames."
    arguments+=(--headless)
    [[ " $* " == *" --screenshot "* ]] || arguments+=(--screenshot "$PWD/build/factory.png")
fi
exec build/release/samples/factory "${arguments[@]}"
