# SPDX-License-Identifier: MIT
"""Reads fibers, scripts and job systems out of a program's memory, for the debuggers' scripts beside this file.

All that it knows of the program's structures is in the tables that Telar's libraries carry (src/base/debug_table.h),
so it needs no debug information, and a build with other structures cannot mislead it. It only reads.
"""
import collections
import struct

COOKIE, VERSION = b"telardbg", 1
HEAD = struct.Struct("<8sIIQQ")  # cookie, version, number of entries, size of one, their address
PARTS = ("fibers", "jobs", "worlds")
FIRST_FIBER_THREAD = 10000000  # fiber N is thread 10,000,000 + N where tools present fibers as threads; no real one is

Frame = collections.namedtuple("Frame", "registers stack_pointer pc")
Thread = collections.namedtuple("Thread", "id stack_pointer pc")  # id: the system's number
Wait = collections.namedtuple("Wait", "kind name subject count")  # count: of a counter; else None


class Unreadable(Exception):
    """The program has no table, or one that this file cannot read."""


class Memory:
    """A program's memory: `read(address, size)` returns bytes, and raises any error where there are none."""

    def __init__(self, read):
        self.read = read
        self.strings = {0: None}

    def u64(self, address):
        return int.from_bytes(self.read(address, 8), "little")

    def i64(self, address):
        return int.from_bytes(self.read(address, 8), "little", signed=True)

    def u32(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def u8(self, address):
        return self.read(address, 1)[0]

    def string(self, address):
        """The string at an address; None for null, and a question mark for one that is no more."""
        if address not in self.strings:
            text = b""
            try:
                while b"\0" not in text and len(text) < 4096:
                    text += self.read(address + len(text), 64 - (address + len(text)) % 64)  # never over a page's end
                self.strings[address] = text.split(b"\0")[0].decode("utf-8", "replace")
            except Exception:
                self.strings[address] = "?"
        return self.strings[address]


class Table:
    """The entries of all tables that the one at `address` leads to."""

    def __init__(self, memory, address):
        self.entries, self.texts = {}, collections.defaultdict(dict)
        self.add(memory, address)
        tables = self.entries["&tl__debug_tables"]
        self.parts = {"fibers"}
        for number, part in enumerate(PARTS[1:], 1):
            other = memory.u64(tables + 8 * number)
            if other != 0:
                self.add(memory, other)
                self.parts.add(part)

    def add(self, memory, address):
        cookie, version, count, size, entries = HEAD.unpack(memory.read(address, HEAD.size))
        if cookie != COOKIE:
            raise Unreadable("there is no table of Telar's at 0x%x" % address)
        if version != VERSION:
            raise Unreadable("the program's table has version %d, and these tools read version %d" % (version, VERSION))
        data = memory.read(entries, count * size)
        for at in range(0, count * size, size):
            name = data[at:at + size - 8].split(b"\0")[0].decode()
            value = int.from_bytes(data[at + size - 8:at + size], "little")
            self.entries[name] = value
            kind, _, text = name.partition(":")
            if text:
                self.texts[kind][value] = text

    def __getitem__(self, name):
        if name not in self.entries:
            raise Unreadable("the program's table has no entry %s" % name)
        return self.entries[name]

    def __contains__(self, name):
        return name in self.entries


class Fiber:
    """A fiber as it was when it was read. `frame` is where it will continue: None for one that runs, has not begun, is done, or
    is dense with its frames off the stack. `thread` is the system's number of the one that runs it."""

    def __init__(self, program, address):
        self.program, self.address = program, address
        data = program.memory.read(address, program.block_size)
        for name, offset in program.fields:
            setattr(self, name, int.from_bytes(data[offset:offset + 8], "little"))
        self.state &= 0xffffffff
        self.stack_size &= 0xffffffff
        self.copied &= 0xffffffff
        self.number = 0
        self.thread = None

    @property
    def is_dense(self):
        return bool(self.state & self.program.table["TL__DENSE"])

    @property
    def is_destroyed(self):
        return bool(self.state & self.program.table["TL__DESTROYED"])

    @property
    def is_copied(self):
        """Whether its frames are kept off the stack that it shares."""
        if not self.is_dense or self.status not in ("suspended", "waiting"):
            return False
        return self.program.memory.u64(self.pool + self.program.table["tl_pool.dense.stack_owner"]) != self.address

    @property
    def flags(self):
        words = (("dense", "TL__DENSE"), ("cancelled", "TL__CANCELLED"), ("unwinding", "TL__UNWINDING"))
        if self.status == "done":
            words = words[:1]
        return [word for word, flag in words if self.state & self.program.table[flag]]

    @property
    def status(self):
        if self.thread is not None:
            return "running"
        if self.address in self.program.waiting:
            return "waiting"
        status = self.program.table.texts["status"].get(self.state & self.program.table["TL__STATUS"], "?")
        if self.address in self.program.entering:
            return "ready" if self.program.entering[self.address] is None else status
        return "running" if status == "suspended" and self.resumer != 0 else status

    @property
    def function(self):
        return self.program.entry(self.entry)[0]

    @property
    def place(self):
        """Where its entry function is defined, as file and line."""
        return self.program.entry(self.entry)[1:]

    @property
    def title(self):
        return self.program.memory.string(self.name) or self.function

    @property
    def frame(self):
        if self.status not in ("suspended", "waiting") or self.is_copied:
            return None
        context = self.program.context_of(self)
        return self.program.frame_at(context) if context is not None else None

    @property
    def frames_at(self):
        """Where the frames are kept of a fiber that has them off the stack: `copied` bytes."""
        in_place = self.copied <= self.program.table["TL__DENSE_FRAMES"]
        return self.address - self.copied if in_place else self.copy

    @property
    def copied_pc(self):
        """Where a fiber will continue whose frames are off the stack."""
        table = self.program.table
        pc = "frame.rip" if "frame.rip" in table else "frame.pc"
        return self.program.memory.u64(self.frames_at + table[pc]) if self.copied and pc in table else None


class Program:
    """All of a program's fibers, as they are while it stands still.

    read(address, size) reads its memory; `table` is the address of tl__debug_table; `threads` are those of the system."""

    FIELDS = ("resumer", "state", "pool", "copied", "copy", "name", "entry", "stack_low", "stack_top", "stack_size")

    def __init__(self, read, table, threads):
        self.memory = Memory(read)
        self.table = Table(self.memory, table)
        self.fields = [(name, self.table["tl_fiber." + name]) for name in self.FIELDS]
        self.block_size = max(offset for _, offset in self.fields) + 8
        self.entries = {}
        self.threads = {thread.id: thread for thread in threads}
        self.read_threads()

    def roots(self, kind, member):
        """The addresses of what the roots of a kind are members of, the oldest first."""
        root = self.memory.u64(self.table["&tl__roots"] + 8 * self.table[kind])
        found = []
        while root != 0:
            found.append(root - self.table[member])
            root = self.memory.u64(root + self.table["tl__root.next"])
        return found[::-1]

    def pools(self):
        return self.roots("TL__ROOT_POOL", "tl_pool.root")

    def entry(self, address):
        """An entry function's name, file and line."""
        if address not in self.entries:
            memory, table = self.memory, self.table
            self.entries[address] = (memory.string(memory.u64(address + table["tl_fiber_entry.name"])) or "(unnamed)",
                                     memory.string(memory.u64(address + table["tl_fiber_entry.file"])),
                                     memory.u32(address + table["tl_fiber_entry.line"]))
        return self.entries[address]

    def slots(self, pool):
        """The control blocks of a pool's fibers, also of those that were destroyed."""
        touched = self.memory.u32(pool + self.table["tl_pool.touched"])
        data = self.memory.read(pool + self.table["tl_pool.slots"], 8 * touched) if touched else b""
        return [slot for (slot,) in struct.iter_unpack("<Q", data) if not slot & 1]

    def fibers(self):
        """All fibers that are not destroyed: pool by pool, each in the order of its stacks, then those in no pool."""
        number = 0
        for address in self.addresses():
            try:
                fiber = Fiber(self, address)
            except Exception:  # the core lacks its page
                continue
            if not fiber.is_destroyed:
                number += 1
                fiber.number = number
                fiber.thread = self.running.get(address)
                yield fiber

    def addresses(self):
        for pool in self.pools():
            yield from self.slots(pool)
        yield from self.roots("TL__ROOT_OWN_FIBER", "tl__own_fiber.root")

    def fiber(self, address):
        fiber = Fiber(self, address)
        fiber.thread = self.running.get(address)
        return fiber

    # Threads. The running fiber is the one on whose stack the thread's stack pointer lies: in the middle of a switch
    # that is not the one that the thread's state says.

    def read_threads(self):
        self.running, self.waiting, self.entering, self.chains = {}, {}, {}, {}
        for state in self.roots("TL__ROOT_THREAD", "tl__thread_state.listed"):
            self.read_thread(state)

    def read_thread(self, state):
        table, memory = self.table, self.memory
        number = memory.u32(state + table["tl__thread_state.system_id"])
        current, root = memory.u64(state + table["tl__thread_state.current"]), state + table["tl__thread_state.root"]
        chain = self.chain_from(current)
        thread = self.threads.get(number)
        on_stack = self.fiber_at(thread.stack_pointer, current) if thread is not None else None
        if current == root:
            chain = []
        if on_stack is None and current != root:  # in a switch from the thread's own stack, or in a signal handler's
            on_stack = root if thread is not None and self.is_between(thread.pc, "&tl__switch", "&tl__bottom") else current
        if on_stack not in (current, None):
            self.enter(on_stack, current, root, thread)
        if on_stack == root:
            on_stack = None
        for child, resumer in zip(chain, chain[1:]):
            self.waiting[resumer] = self.context_behind(child, resumer)
        self.waiting.pop(on_stack, None)
        if on_stack is not None:
            self.running[on_stack] = number
        self.chains[number] = [on_stack] + [fiber for fiber in chain if fiber != on_stack] if on_stack is not None else chain

    def enter(self, leaving, entered, root, thread):
        """`leaving` still runs, on its way into `entered`."""
        table = self.table
        if self.memory.u64(entered + table["tl_fiber.resumer"]) == leaving:
            begins = self.is_between(thread.pc, "&tl__start", "&tl__bottom")
            self.entering[entered] = None if begins else entered + table["tl_fiber.context"]
        elif entered != root:
            self.entering[entered] = self.context_behind(leaving, entered)

    def is_between(self, pc, first, end):
        return first in self.table and self.table[first] <= pc < self.table[end]

    def chain_from(self, fiber):
        """A fiber and those that wait for it, up to the thread's own context."""
        chain = []
        while fiber != 0 and len(chain) < 100000:
            chain.append(fiber)
            fiber = self.memory.u64(fiber + self.table["tl_fiber.resumer"])
        return chain

    def context_behind(self, child, resumer):
        """The address of the context of a fiber that waits for `child`."""
        table = self.table
        in_child = "tl_fiber.resumer_context" in table
        is_dense = self.memory.u32(resumer + table["tl_fiber.state"]) & table["TL__DENSE"]
        return child + table["tl_fiber.resumer_context"] if in_child and not is_dense else resumer + table["tl_fiber.context"]

    def fiber_at(self, stack_pointer, current):
        """The fiber on whose stack an address lies; None if on none's."""
        table, memory = self.table, self.memory
        for pool in self.pools():
            low, high = memory.u64(pool + table["tl_pool.dense.low"]), memory.u64(pool + table["tl_pool.dense.top"])
            if low <= stack_pointer < high:
                is_ours = memory.u64(current + table["tl_fiber.pool"]) == pool
                return current if is_ours else memory.u64(pool + table["tl_pool.dense.stack_owner"]) or None
            stride, stacks = memory.u64(pool + table["tl_pool.stride"]), memory.u64(pool + table["tl_pool.stacks"])
            if stride and stacks <= stack_pointer < stacks + stride * memory.u32(pool + table["tl_pool.touched"]):
                slot = memory.u64(pool + table["tl_pool.slots"] + 8 * ((stack_pointer - stacks) // stride))
                return None if slot & 1 else slot
        for fiber in self.roots("TL__ROOT_OWN_FIBER", "tl__own_fiber.root"):
            low = memory.u64(fiber + table["tl_fiber.stack_low"])
            if low <= stack_pointer < low + memory.u32(fiber + table["tl_fiber.stack_size"]):
                return fiber
        return None

    def context_of(self, fiber):
        if fiber.address in self.entering:
            return self.entering[fiber.address]
        return self.waiting.get(fiber.address, fiber.address + self.table["tl_fiber.context"])

    def frame_at(self, context, read=None):
        """The registers with which a suspended context will continue. `read` reads its stack, if that is kept elsewhere."""
        table = self.table
        prefix, base = "context.", context
        if "frame" in table:
            prefix, base = "frame.", self.memory.u64(context + table["tl__context.stack_pointer"])
        word = self.memory.u64 if read is None else lambda address: int.from_bytes(read(address), "little")
        registers = {name[len(prefix):]: word(base + offset) for name, offset in table.entries.items()
                     if name.startswith(prefix)}
        if "frame" in table:
            registers["sp" if "pc" in registers else "rsp"] = base + table["frame"]
        if not registers:
            return None  # no registers are known on this backend
        return Frame(registers, registers.get("rsp", registers.get("sp")), registers.get("rip", registers.get("pc")))

    # What waits: for jobs and threads.

    def wait_at(self, address):
        """The wait that a tl__wait_desc describes."""
        memory, field = self.memory, self.table.__getitem__
        kind = memory.string(memory.u64(address + field("tl__wait_desc.kind")))
        subject = memory.u64(address + field("tl__wait_desc.subject")) or memory.u64(address + field("tl__wait_desc.object"))
        count = self.counter_value(subject) if kind == "the counter" else None
        return Wait(kind, memory.string(memory.u64(address + field("tl__wait_desc.name"))), subject, count)

    def counter_value(self, counter):
        return self.memory.u64(counter + self.table["tl_counter.tl__word"]) // self.table["TL__COUNTER_ONE"]

    def counter_name(self, counter):
        return self.memory.string(self.memory.u64(counter + self.table["tl_counter.name"]))


# Scripts.

class Script:
    def __init__(self, world, address):
        memory, table, field = world.program.memory, world.program.table, world.program.table.__getitem__
        self.world, self.address = world, address
        self.fiber = memory.u64(address + field("tl__script_record.fiber"))
        self.index = memory.u32(address + field("tl__script_record.index1"))
        self.generation = memory.u32(address + field("tl__script_record.generation"))
        self.parent = memory.u64(address + field("tl__script_record.parent"))
        self.creation = memory.u64(address + field("tl__script_record.creation"))
        self.name = memory.string(memory.u64(address + field("tl__script_record.name")))
        site = memory.u64(address + field("tl__script_record.site"))
        self.spawned = (memory.string(memory.u64(site + field("tl_site.file"))), memory.u32(site + field("tl_site.line"))) if site else None
        self.cancelled = memory.u8(address + field("tl__script_record.cancelled")) != 0
        owner = address + field("tl__script_record.owner")
        self.owner = memory.u32(owner + field("tl_entity.index1")), memory.u32(owner + field("tl_entity.generation"))
        self.marks = memory.u32(self.fiber + field("tl_fiber.marks"))
        wait = memory.u32(address + field("tl__script_record.wait"))
        texts = table.texts["wait"]
        steps = next(value for value, text in texts.items() if text == "steps")
        self.wait = texts.get(steps if self.marks & field("TL__STEPS_ON") else wait, "?")

    @property
    def id(self):
        return "%d.%d" % (self.index, self.generation)

    @property
    def wait_name(self):
        """The name of the event, channel, script, counter or lock that it waits for; None for other waits."""
        memory, field = self.world.program.memory, self.world.program.table.__getitem__
        audience = memory.u32(self.address + field("tl__script_record.audience1"))
        if audience:
            slots = memory.u64(self.world.address + field("tl_world.events.slots"))
            event = memory.u64(slots + (audience - 1) * field("sizeof tl__slot") + field("tl__slot.object"))
            return memory.string(memory.u64(event + field("tl__owned.name")))
        listener = self.address + field("tl__script_record.listener")
        if memory.u64(listener + field("tl__listener.link") + field("tl__link.next")):
            return memory.string(memory.u64(listener + field("tl__listener.name")))
        return None

    def seconds_since(self, time):
        """Seconds of its group's game time since a time that is one of its fields."""
        memory, field = self.world.program.memory, self.world.program.table.__getitem__
        group = memory.u64(self.address + field("tl__script_record.group"))
        now = memory.i64(group + field("tl_group.now") + field("TL__GAME_TIME") * field("sizeof tl__time"))
        return (now - memory.i64(self.address + time)) / self.world.units_per_second

    @property
    def waited(self):
        """Seconds since it began to wait; None for one that is ready or runs."""
        field = self.world.program.table.__getitem__
        if self.wait == "nothing":
            return None
        return max(0.0, self.seconds_since(field("tl__script_record.local") + field("TL__GAME_TIME") * field("sizeof tl__time")))

    @property
    def age(self):
        return self.seconds_since(self.world.program.table["tl__script_record.born"])


class World:
    def __init__(self, program, address):
        self.program, self.address = program, address
        memory, field = program.memory, program.table.__getitem__
        self.id = memory.u64(address + field("tl_world.id"))
        self.steps = memory.i64(address + field("tl_world.steps"))
        self.units_per_second = memory.i64(address + field("tl_world.units_per_second"))

    def scripts(self):
        """Its living scripts, in the order in which they were made."""
        memory, field = self.program.memory, self.program.table.__getitem__
        blocks = memory.u64(self.address + field("tl_world.script_blocks"))
        slots, each = memory.u32(self.address + field("tl_world.script_slots")), field("TL__SCRIPT_BLOCK")
        size, fiber = field("sizeof tl__script_record"), field("tl__script_record.fiber")
        found = []
        for block in range((slots + each - 1) // each):
            base = memory.u64(blocks + 8 * block)
            data = memory.read(base, size * each)
            found += [Script(self, base + at) for at in range(0, size * each, size) if data[at + fiber:at + fiber + 8] != bytes(8)]
        return sorted(found, key=lambda script: script.creation)


def worlds(program):
    if "worlds" not in program.table.parts:
        return []
    return [World(program, address) for address in program.roots("TL__ROOT_WORLD", "tl_world.root")]


# Job systems.

class Worker:
    def __init__(self, jobs, index):
        memory, field = jobs.program.memory, jobs.program.table.__getitem__
        self.jobs, self.index = jobs, index
        self.address = jobs.workers_at + index * field("sizeof tl__worker_record")
        self.kind = jobs.program.table.texts["worker"][memory.u32(self.address + field("tl__worker_record.kind"))]
        self.name = memory.string(memory.u64(self.address + field("tl__worker_record.name")))
        self.asleep = memory.u8(self.address + field("tl__worker_record.asleep")) != 0
        self.stolen = memory.u64(self.address + field("tl__worker_record.stolen"))
        self.suspensions = memory.u64(self.address + field("tl__worker_record.suspensions"))
        self.taken = memory.u64(self.address + field("tl__worker_record.taken")) != 0
        job_fiber = memory.u64(self.address + field("tl__worker_record.job_fiber"))
        self.job = jobs.job_of(job_fiber) if job_fiber else None

    @property
    def queued(self):
        """Jobs in its deques and inboxes."""
        memory, field = self.jobs.program.memory, self.jobs.program.table.__getitem__
        total = 0
        for rank in range(field("TL__RANKS")):
            deque = self.address + field("tl__worker_record.deques") + rank * field("sizeof tl__deque")
            span = (memory.u64(deque + field("tl__deque.bottom")) - memory.u64(deque + field("tl__deque.top"))) & 0xffffff
            total += span if span < 1 << 23 else 0
        inboxes = [field("tl__worker_record.ready")]
        inboxes += [field("tl__worker_record.pinned") + i * field("sizeof tl__inbox") for i in range(field("TL__STACKS"))]
        return total + sum(memory.u64(self.address + at + field("tl__inbox.total")) for at in inboxes)

    def waiting(self):
        """The jobs that wait and that it ran last: their fibers, entries and waits."""
        memory, field = self.jobs.program.memory, self.jobs.program.table.__getitem__
        job_fiber = memory.u64(self.address + field("tl__worker_record.waiting"))
        while job_fiber:
            yield (memory.u64(job_fiber + field("tl__job_fiber.fiber")), self.jobs.job_of(job_fiber),
                   self.jobs.program.wait_at(job_fiber + field("tl__job_fiber.wait")))
            job_fiber = memory.u64(job_fiber + field("tl__job_fiber.after"))


class JobSystem:
    def __init__(self, program, address):
        memory, field = program.memory, program.table.__getitem__
        self.program, self.address = program, address
        self.is_forked = memory.u64(address + field("tl_job_system.forks")) != memory.u64(field("&tl__forks"))
        self.workers_at = memory.u64(address + field("tl_job_system.workers"))
        self.workers = [Worker(self, index) for index in range(memory.u32(address + field("tl_job_system.worker_count")))]

    def job_of(self, job_fiber):
        """The entry of the innermost job of a job fiber: its name, file and line; None if it has none."""
        memory, field = self.program.memory, self.program.table.__getitem__
        active = memory.u64(job_fiber + field("tl__job_fiber.active_job"))
        if not active:
            return None
        return self.program.entry(memory.u64(memory.u64(active + field("tl__active_job.job")) + field("tl__job.entry")))

    @property
    def shared(self):
        """Jobs that any worker may take."""
        memory, field = self.program.memory, self.program.table.__getitem__
        return sum(memory.u64(self.address + field("tl_job_system.shared") + i * field("sizeof tl__inbox") + field("tl__inbox.total"))
                   for i in range(field("TL__STACKS")))

    def postponed(self):
        """Jobs that begin after a counter: their entries and waits."""
        memory, field = self.program.memory, self.program.table.__getitem__
        first = memory.u64(self.address + field("tl_job_system.pending"))
        for i in range(memory.u32(self.address + field("tl_job_system.pending_count"))):
            pending = first + i * field("sizeof tl__pending")
            after = memory.u64(pending + field("tl__pending.after"))
            if after:
                yield (self.program.entry(memory.u64(pending + field("tl__pending.job") + field("tl__job.entry"))),
                       Wait("the counter", self.program.counter_name(after), after, self.program.counter_value(after)))


def job_systems(program):
    if "jobs" not in program.table.parts:
        return []
    return [JobSystem(program, address) for address in program.roots("TL__ROOT_JOB_SYSTEM", "tl_job_system.root")]


def blocked_threads(program):
    """The threads that wait for a counter or lock: the fiber that each one runs, as an address, and its wait."""
    if "jobs" not in program.table.parts:
        return
    memory, field = program.memory, program.table.__getitem__
    thread = memory.u64(field("&tl__blocked_threads"))
    while thread:
        yield memory.u64(thread + field("tl__blocked.holder")), program.wait_at(memory.u64(thread + field("tl__blocked.wait")))
        thread = memory.u64(thread + field("tl__blocked.next"))
