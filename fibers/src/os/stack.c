// SPDX-License-Identifier: MIT
#include "os/stack.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/sanitizers.h"
#include "os/memory.h"

/// Returns the first non-zero byte in [from, to), or `to`. Reads memory of live and of dead frames, on purpose.
TL__NO_SANITIZE static const char *first_used_byte(const char *from, const char *to)
{
    while (from < to && *(const volatile char *)from == 0)
        ++from;
    return from;
}

/// Returns the first non-zero word in [from, to), or `to`. The range is aligned to eight bytes and a multiple of them
/// long.
TL__NO_SANITIZE static const char *first_used_word(const char *from, const char *to)
{
    const volatile uint64_t *word = (const volatile uint64_t *)from;
    while ((const char *)word < to && *word == 0)
        ++word;
    return (const char *)word;
}

static const char *first_used_in_page(const char *from, const char *to)
{
#ifdef TELAR_VALGRIND
    VALGRIND_DISABLE_ERROR_REPORTING;
#endif
    const char *word = (const char *)(((uintptr_t)from + 7) & ~(uintptr_t)7);
    const char *used = first_used_byte(from, word < to ? word : to);
    if (used == word)
        used = first_used_word(word, (const char *)((uintptr_t)to & ~(uintptr_t)7));
    used = first_used_byte(used, to);
#ifdef TELAR_VALGRIND
    VALGRIND_ENABLE_ERROR_REPORTING;
    const char *volatile found = used; // depends on bytes that Valgrind takes for undefined, on purpose
    (void)VALGRIND_MAKE_MEM_DEFINED(&found, sizeof found);
    used = found;
#endif
    return used;
}

/// A cache of which pages of a range are resident, so that the system is queried for many pages at a time.
typedef struct residency {
    char *first, *end; ///< the addresses that `pages` covers
    size_t page;
    unsigned char pages[512];
} residency;

/// Returns 1 if the page at `at` is resident, 0 if not, -1 if the system does not report it. Queries no page beyond
/// `end`.
static int is_resident(residency *known, char *at, const char *end)
{
    if (at < known->first || at >= known->end) {
        size_t most = sizeof known->pages * known->page, left = (size_t)(end - at);
        size_t size = left < most ? left : most;
        if (!tl__memory_is_resident(at, size, known->pages))
            return -1;
        known->first = at;
        known->end = at + size;
    }
    return known->pages[(size_t)(at - known->first) / known->page] & 1;
}

static residency ask_nothing_yet(void)
{
    residency known;
    known.first = known.end = NULL;
    known.page = tl__page_size();
    return known;
}

static char *page_of(const char *address, const residency *known)
{
    return (char *)((uintptr_t)address & ~(uintptr_t)(known->page - 1));
}

tl_result tl__stack_high_water(const void *low, size_t size, size_t *bytes)
{
    const char *from = low, *end = from + size;
    residency known = ask_nothing_yet();
    // Pages that were never touched are skipped without reading them: reading would map them.
    while (from < end) {
        char *page_start = page_of(from, &known);
        const char *page_end = page_start + known.page < end ? page_start + known.page : end;
        int resident = is_resident(&known, page_start, end);
        if (resident < 0)
            return TL_ERROR_SYSTEM;
        const char *used = resident > 0 ? first_used_in_page(from, page_end) : page_end;
        from = used;
        if (used < page_end)
            break;
    }
    *bytes = (size_t)(end - from);
    return TL_OK;
}

const char *tl__stack_lowest_page(const void *low, size_t size)
{
    const char *from = low, *end = from + size;
    residency known = ask_nothing_yet();
    for (char *at = page_of(from, &known); at < end; at += known.page)
        if (is_resident(&known, at, end) != 0)
            return at > from ? at : from;
    return end;
}
