#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""telar_trace.py FILE [--frame N]: what a trace says of its slowest frame, or of frame N, in words.

As a module it reads traces in both formats, without any code of the library: Perfetto's by the rules of protocol buffers,
Chrome's by a JSON parser. Fails for whatever a reader could not rely on:

  - each field has the wire type that Perfetto's .proto files give it, and each message ends where it must;
  - no event is earlier than the one before it;
  - each track is declared before it is used, each name before its number is;
  - on each track slices end in the reverse of the order in which they began, and none stays open;
  - each flow begins at one mark, and ends at one later slice.
"""
import argparse
import collections
import json
import struct
import sys

Event = collections.namedtuple("Event", "kind track time name flow value")
Track = collections.namedtuple("Track", "name parent kind")


class BadTrace(Exception):
    pass


def need(condition, what):
    if not condition:
        raise BadTrace(what)


# Protocol buffers.

VARINT, FIXED64, BYTES = 0, 1, 2


def varint(data, at):
    value = shift = 0
    while True:
        need(at < len(data), "a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        need(value < 1 << 64, "a number has more than 64 bits")
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """The fields of a message: number, wire type, value."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind == FIXED64:
            need(at + 8 <= len(data), "a fixed64 is cut off")
            value, at = data[at:at + 8], at + 8
        else:
            need(kind == BYTES, f"wire type {kind}")
            size, at = varint(data, at)
            need(at + size <= len(data), "a message is cut off")
            value, at = data[at:at + size], at + size
        yield key >> 3, kind, value


# The fields that may occur, with their names and wire types, by message.
PACKET = {8: ("timestamp", VARINT), 10: ("sequence", VARINT), 11: ("event", BYTES), 12: ("interned", BYTES),
          13: ("flags", VARINT), 60: ("track", BYTES)}
INTERNED = {2: ("name", BYTES)}
NAME = {1: ("iid", VARINT), 2: ("text", BYTES)}
TRACK = {1: ("uuid", VARINT), 2: ("name", BYTES), 3: ("process", BYTES), 4: ("thread", BYTES), 5: ("parent", VARINT),
         8: ("counter", BYTES)}
PROCESS = {1: ("pid", VARINT), 6: ("name", BYTES)}
THREAD = {1: ("pid", VARINT), 2: ("tid", VARINT), 5: ("name", BYTES)}
EVENT = {9: ("type", VARINT), 10: ("name_iid", VARINT), 11: ("track", VARINT), 23: ("name", BYTES),
         44: ("value", FIXED64), 47: ("flow", FIXED64), 48: ("end_of_flow", FIXED64)}
KINDS = {1: "begin", 2: "end", 3: "mark", 4: "value"}


def message(data, known):
    found = {}
    for number, kind, value in fields(data):
        need(number in known, f"field {number}")
        name, wire_type = known[number]
        need(kind == wire_type, f"field {name} has wire type {kind}")
        need(name not in found, f"field {name} occurs twice")
        found[name] = value
    return found


def perfetto_track(data):
    track = message(data, TRACK)
    if "process" in track:
        name, kind = message(track["process"], PROCESS)["name"], "process"
    elif "thread" in track:
        name, kind = message(track["thread"], THREAD)["name"], "thread"
    else:
        name, kind = track["name"], "counter" if "counter" in track else "lane"
    return track["uuid"], Track(name.decode(), track.get("parent", 0), kind)


def perfetto_event(data, time, names):
    event = message(data, EVENT)
    need(event["type"] in KINDS, f"type {event['type']}")
    name = None
    if "name" in event:
        name = event["name"].decode()
    elif "name_iid" in event:
        need(event["name_iid"] in names, f"name {event['name_iid']} is unknown")
        name = names[event["name_iid"]]
    flow = event.get("flow", event.get("end_of_flow"))
    value = event.get("value")
    return Event(KINDS[event["type"]], event["track"], time, name, struct.unpack("<Q", flow)[0] if flow else 0,
                 struct.unpack("<d", value)[0] if value else None)


def read_perfetto(data):
    tracks, events, names = {}, [], {}
    for index, (number, kind, content) in enumerate(fields(data)):
        need(number == 1 and kind == BYTES, "a trace consists of packets")
        packet = message(content, PACKET)
        need(packet["flags"] == (1 if index == 0 else 2), f"sequence flags {packet['flags']}")
        if "interned" in packet:
            told = message(message(packet["interned"], INTERNED)["name"], NAME)
            need(told["iid"] not in names, f"name {told['iid']} is told twice")
            names[told["iid"]] = told["text"].decode()
        if "track" in packet:
            uuid, track = perfetto_track(packet["track"])
            need(uuid not in tracks, f"track {uuid} is declared twice")
            need(track.parent == 0 or track.parent in tracks, f"track {uuid} comes before its parent")
            tracks[uuid] = track
        if "event" in packet:
            events.append(perfetto_event(packet["event"], packet["timestamp"], names))
    return tracks, events


# JSON.

def read_chrome(data):
    tracks, events = {}, []
    for each in json.loads(data)["traceEvents"]:
        phase, track, time = each["ph"], each["tid"], round(each["ts"] * 1000)
        if phase == "M":
            name = each["args"]["name"]
            is_thread = track >= 8 and each["pid"] == 1 and name != "frames"
            kind = "process" if track == 1 else "thread" if is_thread else "lane"
            need(track not in tracks, f"track {track} is declared twice")
            tracks[track] = Track(name, 0 if track < 8 else each["pid"], kind)
        elif phase == "C":
            tracks.setdefault(track, Track(each["name"], 1, "counter"))
            events.append(Event("value", track, time, each["name"], 0, each["args"]["value"]))
        elif phase in "sf":
            last = events.pop()
            need(last.track == track and last.kind == ("mark" if phase == "s" else "begin"), "a flow without its event")
            events.append(last._replace(flow=each["id"]))
        else:
            kind = {"B": "begin", "E": "end", "i": "mark"}[phase]
            events.append(Event(kind, track, time, each.get("name"), 0, None))
    return tracks, events


# What both must keep.

def check(tracks, events):
    open_slices, flows, latest = collections.defaultdict(list), {}, 0
    for event in events:
        need(event.track in tracks, f"track {event.track} is not declared")
        need(event.time >= latest, f"an event at {event.time} comes after one at {latest}")
        need((event.kind == "value") == (tracks[event.track].kind == "counter"), "a value on a track of another kind")
        need(event.kind != "value" or isinstance(event.value, (int, float)), "a value is no number")
        need(event.kind in ("end", "value") or event.name, f"a {event.kind} has no name")
        latest = event.time
        if event.kind == "begin":
            open_slices[event.track].append(event)
            if event.flow:
                need(flows.get(event.flow) == "begun", f"flow {event.flow} ends, but does not begin")
                flows[event.flow] = "ended"
        elif event.kind == "end":
            need(open_slices[event.track], f"a slice of {tracks[event.track].name} ends that did not begin")
            open_slices[event.track].pop()
        elif event.kind == "mark" and event.flow:
            need(event.flow not in flows, f"flow {event.flow} begins twice")
            need(open_slices[event.track], f"flow {event.flow} begins in no slice")
            flows[event.flow] = "begun"
    for track, slices in open_slices.items():
        need(not slices, f"a slice of {tracks[track].name} does not end")
    need("begun" not in flows.values(), "a flow does not end")


def read(path):
    """The tracks and events of a trace that was checked."""
    with open(path, "rb") as file:
        data = file.read()
    need(data, "the file is empty")
    tracks, events = read_chrome(data) if str(path).endswith(".json") else read_perfetto(data)
    check(tracks, events)
    return tracks, events


def group_of(tracks, track):
    """The name of the group that a track belongs to."""
    while tracks[track].parent > 1:
        track = tracks[track].parent
    return tracks[track].name


def turns(tracks, events):
    """How many turns scripts had."""
    return sum(event.kind == "begin" and event.name == "runs" and group_of(tracks, event.track) == "scripts"
               for event in events)


# In words.

Slice = collections.namedtuple("Slice", "track name begin end path")  # path: the names of those around it, and its own


def slices_of(events):
    """All slices, in the order in which they begin."""
    opened, found = collections.defaultdict(list), []
    for event in events:
        if event.kind == "begin":
            path = (*(found[index].name for index in opened[event.track]), event.name)
            opened[event.track].append(len(found))
            found.append(Slice(event.track, event.name, event.time, None, path))
        elif event.kind == "end":
            index = opened[event.track].pop()
            found[index] = found[index]._replace(end=event.time)
    return found


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:9.3f} ms"


def inside(piece, frame):
    """How much of a slice lies in a frame."""
    return min(piece.end, frame.end) - max(piece.begin, frame.begin)


def print_threads(tracks, slices, frame):
    """Prints what ran on the threads, one inside the other, what is at the same place together."""
    print("What the threads did for a twentieth of it or more:")
    total, count = collections.Counter(), collections.Counter()
    for piece in slices:
        if tracks[piece.track].kind == "thread" and inside(piece, frame) > 0:
            total[piece.track, piece.path] += inside(piece, frame)
            count[piece.track, piece.path] += 1
    for track, path in sorted(total):
        if total[track, path] >= (frame.end - frame.begin) / 20:
            times = f" ({count[track, path]} times)" if count[track, path] > 1 else ""
            print(f"  {milliseconds(total[track, path])}  {tracks[track].name}: {'  ' * (len(path) - 1)}{path[-1]}{times}")


def print_longest(title, tracks, slices, frame, wanted):
    """Prints the lanes with the longest slices that are wanted, by the lanes' names."""
    longest = collections.Counter()
    for piece in slices:
        if piece.begin < frame.end and piece.end > frame.begin and wanted(piece):
            name = tracks[piece.track].name
            longest[name] = max(longest[name], piece.end - piece.begin)
    if longest:
        print(title)
    for name, duration in longest.most_common(5):
        print(f"  {milliseconds(duration)}  {name}")


def describe(tracks, events, number):
    slices = slices_of(events)
    frames = [piece for piece in slices if piece.name == "frame" and tracks[piece.track].name == "frames"]
    frames = frames[:-1]  # the last one has not ended, or has only begun when the trace was saved
    if not frames:
        return "the trace has no frames (tl_trace_frame)"
    if number is not None and not 1 <= number <= len(frames):
        return f"there are frames 1 to {len(frames)}"
    durations = sorted(frame.end - frame.begin for frame in frames)
    print(f"{len(frames)} frames, the middle one of {milliseconds(durations[len(durations) // 2]).strip()}")
    if number is None:
        number = 1 + max(range(len(frames)), key=lambda index: frames[index].end - frames[index].begin)
    frame = frames[number - 1]
    print(f"Frame {number}: {milliseconds(frame.end - frame.begin).strip()}")
    print_threads(tracks, slices, frame)
    print_longest("Longest turns of scripts:", tracks, slices, frame,
                  lambda piece: piece.name == "runs" and group_of(tracks, piece.track) == "scripts")
    print_longest("Longest times from ready to running:", tracks, slices, frame, lambda piece: piece.name == "ready")
    return None


def main():
    parser = argparse.ArgumentParser(description="Says what a trace shows of its slowest frame.")
    parser.add_argument("file")
    parser.add_argument("--frame", type=int, help="another frame, counted from 1")
    arguments = parser.parse_args()
    try:
        return describe(*read(arguments.file), arguments.frame)
    except OSError as error:
        return f"{arguments.file}: {error.strerror}"
    except (BadTrace, ValueError, LookupError, TypeError, AttributeError) as error:
        return f"{arguments.file}: it is no trace of Telar's, or a damaged one: {error}"


if __name__ == "__main__":
    sys.exit(main())
