// SPDX-License-Identifier: MIT
#include "fiber/dump_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "os/allocator.h"

/// Makes room for more text and the zero at its end.
static bool reserve(tl__dump_text *to, size_t more)
{
    if (to->failed)
        return false;
    size_t capacity = to->capacity == 0 ? 1024 : to->capacity;
    while (capacity < to->length + more + 1)
        capacity *= 2;
    if (capacity != to->capacity) {
        if (!TL__GROW(to->text, to->capacity, capacity)) {
            to->failed = true;
            return false;
        }
        to->capacity = capacity;
    }
    return true;
}

static void print_list(tl__dump_text *to, const char *format, va_list values)
{
    enum { USUAL_LENGTH = 48 };
    va_list again;
    if (!reserve(to, USUAL_LENGTH))
        return;
    size_t had = to->capacity - to->length;
    va_copy(again, values);
    int length = vsnprintf(to->text + to->length, had, format, again);
    va_end(again);
    if (length > 0 && reserve(to, (size_t)length)) { // again, if it was cut off
        if ((size_t)length >= had)
            vsnprintf(to->text + to->length, (size_t)length + 1, format, values);
        to->length += (size_t)length;
    }
}

void tl__dump_print(tl__dump_text *to, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    print_list(to, format, values);
    va_end(values);
}

bool tl__dump_append(tl__dump_text *to, const char *bytes, size_t size)
{
    if (!reserve(to, size))
        return false;
    memcpy(to->text + to->length, bytes, size);
    to->length += size;
    to->text[to->length] = '\0';
    return true;
}

static void begin_member(tl__dump_text *to, const char *name)
{
    if (to->length > 0 && strchr("{[", to->text[to->length - 1]) == NULL)
        tl__dump_append(to, ",", 1);
    if (name != NULL) {
        tl__dump_append(to, "\"", 1);
        tl__dump_append(to, name, strlen(name));
        tl__dump_append(to, "\":", 2);
    }
}

void tl__dump_json(tl__dump_text *to, const char *name, const char *format, ...)
{
    va_list values;
    begin_member(to, name);
    va_start(values, format);
    print_list(to, format, values);
    va_end(values);
}

void tl__dump_json_fixed(tl__dump_text *to, const char *name, double value, int decimals)
{
    const double most = 1e15; // its decimals would be noise
    if (!(value >= -most && value <= most)) {
        tl__dump_json(to, name, "null");
        return;
    }
    long long unit = 1;
    for (int i = 0; i < decimals; ++i)
        unit *= 10;
    double whole = (double)(long long)value;
    long long rest = (long long)((value - whole) * (double)unit + (value < 0 ? -0.5 : 0.5));
    long long carried = (long long)value + rest / unit;
    const char *sign = value < 0 && (carried != 0 || rest != 0) ? "-" : "";
    tl__dump_json(to, name, "%s%lld", sign, carried < 0 ? -carried : carried);
    rest %= unit;
    if (decimals > 0)
        tl__dump_print(to, ".%0*lld", decimals, rest < 0 ? -rest : rest);
}

void tl__dump_json_string(tl__dump_text *to, const char *name, const char *string)
{
    if (string == NULL)
        return;
    begin_member(to, name);
    tl__dump_append(to, "\"", 1);
    for (const char *at = string; *at != '\0';) {
        size_t plain = 0, character;
        while (at[plain] != '"' && at[plain] != '\\' && (unsigned char)at[plain] >= ' ' &&
               (character = tl__utf8_character(at + plain, 4)) > 0)
            plain += character;
        tl__dump_append(to, at, plain);
        at += plain;
        if (*at == '"' || *at == '\\')
            tl__dump_print(to, "\\%c", *at++);
        else if ((unsigned char)*at >= ' ') // no character
            tl__dump_append(to, "?", 1), ++at;
        else if (*at != '\0')
            tl__dump_print(to, "\\u%04x", (unsigned)*at++);
    }
    tl__dump_append(to, "\"", 1);
}

void tl__dump_text_free(tl__dump_text *text)
{
    tl__free(text->text, text->capacity);
    *text = (tl__dump_text){0};
}
