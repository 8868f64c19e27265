#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ./tools/windows.sh [FOLDER]: makes a folder with the samples for Windows, build/telar-windows by default, which can be
# copied to a Windows machine (10 or later, x64) and run there. Installs what is missing, and builds with mingw-w64.
set -euo pipefail
folder=$(realpath -m "${1:-$(dirname "$0")/../build/telar-windows}")
cd "$(dirname "$0")/.."
. tools/packages.sh
if [ -e "$folder" ] && [ ! -f "$folder/licenses/telar.txt" ]; then
    echo "windows.sh: $folder is there already, and not made by this script" >&2
    exit 1
fi

need "${BUILD_NEEDS[@]}" "${WINDOWS_NEEDS[@]}"
./tools/cross_libraries.sh x86_64-w64-mingw32
samples=$(sed -n 's/^\([a-z]*\) *|.*/\1/p' samples/samples.list)
# shellcheck disable=SC2086
build windows windows --target $samples

cross=build/cross/x86_64-w64-mingw32
rm -rf "$folder"
mkdir -p "$folder/licenses"
for sample in $samples; do
    cp "build/windows/samples/$sample.exe" "$folder"
done
cp "$cross"/bin/{SDL2,SDL2_image,libconfig-9}.dll "$folder"
cp -r assets "$folder"
cp LICENSE "$folder/licenses/telar.txt"
cp "$cross"/sources/SDL2-*/LICENSE.txt "$folder/licenses/SDL2.txt"
cp "$cross"/sources/SDL2_image-*/LICENSE.txt "$folder/licenses/SDL2_image.txt"
cp "$cross"/sources/libconfig-*/COPYING.LIB "$folder/licenses/libconfig.txt"
{
    echo "Telar's samples for Windows. Those with a window can be started from the Explorer, all from a terminal."
    echo
    sed -n 's/^\([a-z]*\) *| *\([a-z]*\) *|[^|]*| *\(.*\)/\1.exe (\2): \3/p' samples/samples.list |
        sed 's/: the program above//'
} | sed 's/$/\r/' >"$folder/README.txt"
echo "The samples for Windows: $folder"
