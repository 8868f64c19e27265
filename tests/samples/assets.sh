#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drawings in assets/ are those that tools/draw_assets.py draws, pixel by pixel.
. "$(dirname "$0")/../common.sh"
python3 "$SOURCE/tools/draw_assets.py" "$work"
python3 - "$SOURCE/assets" "$work" <<'PYTHON'
import sys, zlib

def pixels(path):
    data, place, packed = open(path, "rb").read(), 8, b""
    while place < len(data):
        size, kind = int.from_bytes(data[place:place + 4], "big"), data[place + 4:place + 8]
        packed += data[place + 8:place + 8 + size] if kind in (b"IDAT",) else b""
        header = data[place + 8:place + 8 + size] if kind == b"IHDR" else locals().get("header")
        place += 12 + size
    return header, zlib.decompress(packed)

for name in ("sprites.png",):
    if pixels(sys.argv[1] + "/" + name) != pixels(sys.argv[2] + "/" + name):
        sys.exit(name + " is not what tools/draw_assets.py draws")
PYTHON
