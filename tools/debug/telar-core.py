#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a copy of a core file in which each suspended or waiting fiber is a thread, for any debugger.

    telar-core.py IN OUT [--program FILE] [--name REGEXP] [--limit N] [--fiber N]

Thread (LWP) 10,000,000 + N of the copy is fiber N; the threads of the program stay what they were, the one that crashed
first. What became a thread is printed. A dense fiber whose frames are off the stack that it shares is left out; --fiber N
puts the frames of that one back, and only this fiber becomes a thread. For cores of 64-bit Linux, on x86-64 and AArch64.
"""
import argparse
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import telar_layout  # noqa: E402

EHDR, PHDR, SHDR = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), struct.Struct("<IIQQQQIIQQ")
NOTE = struct.Struct("<III")
PT_LOAD, PT_NOTE, ET_CORE, PN_XNUM = 1, 4, 4, 0xffff
NT_PRSTATUS, NT_FILE = 1, 0x46494c45
SIGNAL_AT, PID_AT, REGISTERS_AT = 12, 32, 112  # in a prstatus: pr_cursig, pr_pid, pr_reg

# The order of registers in a prstatus, by ELF machine.
MACHINES = {
    62: ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split(),
         "rsp", "rip"),
    183: (["x%d" % n for n in range(31)] + ["sp", "pc", "pstate"], "sp", "pc"),
}


class Refused(Exception):
    pass


def aligned(size):
    return size + 3 & ~3


class Elf:
    """An ELF file's headers."""

    def __init__(self, file):
        self.file = file
        header = self.at(0, EHDR.size)
        if header[:4] != b"\x7fELF":
            raise Refused("it is no ELF file")
        fields = EHDR.unpack(self.whole(0, EHDR.size))
        ident, self.type, self.machine, _, _, self.phoff, self.shoff, _, _, self.phentsize, phnum, self.shentsize, shnum, self.shstrndx = fields
        if ident[:6] != b"\x7fELF\x02\x01":
            raise Refused("it is no ELF file of 64 bits")
        if phnum == PN_XNUM:
            phnum = SHDR.unpack(self.whole(self.shoff, SHDR.size))[7]
        self.segments = [PHDR.unpack(self.whole(self.phoff + i * self.phentsize, PHDR.size)) for i in range(phnum)]
        if self.type == ET_CORE:
            shnum = 0
        self.sections = [SHDR.unpack(self.whole(self.shoff + i * self.shentsize, SHDR.size)) for i in range(shnum)]

    def at(self, offset, size):
        try:
            self.file.seek(offset)
            return self.file.read(size)
        except (ValueError, OverflowError):
            raise Refused("its headers are damaged")

    def whole(self, offset, size):
        data = self.at(offset, size)
        if len(data) != size:
            raise Refused("it is cut off: it ends before byte %d" % (offset + size))
        return data

    def section(self, name):
        """A section's offset in the file; None if there is none of that name."""
        names = self.sections[self.shstrndx][4] if self.sections else 0
        for section in self.sections:
            if self.at(names + section[0], len(name) + 1) == name + b"\0":
                return section[4]
        return None


class Core:
    """A core file: its memory, its threads, and the files that were mapped into the process."""

    def __init__(self, file, program):
        self.elf = Elf(file)
        if self.elf.type != ET_CORE or self.elf.machine not in MACHINES:
            raise Refused("it is no core file of x86-64 or AArch64")
        self.registers, self.sp, self.pc = MACHINES[self.elf.machine]
        self.loads = sorted((vaddr, vaddr + memsz, offset, filesz) for kind, _, offset, vaddr, _, filesz, memsz, _ in self.elf.segments if kind == PT_LOAD)
        self.notes = list(self.read_notes())
        self.statuses = [desc for kind, name, desc in self.notes if kind == NT_PRSTATUS and name == b"CORE"]
        if not self.statuses:
            raise Refused("it has no threads")
        self.files, self.program, self.opened = self.read_files(), program, {}

    def read_notes(self):
        for kind, _, offset, _, _, size, _, _ in self.elf.segments:
            if kind != PT_NOTE:
                continue
            data, at = self.elf.whole(offset, size), 0
            while at + NOTE.size <= len(data):
                namesz, descsz, note = NOTE.unpack_from(data, at)
                at += NOTE.size
                name, desc = data[at:at + namesz], data[at + aligned(namesz):at + aligned(namesz) + descsz]
                at += aligned(namesz) + aligned(descsz)
                yield note, name.rstrip(b"\0"), desc

    def read_files(self):
        """The mapped files: (start, end, offset in the file, path)."""
        found = []
        for kind, _, desc in self.notes:
            if kind == NT_FILE:
                count, page = struct.unpack_from("<QQ", desc)
                paths = desc[16 + 24 * count:].split(b"\0")
                for i in range(count):
                    start, end, offset = struct.unpack_from("<QQQ", desc, 16 + 24 * i)
                    found.append((start, end, offset * page, os.fsdecode(paths[i])))
        return found

    def mapped(self, path):
        """A mapped file, opened; None if it is not there any more. The program may be elsewhere now."""
        if self.program is not None and self.files and path == self.files[0][3]:
            path = self.program
        if path not in self.opened:
            try:
                self.opened[path] = open(path, "rb")
            except OSError:
                self.opened[path] = None
        return self.opened[path]

    def offset_of(self, address, size):
        """Where memory lies in the core; None if it was not written there."""
        for start, _, offset, filesz in self.loads:
            if start <= address and address + size <= start + filesz:
                return offset + address - start
        return None

    def read(self, address, size):
        offset = self.offset_of(address, size)
        if offset is not None:
            return self.elf.whole(offset, size)
        for start, end, offset, path in self.files:
            if start <= address and address + size <= end and self.mapped(path) is not None:
                self.mapped(path).seek(offset + address - start)
                data = self.mapped(path).read(size)
                if len(data) == size:
                    return data
        raise telar_layout.Unreadable("the core has no memory at 0x%x" % address)

    def table(self):
        """The address of tl__debug_table: that of its section, in the program or a library."""
        for path in dict.fromkeys(path for _, _, _, path in self.files):
            try:
                file = self.mapped(path)
                section = Elf(file).section(b"telar_debug") if file is not None else None
            except Refused:
                continue
            for start, end, offset, mapped in self.files if section is not None else ():
                if mapped == path and offset <= section < offset + end - start:
                    return start + section - offset
        missing = sorted({path for _, _, _, path in self.files if self.mapped(path) is None})
        raise Refused("it is of no program with Telar" + (", or that is one of these, which are gone (--program): " + ", ".join(missing) if missing else ""))

    def threads(self):
        for desc in self.statuses:
            values = dict(zip(self.registers, struct.unpack_from("<%dQ" % len(self.registers), desc, REGISTERS_AT)))
            yield telar_layout.Thread(struct.unpack_from("<i", desc, PID_AT)[0], values[self.sp], values[self.pc])

    def status_of(self, fiber, frame):
        """A note that makes a thread of a fiber."""
        desc = bytearray(self.statuses[0])
        struct.pack_into("<h", desc, SIGNAL_AT, 0)
        struct.pack_into("<i", desc, PID_AT, telar_layout.FIRST_FIBER_THREAD + fiber.number)
        for index, name in enumerate(self.registers):
            if name in frame.registers:
                struct.pack_into("<Q", desc, REGISTERS_AT + 8 * index, frame.registers[name])
        return note_of(b"CORE\0", NT_PRSTATUS, bytes(desc))


def note_of(name, kind, desc):
    return NOTE.pack(len(name), len(desc), kind) + name.ljust(aligned(len(name)), b"\0") + desc.ljust(aligned(len(desc)), b"\0")


def copy_sparse(source, target):
    """Copies a file, and leaves holes where it has some: cores are mostly holes."""
    end, at = source.seek(0, os.SEEK_END), 0
    while at < end:
        try:
            at = os.lseek(source.fileno(), at, os.SEEK_DATA)
        except OSError:  # nothing but a hole is left
            break
        stop = os.lseek(source.fileno(), at, os.SEEK_HOLE)
        source.seek(at)
        target.seek(at)
        while at < stop:
            data = source.read(min(stop - at, 1 << 20))
            target.write(data)
            at += len(data)
    target.truncate(end)


def put_frames_back(core, fiber, target):
    """Writes a dense fiber's frames onto the stack that it shares, and returns where the fiber will continue."""
    program = core_program(core)
    low = program.memory.u64(program.context_of(fiber) + program.table["tl__context.stack_pointer"])
    offset = core.offset_of(low, fiber.copied)
    if offset is None:
        raise Refused("the core lacks the stack of fiber %d" % fiber.number)
    target.seek(offset)
    target.write(core.read(fiber.frames_at, fiber.copied))
    return program.frame_at(program.context_of(fiber), lambda address: core.read(fiber.frames_at + address - low, 8))


def core_program(core):
    if not hasattr(core, "telar"):
        core.telar = telar_layout.Program(core.read, core.table(), core.threads())
    return core.telar


def choose(core, options, target):
    """The fibers that become threads, with their frames."""
    chosen = []
    for fiber in core_program(core).fibers():
        if options.fiber is not None and fiber.number != options.fiber:
            continue
        if not options.name.search(fiber.title):
            continue
        if options.fiber is not None and fiber.is_copied:
            chosen.append((fiber, put_frames_back(core, fiber, target)))
        elif fiber.frame is not None:
            chosen.append((fiber, fiber.frame))
        elif options.fiber is not None:
            raise Refused("fiber %d has no calls: it is %s" % (fiber.number, fiber.status))
    if options.fiber is not None and not chosen:
        raise Refused("no fiber has the number %d" % options.fiber)
    return chosen


def write(core, source, target, options):
    copy_sparse(source, target)
    chosen = choose(core, options, target)
    notes = b"".join(note_of(name + b"\0", kind, desc) for kind, name, desc in core.notes)
    for fiber, frame in chosen[:options.limit]:
        notes += core.status_of(fiber, frame)
        print('thread %d: fiber %d, "%s", %s' % (telar_layout.FIRST_FIBER_THREAD + fiber.number, fiber.number, fiber.title, fiber.status))
    if not chosen:
        print("no fiber became a thread: none that has calls has such a name" if options.name.pattern else
              "no fiber became a thread: none has calls")
    if len(chosen) > options.limit:
        print("and %d more that are no threads (--limit)" % (len(chosen) - options.limit))
    end = aligned(target.seek(0, os.SEEK_END))
    target.seek(end)
    target.write(notes)
    for index, segment in enumerate(core.elf.segments):
        if segment[0] == PT_NOTE:
            target.seek(core.elf.phoff + index * core.elf.phentsize)
            target.write(PHDR.pack(PT_NOTE, segment[1], end, 0, 0, len(notes), 0, 4))
            break


def expression(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError("%s is no regular expression: %s" % (text, error))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument("--program", help="where the program is now, if not where it was")
    parser.add_argument("--name", default=expression(""), type=expression, metavar="REGEXP", help="only fibers whose names match")
    parser.add_argument("--limit", type=int, default=4000, metavar="N", help="most fibers that become threads (4000)")
    parser.add_argument("--fiber", type=int, metavar="N", help="only this one, also if its frames are off the stack")
    options = parser.parse_args()
    try:
        with open(options.source, "rb") as source:
            core = Core(source, options.program)
            core_program(core)
            if os.path.exists(options.target) and os.path.samefile(options.source, options.target):
                raise Refused("IN and OUT are the same file")
            with open(options.target, "wb") as target:
                write(core, source, target, options)
    except telar_layout.Unreadable as error:
        other = " (did %s write this core?)" % options.program if options.program else ""
        sys.exit("telar-core.py: %s: %s%s" % (options.source, error, other))
    except (OSError, Refused) as error:
        sys.exit("telar-core.py: %s: %s" % (options.source, error))


if __name__ == "__main__":
    main()
