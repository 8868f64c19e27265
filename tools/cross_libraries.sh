#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds SDL2, SDL2_image and libconfig for another system, from the source packages of this one (Debian or Ubuntu), as
# no package has them: ./tools/cross_libraries.sh aarch64-linux-gnu. They come to lie in build/cross/TARGET, where
# tools/TARGET.cmake finds them, with cglm, which consists only of headers. Does nothing where they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-}
toolchain=$PWD/tools/$target.cmake
if [ $# -ne 1 ] || [ ! -f "$toolchain" ]; then
    echo "usage: ./tools/cross_libraries.sh aarch64-linux-gnu | x86_64-w64-mingw32" >&2
    exit 2
fi
prefix=$PWD/build/cross/$target
work=$prefix/sources
[ ! -f "$prefix/complete" ] || exit 0
mkdir -p "$prefix/include"
cp -r /usr/include/cglm "$prefix/include"
mkdir -p "$work/apt/parts" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
cd "$work"
log=$work/log.txt
trap 'echo "cross_libraries.sh: failed; the log is $log" >&2' ERR
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig # or SDL would look at this system's libraries

# The system's package sources, with source packages, apart from the system's own lists.
fetch_sources() {
    for file in /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
        [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >apt/parts/"$(basename "$file")"
    done
    [ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >apt/parts/main.list
    local apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$PWD/apt/parts"
        -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" source --download-only libsdl2 libsdl2-image libconfig
    for archive in *.orig.tar.*; do
        tar xf "$archive"
    done
}

# with_cmake FOLDER OPTION...: configures, builds and installs.
with_cmake() {
    cmake -S "$1" -B "build-$1" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$prefix" "${@:2}"
    cmake --build "build-$1"
    cmake --install "build-$1"
}

build_all() {
    local off=() part
    for part in AUDIO JOYSTICK HAPTIC SENSOR HIDAPI POWER X11 WAYLAND OPENGL OPENGLES VULKAN KMSDRM DBUS IBUS LIBUDEV LIBSAMPLERATE; do
        off+=("-DSDL_$part=OFF")
    done
    with_cmake SDL2-* -DSDL_STATIC=OFF -DSDL_TEST=OFF "${off[@]}"
    with_cmake SDL2_image-* -DSDL2IMAGE_BACKEND_STB=ON -DSDL2IMAGE_SAMPLES=OFF \
        -DSDL2IMAGE_{AVIF,JXL,TIF,WEBP,JPG}=OFF
    (cd libconfig-*/ && ./configure --host="$target" --prefix="$prefix" --disable-cxx --disable-examples \
        && make -C lib install && make install-data)
}

echo "Building SDL2, SDL2_image and libconfig for $target (some two minutes) ..."
{ fetch_sources && build_all; } >"$log" 2>&1
touch "$prefix/complete"
