// SPDX-License-Identifier: MIT
// Dumps that are asked for at one moment and written at another.
#include <stdatomic.h>

#include "base/misuse.h"
#include "fiber/dump.h"
#include "os/signal_ask.h"
#include "telar/dump.h"

// Both are relaxed, since they publish no data.
static atomic_bool is_asked;
static _Atomic uint32_t requests; ///< made so far

void tl_dump_ask(void)
{
    atomic_fetch_add_explicit(&requests, 1, memory_order_relaxed);
    atomic_store_explicit(&is_asked, true, memory_order_relaxed);
}

uint32_t tl__dump_request(void)
{
    bool asked = atomic_load_explicit(&is_asked, memory_order_relaxed);
    return asked ? atomic_load_explicit(&requests, memory_order_relaxed) : 0;
}

bool tl_dump_if_asked(const tl_dump_desc *desc)
{
    if (!atomic_load_explicit(&is_asked, memory_order_relaxed))
        return false;
    // Before the dump, so that a request that comes while it is being written leads to another one.
    if (!atomic_exchange_explicit(&is_asked, false, memory_order_relaxed)) // another thread writes it
        return false;
    bool is_written = tl_dump(desc) == TL_OK;
    if (!is_written) // no memory now
        atomic_store_explicit(&is_asked, true, memory_order_relaxed);
    return is_written;
}

static void ask(int number)
{
    (void)number;
    tl_dump_ask();
}

tl_result tl_dump_on_signal(int number)
{
    if (number <= 0 || tl__is_fault(number))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    return tl__signal_ask(number, ask) ? TL_OK : TL_ERROR_SYSTEM;
}
