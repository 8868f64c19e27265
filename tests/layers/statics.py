# SPDX-License-Identifier: MIT
"""Checks that no static function of the libraries has a name that says too little where it stands alone.

statics.py SOURCE: SOURCE is the folder of the repository. A profile or a breakpoint shows the bare name, so no two files
have a static function of the same name, and none has the name of a call of the system. Prints each that does, and then
ends with 1.
"""
import collections
import pathlib
import re
import sys

FOLDERS = ["fibers/src", "engine/src", "engine/watchdog/src", "engine/inspector/src", "engine/sdl/src"]
SYSTEM = set("abort accept access bind clock close connect dup exit fork free index kill link listen malloc nice open "
             "pause pipe poll read recv remove rename select send signal sleep splice stat sync tee time truncate wait "
             "write".split())
ATTRIBUTE = re.compile(r"__attribute__\(\(.*?\)\) ?")
DEFINITION = re.compile(r"^(?:[A-Z_]+ )*(?:static|ALWAYS_INLINE) [^=;{}()]*?\b(\w+)\((?=[^;]*?\)\n\{)", re.MULTILINE)


def main(root):
    files = collections.defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.c")):
            for name in sorted(set(DEFINITION.findall(ATTRIBUTE.sub("", path.read_text())))):
                files[name].append(str(path.relative_to(root)))
    if not files:
        raise SystemExit(f"no static functions in {root}")
    faults = [f"in two files: {name} ({', '.join(where)})" for name, where in files.items() if len(where) > 1]
    faults += [f"a call of the system: {name} ({where[0]})" for name, where in files.items() if name in SYSTEM]
    print("\n".join(sorted(faults)))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
