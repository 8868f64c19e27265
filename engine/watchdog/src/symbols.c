// SPDX-License-Identifier: MIT
// Finds symbols with elfutils' libdw, which also knows static functions, and lines if there is debug information.
#include "symbols.h"

#include <elfutils/libdwfl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct tl__symbols; // never defined: a tl__symbols * is a Dwfl *

/// Finds no separate debug information, so that libdw neither searches folders nor asks servers.
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                             const char *link, GElf_Word checksum, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)checksum, (void)found;
    return -1;
}

tl__symbols *tl__symbols_open(void)
{
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = find_no_debuginfo};
    Dwfl *opened = dwfl_begin(&callbacks);
    if (opened == NULL)
        return NULL;
    dwfl_report_begin(opened);
    bool reported = dwfl_linux_proc_report(opened, getpid()) == 0;
    if (dwfl_report_end(opened, NULL, NULL) != 0 || !reported) {
        dwfl_end(opened);
        return NULL;
    }
    return (tl__symbols *)opened;
}

void tl__symbols_close(tl__symbols *symbols)
{
    if (symbols != NULL)
        dwfl_end((Dwfl *)symbols);
}

/// Finds the line of an address in each unit of a module that has it, one after the other: clang writes no table that
/// leads from addresses to units, without which libdw finds none itself.
static const char *find_line(Dwfl_Module *module, Dwarf_Addr at, int *line)
{
    Dwarf_Addr bias = 0;
    for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(module, unit, &bias)) != NULL;) {
        Dwarf_Line *found = dwarf_haspc(unit, at - bias) == 1 ? dwarf_getsrc_die(unit, at - bias) : NULL;
        if (found != NULL && dwarf_lineno(found, line) == 0)
            return dwarf_linesrc(found, NULL, NULL);
    }
    return NULL;
}

void tl__symbols_describe(tl__symbols *symbols, const void *address, bool is_return, char *text, size_t size)
{
    // If a call is the last instruction of its function, its return address lies past the end of the function.
    Dwarf_Addr at = (Dwarf_Addr)(uintptr_t)address - is_return;
    Dwfl_Module *module = symbols != NULL ? dwfl_addrmodule((Dwfl *)symbols, at) : NULL;
    const char *name = module != NULL ? dwfl_module_addrname(module, at) : NULL;
    Dwfl_Line *place = module != NULL ? dwfl_module_getsrc(module, at) : NULL;
    int line = 0;
    const char *file = place != NULL ? dwfl_lineinfo(place, NULL, &line, NULL, NULL, NULL) : NULL;
    if (file == NULL && module != NULL)
        file = find_line(module, at, &line);
    if (file != NULL)
        snprintf(text, size, "%s() at %s:%d", name != NULL ? name : "?", file, line);
    else if (name != NULL)
        snprintf(text, size, "%s()", name);
    else
        snprintf(text, size, "%p", address);
}
