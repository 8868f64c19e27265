#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws assets/sprites.png, which is kept in the repository: run this after changing a drawing.

    tools/draw_assets.py [folder]

Sprites are 16 by 16 pixels, eight a row, in the order of SPRITES; the sample's enum of sprites has the same order.
Only Python's own library is needed.
"""
import random
import struct
import sys
import zlib
from pathlib import Path

SIZE, COLUMNS = 16, 8

PALETTE = {
    ".": None,
    "k": "1a1423", "K": "2b2136",                              # outlines
    "s": "eab58d", "S": "c98a63",                              # skin
    "h": "f6c945", "H": "cf8f2b", "l": "fffbd0",               # helmet, lamp
    "b": "4f86d6", "B": "34599c", "w": "d8dee6", "W": "9aa5b5",  # overall, shirt
    "n": "7a4a2b", "N": "54301d",                              # boots, wood
    "m": "c3ccd8", "M": "7f8a9a",                              # metal
    "a": "9c5a34", "A": "6e3c22",                              # apron
    "r": "d8592f", "R": "a83a22",                              # beard, red
    "o": "58c8c0", "O": "2f8f95", "q": "b8f4e4",               # ore
    "y": "ffd866", "Y": "f29b3a", "f": "fff3b0",               # fire, gold
    "g": "4b4459", "G": "383247", "d": "241f30",               # stone
}

MINER = """
................
.....kkkkk......
....khhhhhk.....
...khhhhhllk....
...kHHHHHHHkk...
....kssssksk....
....ksssssSk....
.....kssSSk.....
....kwbwwbwk....
...kwwbbbbwwk...
...kskbbbbksk...
...kskbBBbksk...
....kkbBBbkk....
"""
SMITH = """
................
.....kkkkk......
....krrrrrk.....
....kRrsssk.....
....krsssksk....
....kRssssSk....
....kRrrrrrk....
....kkrrrrk.....
...kssaaaask....
...ksSaaaaSsk...
...kskaaaaksk...
...kskaAAaksk...
....kkaAAakk....
"""
LEGS = {
    "stand": ["....kbk.kbk.....", "....knk.knk.....", "....kkk.kkk....."],
    "left": ["....kbk.kbk.....", "...knk..kkk.....", "...kkk.........."],
    "right": ["....kbk.kbk.....", "....kkk..knk....", ".........kkk...."],
}
PICK_UP = ["..........mMk...", "...........kmk..", "...........nkMk.", "..........nk.kk.", ".........nk....."]
PICK_DOWN = ["................", "...........kk...", "..........nnkmk.", "..........kk.kMk", ".............kMk", ".............kk."]
HAMMER_UP = ["..........kMMk..", "..........kmMk..", "...........nkk..", "..........nk....", ".........nk....."]
HAMMER_DOWN = ["................", "................", ".........nnnkMk.", "..........kkkmk.", "............kMk.", ".............k.."]

ORE = """
................
................
................
................
................
......kkk.......
.....koqok......
....kOoooqk.....
....kOOoook.....
....kOOOook.....
.....kkkkk......
"""
INGOT = """
................
................
................
................
................
................
.....kkkkkk.....
....kfyyyyyk....
...kyyyyyyYk....
...kYYYYYYk.....
....kkkkkk......
"""
ANVIL = """
................
................
................
................
................
..kkkkkkkkkkkk..
.kmmmmmmmmmmmMk.
..kkMMMMMMMMMk..
....kkMMMMkk....
.....kMMMMk.....
.....kMMMMk.....
....kMMMMMMk....
...kMmMMMMMMk...
...kkkkkkkkkk...
...kNNNNNNNNk...
...kkkkkkkkkk...
"""
CHEST = """
................
................
..kkkkkkkkkkkk..
.knnnnnnnnnnnnk.
knanananananannk
knnnnnnnnnnnnnnk
kYYYYYYYYYYYYYYk
kNNNNNkyykNNNNNk
knnnnnkYYknnnnnk
knaaaankknaaaank
knnnnnnnnnnnnnnk
knaaaaaaaaaaaank
knnnnnnnnnnnnnnk
kNNNNNNNNNNNNNNk
kkkkkkkkkkkkkkkk
................
"""
FURNACE = """
...kkkkkkkkkk...
..kggggggggggk..
.kgGgggGggggGgk.
.kggggggggggggk.
kgGggkkkkkkggGgk
kggkkddddddkkggk
kggkddddddddkggk
kGgkddRRRRddkgGk
kggkdRYYYYRdkggk
kggkRYyyyyYRkggk
kgGkYyffffyYkGgk
kggkYyffffyYkggk
kggkkkkkkkkkkggk
kGgggGgggggGgggk
kgggggggggGggggk
kkkkkkkkkkkkkkkk
"""
TORCH = """
................
.......y........
......yfy.......
......yfy.......
.....YyfyY......
......YyY.......
.......Y........
......knk.......
......knk.......
......kNk.......
.......k........
"""
MARKER = """
yyyy........yyyy
y..............y
y..............y
y..............y
................
................
................
................
................
................
................
................
y..............y
y..............y
y..............y
yyyy........yyyy
"""
SMOKE = """
................
................
................
......WW........
.....WwwW.......
.....WwwWW......
......WWwW......
.......WW.......
"""


def color(code):
    return (int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16), 255) if code else (0, 0, 0, 0)


def blank():
    return [[(0, 0, 0, 0)] * SIZE for _ in range(SIZE)]


def paint(sprite, rows, top=0):
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            if PALETTE[letter]:
                sprite[top + y][x] = color(PALETTE[letter])
    return sprite


def drawn(art):
    return paint(blank(), art.strip("\n").split("\n"))


def figure(art, legs, tool=None, tool_top=0):
    sprite = drawn(art)
    paint(sprite, LEGS[legs] if art is MINER else [row.replace("b", "N") for row in LEGS[legs]], 13)
    return paint(sprite, tool, tool_top) if tool else sprite


def shade(code, factor):
    return tuple(max(0, min(255, int(part * factor))) for part in color(code)[:3]) + (255,)


def textured(code, seed, amount, grain=1):
    """A tile of one colour with random light and dark grains."""
    dice = random.Random(seed)
    tile = blank()
    for y in range(0, SIZE, grain):
        for x in range(0, SIZE, grain):
            tone = shade(code, 1 + dice.choice((-2, -1, -1, 0, 0, 0, 0, 1, 1)) * amount)
            for dy in range(grain):
                for dx in range(grain):
                    tile[y + dy][x + dx] = tone
    return tile


def cave_floor(seed):
    tile = textured("4a3d58", seed, 0.045, 2)
    dice = random.Random(seed + 99)
    for _ in range(3):
        x, y = dice.randrange(1, 14), dice.randrange(2, 14)
        tile[y][x] = tile[y][x + 1] = color("5d4f6e")
        tile[y + 1][x] = tile[y + 1][x + 1] = color("382d44")
    return tile


def rock(seed):
    """Boulders: a Voronoi pattern that wraps around, so that tiles join."""
    dice = random.Random(seed)
    centers = [(dice.uniform(0, 16), dice.uniform(0, 16), dice.uniform(0.85, 1.15)) for _ in range(5)]
    tile = blank()
    for y in range(SIZE):
        for x in range(SIZE):
            near = []
            for cx, cy, tone in centers:
                dx, dy = min(abs(x - cx), 16 - abs(x - cx)), min(abs(y - cy), 16 - abs(y - cy))
                near.append(((dx * dx + dy * dy) ** 0.5, tone, (x - cx + 8) % 16 - 8, (y - cy + 8) % 16 - 8))
            near.sort()
            edge, tone = near[1][0] - near[0][0], near[0][1]
            light = 1.12 if near[0][2] + near[0][3] < -2 else 0.9 if near[0][2] + near[0][3] > 3 else 1
            tile[y][x] = color("17121f") if edge < 0.9 else shade("544a66", tone * light)
    return tile


def rock_face(seed):
    """The lower edge of rock, where a cave begins below it."""
    tile = rock(seed)
    for x in range(SIZE):
        depth = (0, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2, 1, 1, 0, 0, 1)[(x + seed) % 16]
        for y in range(11 - depth, SIZE):
            tile[y][x] = shade("241d30", 1.25 if y < 13 - depth else 1)
        tile[10 - depth][x] = color("17121f")
    return tile


def vein(seed):
    tile = rock(seed)
    dice = random.Random(seed + 5)
    for cx, cy in ((4, 4), (10, 3), (7, 9), (12, 11), (3, 12)):
        cx, cy = cx + dice.randrange(-1, 2), cy + dice.randrange(-1, 2)
        for dx, dy, code in ((0, 0, "58c8c0"), (1, 0, "2f8f95"), (0, 1, "2f8f95"), (-1, 0, "58c8c0"), (0, -1, "b8f4e4"),
                             (1, 1, "1c5560"), (-1, 1, "1c5560"), (1, -1, "58c8c0")):
            tile[(cy + dy) % 16][(cx + dx) % 16] = color(code)
    return tile


def planks(seed):
    dice = random.Random(seed)
    tile = blank()
    for board in range(4):
        tone = dice.uniform(0.9, 1.06)
        for y in range(4):
            for x in range(SIZE):
                grain = 0.95 if (x * 7 + board * 5 + y * 3 + seed) % 11 < 2 else 1
                tile[board * 4 + y][x] = shade("8d6242", tone * grain * (0.72 if y == 3 else 1.05 if y == 0 else 1))
        nail = (seed * 5 + board * 7) % 16
        for y in range(3):
            tile[board * 4 + y][nail] = shade("8d6242", 0.7)
    return tile


def bricks(seed):
    dice = random.Random(seed)
    tile = blank()
    for y in range(SIZE):
        for x in range(SIZE):
            row, shift = y // 4, (y // 4 % 2) * 4
            joint = y % 4 == 3 or (x + shift) % 8 == 7
            tone = random.Random(seed * 100 + row * 10 + (x + shift) // 8).uniform(0.88, 1.1)
            tile[y][x] = color("2a2030") if joint else shade("7c5a63", tone * (1.12 if y % 4 == 0 else 1))
    dice.random()
    return tile


def belt(frame):
    tile = blank()
    for y in range(SIZE):
        for x in range(SIZE):
            if y in (2, 13):
                tile[y][x] = color("1a1423")
            elif y in (3, 12):
                tile[y][x] = color("c3ccd8" if y == 3 else "7f8a9a")
            elif 3 < y < 12:
                bent = x - abs(y - 7) // 2 - frame * 2
                tile[y][x] = color("565064" if bent % 8 < 2 else "322c3f")
            elif y in (14, 15):
                tile[y][x] = (10, 8, 14, 110)
    return tile


def belt_end(frame, left):
    tile = belt(frame)
    for y in range(2, 14):
        for step in range(5):
            x = step if left else 15 - step
            tile[y][x] = color("1a1423" if step in (0, 4) or y in (2, 13) else "f29b3a" if (y + step) % 6 < 3 else "54301d")
    return tile


def glow():
    """A soft light to be added to what lies below."""
    tile = blank()
    for y in range(SIZE):
        for x in range(SIZE):
            distance = ((x - 7.5) ** 2 + (y - 7.5) ** 2) ** 0.5
            tile[y][x] = (255, 180, 90, int(max(0, 1 - distance / 7.8) ** 1.5 * 190))
    return tile


def shadow():
    tile = blank()
    for y in range(SIZE):
        for x in range(SIZE):
            if ((x - 7.5) / 5.5) ** 2 + ((y - 14) / 1.8) ** 2 < 1:
                tile[y][x] = (10, 8, 14, 120)
    return tile


def flicker(art):
    """The second frame of a fire: bright and dark change places, and the tip leans."""
    return drawn(art.replace("f", "1").replace("y", "f").replace("1", "y"))


SPRITES = [
    figure(MINER, "stand"), figure(MINER, "left"), figure(MINER, "right"),
    figure(MINER, "stand", PICK_UP, 1), figure(MINER, "stand", PICK_DOWN, 8),
    figure(SMITH, "stand"), figure(SMITH, "left"), figure(SMITH, "right"),
    figure(SMITH, "stand", HAMMER_UP, 1), figure(SMITH, "stand", HAMMER_DOWN, 8),
    drawn(ORE), drawn(INGOT), drawn(ANVIL), drawn(CHEST), drawn(FURNACE), flicker(FURNACE),
    drawn(TORCH), flicker(TORCH), drawn(MARKER), drawn(SMOKE), glow(), shadow(),
    belt(0), belt(1), belt(2), belt(3), belt_end(0, True), belt_end(0, False),
    cave_floor(1), cave_floor(2), cave_floor(3), rock(11), rock(23), rock(35), rock_face(11), rock_face(23),
    vein(41), vein(53), planks(1), planks(2), bricks(1), bricks(2),
]

def write_png(path, pixels):
    height, width = len(pixels), len(pixels[0])
    raw = b"".join(b"\0" + bytes(part for pixel in row for part in pixel) for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def sheet(tiles, columns, width, height):
    rows = (len(tiles) + columns - 1) // columns
    pixels = [[(0, 0, 0, 0)] * (columns * width) for _ in range(rows * height)]
    for index, tile in enumerate(tiles):
        left, top = index % columns * width, index // columns * height
        for y in range(height):
            for x in range(width):
                pixels[top + y][left + x] = tile[y][x]
    return pixels


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "assets")
    write_png(folder / "sprites.png", sheet(SPRITES, COLUMNS, SIZE, SIZE))


if __name__ == "__main__":
    main()
