// SPDX-License-Identifier: MIT
#include "reports.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "symbols.h"

/// The text of a report, cut off where it does not fit.
typedef struct message {
    char text[8192];
    size_t length;
} message;

TL__PRINTF(2, 3) static void add(message *out, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vsnprintf(out->text + out->length, sizeof out->text - out->length, format, values);
    va_end(values);
    out->length += length > 0 ? (size_t)length : 0;
    if (out->length >= sizeof out->text)
        out->length = sizeof out->text - 1;
}

static void add_script(message *out, const tl__seen_script *script)
{
    add(out, "'%s', running %s()", script->name, script->function);
    if (script->spawned.file != NULL)
        add(out, ", spawned at %s:%d", script->spawned.file, script->spawned.line);
}

static void add_calls(message *out, const tl__sighting *sighting)
{
    int first = sighting->call_count > TL__OWN_CALLS ? TL__OWN_CALLS : 0;
    tl__symbols *symbols = tl__symbols_open();
    for (int i = first; i < sighting->call_count; ++i) {
        char line[512];
        tl__symbols_describe(symbols, sighting->calls[i], i > first, line, sizeof line);
        add(out, "\n    %s", line);
    }
    tl__symbols_close(symbols);
}

static void log_message(tl_log_id id, message *out, const tl__sighting *sighting)
{
    const tl__seen_script *script = &sighting->script;
    add_calls(out, sighting);
    tl__log_news(&(tl_log){.id = id,
                           .text = out->text,
                           .script = script->script != NULL ? script->name : NULL,
                           .file = script->spawned.file,
                           .line = script->spawned.line});
}

void tl__report_stuck(const tl__sighting *sighting, uint32_t milliseconds)
{
    message out = {.length = 0};
    add(&out, "script ");
    add_script(&out, &sighting->script);
    add(&out, "%s, has not waited for %u ms%s", sighting->here ? "" : ", on another thread", milliseconds,
        sighting->ends ? " and will be cancelled at its next wait" : "");
    log_message(TL_LOG_SCRIPT_STUCK, &out, sighting);
}

void tl__report_step(const tl__sighting *sighting, uint32_t milliseconds)
{
    const tl__seen_step *step = &sighting->step;
    message out = {.length = 0};
    add(&out, "%sstep %" PRId64 " has lasted for %u ms and has run %" PRIu64 " resumes; most (%" PRIu64 ") by ",
        step->is_frame_end ? "the end of the frame after " : "", step->number, milliseconds, step->resumes,
        step->most_resumes);
    if (sighting->script.script != NULL)
        add_script(&out, &sighting->script);
    else
        add(&out, "a script that has ended, %s()", sighting->script.function);
    if (sighting->ends)
        add(&out, ", which will be cancelled at its next wait");
    log_message(TL_LOG_STEP_LONG, &out, sighting);
}
