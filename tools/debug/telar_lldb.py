# SPDX-License-Identifier: MIT
"""Shows Telar's suspended and waiting fibers as threads in lldb, in a live program and in a core file.

    settings set target.process.python-os-plugin-path /usr/local/share/telar/telar_lldb.py

before the program runs, or the core is loaded: then `thread list`, `thread select`, `thread backtrace all`, `up` and `frame
variable` work on fibers, and so do the IDEs on top of lldb. Thread 10,000,000 + N is fiber N, and has its name. lldb asks for
all threads at every stop, so at most 500 fibers are shown; TELAR_FIBERS in lldb's environment sets another number, or with
TELAR_FIBERS_NAMED only those whose names match a regular expression are shown. A dense fiber whose frames are off the stack
is not shown, nor is one that has not begun or runs: that is the thread that runs it.
"""
import os
import re
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename)))
import telar_layout  # noqa: E402

# The registers of lldb's view, with their numbers in DWARF.
X86_64 = [("rax", 0), ("rbx", 3), ("rcx", 2), ("rdx", 1), ("rdi", 5), ("rsi", 4), ("rbp", 6), ("rsp", 7), ("r8", 8), ("r9", 9),
          ("r10", 10), ("r11", 11), ("r12", 12), ("r13", 13), ("r14", 14), ("r15", 15), ("rip", 16)]
AARCH64 = [("x%d" % n, n) for n in range(29)] + [("fp", 29), ("lr", 30), ("sp", 31), ("pc", 32)]
GENERIC = {"rip": "pc", "rsp": "sp", "rbp": "fp", "pc": "pc", "sp": "sp", "fp": "fp", "lr": "ra"}
SAVED_AS = {"fp": "x29"}  # where the program's table has another name


def settings():
    """Which fibers are shown: how many at most, and an expression for names."""
    limit, named = os.environ.get("TELAR_FIBERS", "500"), os.environ.get("TELAR_FIBERS_NAMED", "")
    if not limit.isdecimal():
        print("telar_lldb.py: TELAR_FIBERS is %s, and not a number; 500 are shown" % limit, file=sys.stderr)
        limit = "500"
    try:
        return int(limit), re.compile(named)
    except re.error as error:
        print("telar_lldb.py: TELAR_FIBERS_NAMED is %s, and not a regular expression: %s" % (named, error), file=sys.stderr)
        return int(limit), re.compile("")


class OperatingSystemPlugIn:
    def __init__(self, process):
        self.limit, self.named = settings()
        self.process = process
        self.fibers = {}
        self.names = AARCH64 if process.GetTarget().GetTriple().startswith(("aarch64", "arm64")) else X86_64

    def create_thread(self, tid, context):
        return None

    def get_register_info(self):
        registers = [{"name": name, "bitsize": 64, "offset": 8 * index, "encoding": "uint", "format": "hex", "set": 0,
                      "gcc": dwarf, "dwarf": dwarf, **({"generic": GENERIC[name]} if name in GENERIC else {})}
                     for index, (name, dwarf) in enumerate(self.names)]
        return {"sets": ["General"], "registers": registers}

    # Called while lldb makes its list of threads, so nothing here may ask for one, nor evaluate an expression.

    def read(self, address, size):
        error, target = lldb.SBError(), self.process.GetTarget()
        data = self.process.ReadMemory(address, size, error)
        # A core lacks what is the same in the program's file. The error stays set if that has it.
        if not error.Success() or data is None or len(data) != size:
            data = target.ReadMemory(target.ResolveLoadAddress(address), size, error)
        if data is None or len(data) != size:
            raise telar_layout.Unreadable(error.GetCString())
        return data

    def find_table(self):
        target = self.process.GetTarget()
        for index in range(target.GetNumModules()):
            module = target.GetModuleAtIndex(index)
            symbol = module.FindSymbol("tl__debug_table")
            address = symbol.GetStartAddress() if symbol.IsValid() else lldb.SBAddress(module.FindSection("telar_debug"), 0)
            loaded = address.GetLoadAddress(target) if address.IsValid() else lldb.LLDB_INVALID_ADDRESS
            if loaded != lldb.LLDB_INVALID_ADDRESS:
                return loaded
        return None

    def get_thread_info(self):
        self.fibers = {}
        try:
            table = self.find_table()
            if table is None:
                return []
            for fiber in telar_layout.Program(self.read, table, []).fibers():
                if len(self.fibers) == self.limit:
                    break
                frame = fiber.frame if self.named.search(fiber.title) else None
                if frame is not None:
                    self.fibers[telar_layout.FIRST_FIBER_THREAD + fiber.number] = (fiber, frame)
        except telar_layout.Unreadable:  # the program has not begun, or has no table that can be read
            pass
        return [{"tid": tid, "name": fiber.title, "queue": fiber.status, "state": "stopped", "stop_reason": "none"}
                for tid, (fiber, _) in self.fibers.items()]

    def get_register_data(self, tid):
        if tid not in self.fibers:
            return None
        registers = self.fibers[tid][1].registers
        return b"".join(registers.get(SAVED_AS.get(name, name), 0).to_bytes(8, "little") for name, _ in self.names)
