// SPDX-License-Identifier: MIT
// Chrome's format: a JSON object with an array of events ("Trace Event Format", Google, 2016). What it calls a process
// is a group of tracks here, and what it calls a thread is a track.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "telar/api.h"
#include "trace/writer.h"

/// Room for any event: a name in JSON takes up to six bytes for each of its own.
enum { MOST_OF_EVENT = 6 * TL__TRACE_LABEL_SIZE + 256 };

static void TL__PRINTF(2, 3) print(tl__trace_writer *writer, const char *format, ...)
{
    char text[MOST_OF_EVENT];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    tl__trace_output_add(&writer->output, text, (size_t)length);
}

/// A text in JSON.
typedef struct quoted {
    char text[6 * TL__TRACE_LABEL_SIZE];
} quoted;

static quoted quote(const char *text)
{
    quoted made;
    char *to = made.text;
    for (; *text != '\0' && to < made.text + sizeof made.text - 7; ++text) {
        if ((unsigned char)*text < ' ') {
            to += snprintf(to, 7, "\\u%04x", (unsigned char)*text);
            continue;
        }
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text;
    }
    *to = '\0';
    tl__utf8_mend(made.text, (size_t)(to - made.text));
    return made;
}

/// Begins an event with what all have.
static void begin_event(tl__trace_writer *writer, char phase, uint32_t track, int64_t time)
{
    print(writer, "%s\n{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"ts\":%lld.%03d", writer->has_begun ? "," : "", phase,
          track % TL__TRACK_GROUPS, track, (long long)(time / 1000), (int)(time % 1000));
    writer->has_begun = true;
}

static void print_label(tl__trace_writer *writer, tl__trace_label label)
{
    char text[TL__TRACE_LABEL_SIZE];
    tl__trace_label_text(label, text);
    print(writer, ",\"name\":\"%s\"", quote(text).text);
}

static void end_event(tl__trace_writer *writer)
{
    print(writer, "}");
}

static void chrome_flow(tl__trace_writer *writer, char phase, uint32_t track, int64_t time, uint64_t flow)
{
    begin_event(writer, phase, track, time);
    print(writer, ",\"cat\":\"wake\",\"name\":\"wakes\",\"id\":%llu%s}", (unsigned long long)flow,
          phase == 'f' ? ",\"bp\":\"e\"" : "");
}

static void chrome_slice(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow)
{
    begin_event(writer, 'B', track, time);
    print_label(writer, label);
    end_event(writer);
    if (flow != 0)
        chrome_flow(writer, 'f', track, time, flow);
}

static void chrome_slice_end(tl__trace_writer *writer, uint32_t track, int64_t time)
{
    begin_event(writer, 'E', track, time);
    end_event(writer);
}

static void chrome_mark(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow)
{
    begin_event(writer, 'i', track, time);
    print_label(writer, label);
    print(writer, ",\"s\":\"t\"}");
    if (flow != 0)
        chrome_flow(writer, 's', track, time, flow);
}

static void chrome_track(tl__trace_writer *writer, uint32_t track, uint32_t parent, tl__track_kind kind,
                         const char *name)
{
    (void)parent;
    if (kind == TL__TRACK_COUNTER)
        return; // each value has the name
    begin_event(writer, 'M', track, 0);
    print(writer, ",\"name\":\"%s_name\",\"args\":{\"name\":\"%s\"}}", kind == TL__TRACK_GROUP ? "process" : "thread",
          quote(name).text);
}

static void chrome_value(tl__trace_writer *writer, uint32_t track, int64_t time, const char *name, double value)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.17g", value);
    for (char *at = digits; *at != '\0'; ++at) // the program's locale may have another decimal point
        if (strchr("0123456789+-e", *at) == NULL)
            *at = '.';
    begin_event(writer, 'C', track, time);
    print(writer, ",\"name\":\"%s\",\"args\":{\"value\":%s}}", quote(name).text, digits);
}

static void begin_object(tl__trace_writer *writer)
{
    print(writer, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
}

static void end_object(tl__trace_writer *writer)
{
    print(writer, "\n]}\n");
}

const tl__trace_writing tl__trace_chrome = {begin_object,     end_object,  chrome_track, chrome_slice,
                                            chrome_slice_end, chrome_mark, chrome_value};
