# SPDX-License-Identifier: MIT
"""Checks that arrows between the sources of the libraries run down, and that no two files tie a knot.

check.py SOURCE LIBRARY=OBJECTS...: SOURCE is the folder of the repository, LIBRARY one of those below, and OBJECTS a
folder with its object files, laid out as its sources are. An arrow is an #include, or the use of a symbol that another
file defines. A file x.c and its header x.h count as one, and so do the x_<system>.c of os/. Prints each arrow that runs up, and each knot, and then ends
with 1.
"""
import collections
import pathlib
import re
import subprocess
import sys

# The layers of each library, the lowest first. A library stands on all that come before it.
LIBRARIES = {
    "fibers/src": ["base", "arch", "os", "fiber", "trace", "job"],
    "engine/src": ["base", "world", "script", "step"],
}

# Calls that can only run up, by the files that make them. docs/internals.md gives the reason for each.
CALLBACKS = [
    ("fibers/src/arch/(switch|context)_[a-z0-9_]+", "tl__fiber_returned"),
    ("fibers/src/fiber/fiber", "tl__fiber_be_cancelled"),
]


def is_callback(module, what):
    return any(re.fullmatch(files, module) and what == symbol for files, symbol in CALLBACKS)


def module_of(path):
    """A file's name without its ending; files of os/ for one system each belong to what they implement."""
    return re.sub(r"(/os/\w+)_(posix|linux|darwin|none|windows)$", r"\1", str(path.with_suffix("")))


def rank_of(module):
    """The height of a file's layer over all libraries, and its name."""
    height = 0
    for library, layers in LIBRARIES.items():
        for layer in layers:
            height += 1
            if module.startswith(f"{library}/{layer}/"):
                return height, f"{library.split('/')[0]} {layer}"
    raise SystemExit(f"{module} lies in no layer")


def sources_of(root):
    for library in LIBRARIES:
        yield from sorted(path.relative_to(root) for path in (root / library).rglob("*")
                          if path.suffix in (".c", ".h", ".S"))


def included(root, path, name):
    """The library's file that an include of a name means; none for the public headers."""
    for library in reversed(list(LIBRARIES)):
        if str(path).startswith("fibers") and library.startswith("engine"):
            continue
        if (root / library / name).exists():
            return pathlib.Path(library) / name
    return None


def includes(root):
    for path in sources_of(root):
        for name in re.findall(r'^#include "([^"]+)"', (root / path).read_text(), re.M):
            target = included(root, path, name)
            if target is not None:
                yield module_of(path), module_of(target), f'#include "{name}"'


def symbols_of(path):
    """What an object file defines, and what it wants of others."""
    defined, wanted = set(), set()
    for line in subprocess.run(["nm", str(path)], check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if words[-2] in "Uwv":
            wanted.add(words[-1])
        elif words[-2].isupper():
            defined.add(words[-1])
    return defined, wanted


def calls(root, folders):
    objects = {}
    for argument in folders:
        library, folder = argument.split("=", 1)
        for path in sorted(pathlib.Path(folder).rglob("*.o")):
            source = pathlib.Path(library) / path.relative_to(folder).with_suffix("")
            if (root / source).exists():  # else a source that was deleted has left it behind
                objects[module_of(source)] = symbols_of(path)
    owner = {symbol: module for module, (defined, _) in objects.items() for symbol in defined}
    for module, (_, wanted) in objects.items():
        for symbol in sorted(wanted):
            if owner.get(symbol, module) != module:
                yield module, owner[symbol], symbol


def knots(arrows):
    """The sets of files each of which leads to each other (Tarjan, SIAM Journal on Computing 1, 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in sorted(arrows[module]):
            if target not in index:
                visit(target)
            if target in stack:
                low[module] = min(low[module], low[target])
        if low[module] == index[module]:
            knot = stack[stack.index(module):]
            del stack[stack.index(module):]
            if len(knot) > 1:
                found.append(sorted(knot))

    sys.setrecursionlimit(10000)
    for module in sorted(arrows):
        if module not in index:
            visit(module)
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    arrows, complaints = collections.defaultdict(dict), []
    headers = collections.Counter("/".join(path.parts[2:]) for path in sources_of(root) if path.suffix == ".h")
    complaints += [f"two libraries have a private header {name}" for name, count in headers.items() if count > 1]
    for source, target, what in [*includes(root), *calls(root, sys.argv[2:])]:
        if source == target or is_callback(source, what):
            continue
        (height, layer), (other_height, other_layer) = rank_of(source), rank_of(target)
        arrows[source].setdefault(target, what)
        arrows[target]
        if other_height > height:
            complaints.append(f"an arrow runs up: {source} ({layer}) has {what} of {target} ({other_layer})")
    for knot in knots(arrows):
        inside = [f"  {source} ({rank_of(source)[1]}) has {what} of {target}" for source in knot
                  for target, what in sorted(arrows[source].items()) if target in knot]
        complaints.append("a knot:\n" + "\n".join(inside))
    print("\n".join(complaints) or f"{len(arrows)} files, no arrow up and no knot")
    sys.exit(1 if complaints else 0)


main()
