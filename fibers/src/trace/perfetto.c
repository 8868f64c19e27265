// SPDX-License-Identifier: MIT
// Perfetto's format: a sequence of packets, each a protocol buffer. The numbers of the fields are those of
// protos/perfetto/trace/ in github.com/google/perfetto: trace.proto, trace_packet.proto,
// interned_data/interned_data.proto and track_event/*.proto.
#include <string.h>

#include "base/utf8.h"
#include "trace/writer.h"

enum { PROTO_PACKET = 1 };
enum { // of a packet
    PROTO_TIMESTAMP = 8,
    PROTO_SEQUENCE = 10,
    PROTO_TRACK_EVENT = 11,
    PROTO_INTERNED_DATA = 12,
    PROTO_SEQUENCE_FLAGS = 13,
    PROTO_TRACK_DESCRIPTOR = 60
};
enum { PROTO_EVENT_NAMES = 2, PROTO_NAME_IID = 1, PROTO_NAME_TEXT = 2 }; // of interned data
enum {
    PROTO_UUID = 1,
    PROTO_TRACK_NAME = 2,
    PROTO_PROCESS = 3,
    PROTO_THREAD = 4,
    PROTO_PARENT = 5,
    PROTO_COUNTER = 8
}; // of a track descriptor
enum { PROTO_PROCESS_ID = 1, PROTO_PROCESS_NAME = 6 };
enum { PROTO_THREAD_PROCESS_ID = 1, PROTO_THREAD_ID = 2, PROTO_THREAD_NAME = 5 };
enum { // of a track event
    PROTO_TYPE = 9,
    PROTO_EVENT_NAME_IID = 10,
    PROTO_TRACK_UUID = 11,
    PROTO_EVENT_NAME = 23,
    PROTO_VALUE = 44,
    PROTO_FLOW = 47,
    PROTO_TERMINATING_FLOW = 48
};
enum { PROTO_SLICE_BEGIN = 1, PROTO_SLICE_END, PROTO_INSTANT, PROTO_VALUE_EVENT };
enum { PROTO_CLEARS_STATE = 1, PROTO_NEEDS_STATE = 2 }; // sequence flags

enum { PROTO_VARINT, PROTO_FIXED64, PROTO_BYTES }; // wire types

/// A message that is being put together. None is longer than two names and some numbers.
typedef struct proto {
    size_t size;
    unsigned char bytes[512];
} proto;

static void add_varint(proto *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        to->bytes[to->size++] = (unsigned char)(value | 0x80);
    to->bytes[to->size++] = (unsigned char)value;
}

static void add_key(proto *to, unsigned field, unsigned wire_type)
{
    add_varint(to, field << 3 | wire_type);
}

static void add_number(proto *to, unsigned field, uint64_t value)
{
    add_key(to, field, PROTO_VARINT);
    add_varint(to, value);
}

static void add_fixed(proto *to, unsigned field, uint64_t value)
{
    add_key(to, field, PROTO_FIXED64);
    for (int i = 0; i < 8; ++i)
        to->bytes[to->size++] = (unsigned char)(value >> 8 * i);
}

static void add_bytes(proto *to, unsigned field, const void *bytes, size_t size)
{
    add_key(to, field, PROTO_BYTES);
    add_varint(to, size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_text(proto *to, unsigned field, const char *text)
{
    size_t size = strlen(text);
    add_bytes(to, field, text, size);
    tl__utf8_mend((char *)to->bytes + to->size - size, size);
}

static void add_part(proto *to, unsigned field, const proto *part)
{
    add_bytes(to, field, part->bytes, part->size);
}

/// Completes a packet and writes it.
static void write_packet(tl__trace_writer *writer, proto *packet)
{
    add_number(packet, PROTO_SEQUENCE, 1);
    add_number(packet, PROTO_SEQUENCE_FLAGS, writer->has_begun ? PROTO_NEEDS_STATE : PROTO_CLEARS_STATE);
    writer->has_begun = true;
    proto head = {0};
    add_key(&head, PROTO_PACKET, PROTO_BYTES);
    add_varint(&head, packet->size);
    tl__trace_output_add(&writer->output, head.bytes, head.size);
    tl__trace_output_add(&writer->output, packet->bytes, packet->size);
}

/// Puts a label into an event: a name by its number, which the packet tells when it is new.
static void add_label(tl__trace_writer *writer, proto *event, proto *packet, tl__trace_label label)
{
    if (label.object != TL__TRACE_NO_NAME) {
        char text[TL__TRACE_LABEL_SIZE];
        tl__trace_label_text(label, text);
        add_text(event, PROTO_EVENT_NAME, text);
        return;
    }
    add_number(event, PROTO_EVENT_NAME_IID, label.name + 1);
    uint8_t *known = &writer->known_names[label.name / 8], bit = (uint8_t)(1u << label.name % 8);
    if ((*known & bit) != 0)
        return;
    *known |= bit;
    proto name = {0}, names = {0};
    add_number(&name, PROTO_NAME_IID, label.name + 1);
    add_text(&name, PROTO_NAME_TEXT, tl__trace_name(label.name));
    add_part(&names, PROTO_EVENT_NAMES, &name);
    add_part(packet, PROTO_INTERNED_DATA, &names);
}

static proto event_of(int type, uint32_t track)
{
    proto event = {0};
    add_number(&event, PROTO_TYPE, (uint64_t)type);
    add_number(&event, PROTO_TRACK_UUID, track);
    return event;
}

static void write_event(tl__trace_writer *writer, proto *packet, const proto *event, int64_t time)
{
    add_number(packet, PROTO_TIMESTAMP, (uint64_t)time);
    add_part(packet, PROTO_TRACK_EVENT, event);
    write_packet(writer, packet);
}

/// @param flow_field  of `flow`, which is not written if it is 0
static void write_labelled(tl__trace_writer *writer, proto event, int64_t time, tl__trace_label label,
                           unsigned flow_field, uint64_t flow)
{
    proto packet = {0};
    add_label(writer, &event, &packet, label);
    if (flow != 0)
        add_fixed(&event, flow_field, flow);
    write_event(writer, &packet, &event, time);
}

static void perfetto_slice(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow)
{
    write_labelled(writer, event_of(PROTO_SLICE_BEGIN, track), time, label, PROTO_TERMINATING_FLOW, flow);
}

static void perfetto_slice_end(tl__trace_writer *writer, uint32_t track, int64_t time)
{
    proto packet = {0}, event = event_of(PROTO_SLICE_END, track);
    write_event(writer, &packet, &event, time);
}

static void perfetto_mark(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow)
{
    write_labelled(writer, event_of(PROTO_INSTANT, track), time, label, PROTO_FLOW, flow);
}

static void perfetto_value(tl__trace_writer *writer, uint32_t track, int64_t time, const char *name, double value)
{
    (void)name;
    proto packet = {0}, event = event_of(PROTO_VALUE_EVENT, track);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_fixed(&event, PROTO_VALUE, bits);
    write_event(writer, &packet, &event, time);
}

static void add_process(proto *track, const char *name)
{
    proto process = {0};
    add_number(&process, PROTO_PROCESS_ID, 1);
    add_text(&process, PROTO_PROCESS_NAME, name);
    add_part(track, PROTO_PROCESS, &process);
}

static void add_thread(proto *track, uint32_t id, const char *name)
{
    proto thread = {0};
    add_number(&thread, PROTO_THREAD_PROCESS_ID, 1);
    add_number(&thread, PROTO_THREAD_ID, id);
    add_text(&thread, PROTO_THREAD_NAME, name);
    add_part(track, PROTO_THREAD, &thread);
}

static void perfetto_track(tl__trace_writer *writer, uint32_t track, uint32_t parent, tl__track_kind kind,
                           const char *name)
{
    proto packet = {0}, described = {0}, nothing = {0};
    add_number(&described, PROTO_UUID, track);
    if (track == TL__GROUP_PROCESS)
        add_process(&described, name);
    else if (kind == TL__TRACK_THREAD)
        add_thread(&described, track, name);
    else
        add_text(&described, PROTO_TRACK_NAME, name);
    if (parent != 0)
        add_number(&described, PROTO_PARENT, parent);
    if (kind == TL__TRACK_COUNTER)
        add_part(&described, PROTO_COUNTER, &nothing);
    add_part(&packet, PROTO_TRACK_DESCRIPTOR, &described);
    write_packet(writer, &packet);
}

static void do_nothing(tl__trace_writer *writer)
{
    (void)writer;
}

const tl__trace_writing tl__trace_perfetto = {do_nothing,         do_nothing,    perfetto_track, perfetto_slice,
                                              perfetto_slice_end, perfetto_mark, perfetto_value};
