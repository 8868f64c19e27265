// SPDX-License-Identifier: MIT
/// Tables from which debuggers and other tools learn how the library's structures are laid out in this very build, also
/// where it has no debug information: the compiler writes each offset, so none can be out of date. Tools read these
/// tables and what they lead to, and nothing else (tools/debug, docs/debugging.md).
///
/// The fibers' table is found by its symbol, or by its section, which stripping keeps; it leads to all others.
///
/// An entry is one of these, by its name:
///   "tl_fiber.name"   the offset of a field; "sizeof tl_fiber", a size
///   "&tl__roots"      the address of a variable or function
///   "TL__DENSE"       a constant
///   "status:ready"    the value of an enumeration, and the text to print for it
///   "frame.rip"       where a suspended context keeps a register: the offset from its saved stack pointer. "frame" is
///                     the size of all that: the stack pointer once the context runs again, less the saved one
///   "context.rip"     the same with ucontext, where registers lie in the tl__context
#ifndef TELAR_BASE_DEBUG_TABLE_H
#define TELAR_BASE_DEBUG_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"

/// To be raised where a tool that knows only the entries of before would misread the tables.
enum { TL__DEBUG_VERSION = 1 };

typedef struct tl__debug_entry {
    char name[56];
    uint64_t value;
} tl__debug_entry;

typedef struct tl__debug_layout {
    char cookie[8]; ///< "telardbg", not terminated
    uint32_t version;
    uint32_t count;      ///< of entries
    uint64_t entry_size; ///< of one, in bytes
    const tl__debug_entry *entries;
} tl__debug_layout;

/// The tables there may be: one for each part of the libraries that a program uses.
typedef enum tl__debug_part { TL__DEBUG_FIBERS, TL__DEBUG_JOBS, TL__DEBUG_WORLDS, TL__DEBUG_PARTS } tl__debug_part;

extern TL_API const tl__debug_layout *tl__debug_tables[TL__DEBUG_PARTS];

/// Lets tools find a table. Any number of calls, on any threads.
TL_API void tl__debug_publish(tl__debug_part part, const tl__debug_layout *layout);

#define TL__DEBUG_ENTRY(name, value)                                                                                   \
    {                                                                                                                  \
        name, value                                                                                                    \
    }
#define TL__DEBUG_FIELD(type, field) TL__DEBUG_ENTRY(#type "." #field, offsetof(type, field))
#define TL__DEBUG_SIZE(type) TL__DEBUG_ENTRY("sizeof " #type, sizeof(type))
#define TL__DEBUG_ADDRESS(name) TL__DEBUG_ENTRY("&" #name, (uintptr_t) & (name))
#define TL__DEBUG_CONSTANT(name) TL__DEBUG_ENTRY(#name, (uint64_t)(name))
#define TL__DEBUG_TEXT(of, text, value) TL__DEBUG_ENTRY(#of ":" text, (uint64_t)(value))

#define TL__DEBUG_TABLE(list)                                                                                          \
    {                                                                                                                  \
        {'t', 'e', 'l', 'a', 'r', 'd', 'b', 'g'}, TL__DEBUG_VERSION, sizeof(list) / sizeof *(list), sizeof *(list),    \
            (list)                                                                                                     \
    }

#endif
