#!/usr/bin/env bash
# Installs what is missing, builds, and runs the factory: ./run.sh [its arguments]. Without a display it runs without a
# window and says where the picture is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

build() {
    cd "$here"
    . tools/packages.sh
    need_packages "${BUILD_PACKAGES[@]}"
    cmake --preset release >build/configure.log || { cat build/configure.log; exit 1; }
    cmake --build --preset release --target factory >build/build.log || { cat build/build.log; exit 1; }
}
(build)

arguments=("$@")
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [[ " $* " != *" --headless "* ]]; then
    echo "No display: the factory runs without a window."
    arguments+=(--headless)
    [[ " $* " == *" --screenshot "* ]] || arguments+=(--screenshot "$here/build/factory.png")
fi
exec "$here/build/release/samples/factory" "${arguments[@]}"
