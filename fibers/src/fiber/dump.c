// SPDX-License-Identifier: MIT
// A dump is made in two parts: first all fibers are collected, under the lock of the lists, as lines of text and the
// addresses of their calls, equal ones once; then the addresses get names, and all is written.
#include "fiber/dump.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/misuse.h"
#include "base/utf8.h"
#include "fiber/callback.h"
#include "fiber/dump_text.h"
#include "fiber/info.h"
#include "fiber/pool.h"
#include "os/allocator.h"
#include "os/module.h"

enum { SHOWN_OF_EQUALS = 10, NO_ITEM = -1 };

/// Calls that one or more fibers are in.
typedef struct call_list {
    const void **calls;
    size_t count;
    bool is_interrupted; ///< as in tl__dump_item
    uint64_t hash;
    uint32_t items;            ///< fibers that are in them
    int64_t first, last;       ///< the first and the last of these, by their numbers
    int64_t next_of_same_slot; ///< in the hash table
} call_list;

/// A fiber's line: a part of the dump's text.
typedef struct dump_line {
    size_t start, length;
    uint32_t stack;
    int64_t next; ///< the next with the same stack
} dump_line;

struct tl__dump {
    bool json;
    tl__dump_text text; ///< of all lines
    dump_line *lines;
    size_t line_count, line_capacity;
    call_list *stacks;
    size_t stack_count, stack_capacity;
    int64_t table[4096]; ///< of stacks, by their hash
    bool failed;
};

static _Atomic(const tl_symbolizer *) symbolizer;
static void (*_Atomic adders[TL__DUMP_PARTS])(tl__dump *dump);

void tl_set_symbolizer(const tl_symbolizer *to)
{
    if (to != NULL && (to->open == NULL || to->close == NULL || to->describe == NULL)) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return;
    }
    atomic_store(&symbolizer, to);
}

void tl__dump_with(tl__dump_part part, void (*add_all)(tl__dump *dump))
{
    atomic_store(&adders[part], add_all);
}

// Collecting.

static uint64_t hash_of(const void *const *calls, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325u; // FNV-1a, by words
    for (size_t i = 0; i < count; ++i)
        hash = (hash ^ (uintptr_t)calls[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static bool has_calls_of(const call_list *list, const tl__dump_item *item)
{
    return list->count == item->count && list->is_interrupted == item->is_interrupted &&
           (item->count == 0 || memcmp(list->calls, item->calls, item->count * sizeof *item->calls) == 0);
}

/// Returns the number of a stack with an item's calls, which is added if there is none; NO_ITEM without memory for it.
static int64_t find_stack(tl__dump *dump, const tl__dump_item *item)
{
    size_t count = item->count;
    uint64_t hash = hash_of(item->calls, count);
    int64_t *slot = &dump->table[hash % (sizeof dump->table / sizeof *dump->table)];
    for (int64_t at = *slot; at != NO_ITEM; at = dump->stacks[at].next_of_same_slot) {
        if (dump->stacks[at].hash == hash && has_calls_of(&dump->stacks[at], item))
            return at;
    }
    if (dump->stack_count == dump->stack_capacity) {
        size_t capacity = dump->stack_capacity == 0 ? 64 : 2 * dump->stack_capacity;
        if (!TL__GROW(dump->stacks, dump->stack_capacity, capacity))
            return NO_ITEM;
        dump->stack_capacity = capacity;
    }
    const void **copy = tl__allocate((count + 1) * sizeof *copy); // of no calls, too, not null
    if (copy == NULL)
        return NO_ITEM;
    if (count > 0)
        memcpy(copy, item->calls, count * sizeof *copy);
    dump->stacks[dump->stack_count] = (call_list){.calls = copy,
                                                  .count = count,
                                                  .is_interrupted = item->is_interrupted,
                                                  .hash = hash,
                                                  .first = NO_ITEM,
                                                  .last = NO_ITEM,
                                                  .next_of_same_slot = *slot};
    *slot = (int64_t)dump->stack_count;
    return (int64_t)dump->stack_count++;
}

static void print_text(tl__dump_text *to, const tl__dump_item *item)
{
    const tl_fiber_entry *entry = item->entry;
    tl__dump_print(to, "%s ", item->kind);
    if (item->id.index != 0)
        tl__dump_print(to, "%u.%u ", item->id.index, item->id.generation);
    tl__dump_print(to, "\"%s\" [%s", item->name, item->wait != NULL ? item->wait : item->state);
    if (item->wait != NULL && item->wait_name != NULL)
        tl__dump_print(to, " \"%s\"", item->wait_name);
    if (item->wait != NULL && item->seconds >= 0)
        tl__dump_print(to, ", %.2f s", item->seconds);
    tl__dump_print(to, "]%s", item->is_cancelled ? ", cancelled" : "");
    if (item->used > 0)
        tl__dump_print(to, " %zu of %u bytes", item->used, item->stack_size);
    if (item->spawned_file != NULL)
        tl__dump_print(to, ", spawned at %s:%d", item->spawned_file, item->spawned_line);
    else if (entry != NULL && entry->file != NULL)
        tl__dump_print(to, ", %s at %s:%d", tl__entry_name(entry), entry->file, entry->line);
    if (item->parent.index != 0)
        tl__dump_print(to, " by %u.%u", item->parent.index, item->parent.generation);
    tl__dump_print(to, "\n");
}

static void print_id_json(tl__dump_text *to, const char *member, tl__dump_id id)
{
    if (id.index != 0)
        tl__dump_json(to, member, "\"%u.%u\"", id.index, id.generation);
}

static void print_fiber_json(tl__dump_text *to, const tl__dump_item *item)
{
    if (item->stack_size != 0) {
        tl__dump_json(to, "stack_used", "%zu", item->used);
        tl__dump_json(to, "stack_size", "%u", item->stack_size);
    }
    tl__dump_json_string(to, "function", tl__entry_name(item->entry));
    tl__dump_json_string(to, "file", item->entry->file);
    tl__dump_json(to, "line", "%d", item->entry->line);
}

static void print_json(tl__dump_text *to, const tl__dump_item *item, int64_t stack_number)
{
    tl__dump_print(to, "{");
    tl__dump_json_string(to, "kind", item->kind);
    print_id_json(to, "id", item->id);
    tl__dump_json_string(to, "name", item->name);
    tl__dump_json_string(to, "state", item->state);
    tl__dump_json_string(to, "waits_for", item->wait);
    tl__dump_json_string(to, "named", item->wait != NULL ? item->wait_name : NULL);
    if (item->wait != NULL && item->seconds >= 0)
        tl__dump_json_fixed(to, "seconds", item->seconds, 6);
    if (item->age >= 0)
        tl__dump_json_fixed(to, "age", item->age, 6);
    if (item->is_cancelled)
        tl__dump_json(to, "cancelled", "true");
    if (item->entry != NULL)
        print_fiber_json(to, item);
    tl__dump_json_string(to, "spawned_file", item->spawned_file);
    if (item->spawned_file != NULL)
        tl__dump_json(to, "spawned_line", "%d", item->spawned_line);
    print_id_json(to, "parent", item->parent);
    tl__dump_json(to, "stack", "%lld", (long long)stack_number);
    tl__dump_print(to, "}");
}

void tl__dump_add(tl__dump *dump, const tl__dump_item *item)
{
    int64_t number = dump->failed ? NO_ITEM : find_stack(dump, item);
    if (number != NO_ITEM && dump->line_count == dump->line_capacity) {
        size_t capacity = dump->line_capacity == 0 ? 256 : 2 * dump->line_capacity;
        number = TL__GROW(dump->lines, dump->line_capacity, capacity) ? number : NO_ITEM;
        dump->line_capacity = number != NO_ITEM ? capacity : dump->line_capacity;
    }
    if (number == NO_ITEM) {
        dump->failed = true;
        return;
    }
    size_t start = dump->text.length;
    if (dump->json)
        print_json(&dump->text, item, number);
    else
        print_text(&dump->text, item);
    call_list *of = &dump->stacks[number];
    int64_t self = (int64_t)dump->line_count++;
    dump->lines[self] = (dump_line){start, dump->text.length - start, (uint32_t)number, NO_ITEM};
    if (of->first == NO_ITEM)
        of->first = self;
    else
        dump->lines[of->last].next = self;
    of->last = self;
    ++of->items;
}

void tl__dump_look(tl__dump_item *item, const tl_fiber *fiber, const void **calls)
{
    static const char *const states[] = {"ready", "suspended", "running", "waiting", "done"};
    tl_fiber_status status = tl_fiber_get_status(fiber);
    item->entry = fiber->entry;
    item->stack_size = fiber->stack_size;
    item->state = states[status];
    item->used = tl__fiber_stack_used(fiber);
    item->calls = calls;
    item->count =
        status == TL_FIBER_SUSPENDED || status == TL_FIBER_WAITING ? tl_fiber_calls(fiber, calls, TL__DUMP_CALLS) : 0;
}

static void add_fiber(tl__dump *dump, const tl_fiber *fiber)
{
    const void *calls[TL__DUMP_CALLS];
    if (fiber == NULL || tl__state(fiber) & TL__OWNED) // a job's or script's, which its owner adds
        return;
    tl__dump_item item = {.kind = "fiber", .name = tl_fiber_name(fiber), .seconds = -1, .age = -1};
    tl__dump_look(&item, fiber, calls);
    tl__dump_add(dump, &item);
}

const char *tl__dump_copy(char *to, size_t size, const char *from)
{
    if (from == NULL)
        return NULL;
    size_t length = tl__utf8_fit(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
    return to;
}

/// Copies a path; of a long one, its end, which has the file's name.
static const char *copy_path(char *to, size_t size, const char *from)
{
    size_t length = from != NULL ? strlen(from) : 0, skipped = length >= size ? length - (size - 1) : 0;
    while (skipped > 0 && tl__utf8_is_inside(from[skipped]))
        ++skipped;
    return tl__dump_copy(to, size, from != NULL ? from + skipped : NULL);
}

void tl__dump_keep(tl__dump_note *note)
{
    tl__dump_item *item = &note->item;
    if (item->entry != NULL) {
        note->entry = *item->entry;
        note->entry.name = tl__dump_copy(note->function, sizeof note->function, item->entry->name);
        note->entry.file = copy_path(note->file, sizeof note->file, item->entry->file);
        item->entry = &note->entry;
    }
    item->name = tl__dump_copy(note->name, sizeof note->name, item->name);
    item->wait = tl__dump_copy(note->wait, sizeof note->wait, item->wait);
    item->wait_name = tl__dump_copy(note->wait_name, sizeof note->wait_name, item->wait_name);
    item->spawned_file = copy_path(note->spawned_file, sizeof note->spawned_file, item->spawned_file);
}

static void collect(tl__dump *dump, void *unused)
{
    (void)unused;
    tl__roots_lock();
    for (int part = TL__DUMP_PARTS - 1; part >= 0; --part) {
        void (*add_all)(tl__dump *) = atomic_load(&adders[part]);
        if (add_all != NULL)
            add_all(dump);
    }
    for (tl__root *root = tl__roots[TL__ROOT_POOL]; root != NULL; root = root->next) {
        const tl_pool *pool = TL__OF_ROOT(root, tl_pool, root);
        for (uint32_t i = 0; !tl__pool_has_owner(pool) && i < pool->touched; ++i)
            add_fiber(dump, tl__pool_inhabitant(pool, i));
    }
    for (tl__root *root = tl__roots[TL__ROOT_OWN_FIBER]; root != NULL; root = root->next)
        add_fiber(dump, &TL__OF_ROOT(root, tl__own_fiber, root)->fiber);
    tl__roots_unlock();
}

// Writing.

/// Not on the caller's stack: that of a dense fiber is another one's while a fiber writes.
typedef struct dump_writer {
    tl_dump_desc desc;
    const tl_symbolizer *symbols;
    void *opened;
    tl__dump *dump;
    bool whole; ///< all was written
} dump_writer;

static void write_to_stderr(const char *text, size_t size, void *unused)
{
    (void)unused;
    fwrite(text, 1, size, stderr);
    fflush(stderr); // Windows buffers it when it is no console
}

static void put(const dump_writer *w, const char *text, size_t size)
{
    (w->desc.write != NULL ? w->desc.write : write_to_stderr)(text, size, w->desc.user_data);
}

static void name_call(const dump_writer *w, const call_list *s, size_t index, char *text, size_t size)
{
    bool is_return = index > 0 || !s->is_interrupted;
    if (w->symbols != NULL)
        w->symbols->describe(w->opened, s->calls[index], is_return, text, size);
    else if (!tl__module_describe(s->calls[index], text, size))
        snprintf(text, size, "%p", s->calls[index]);
}

static void write_text(const dump_writer *w, const tl__dump *dump, const call_list *s)
{
    char name[512], row[600];
    uint32_t shown = 0;
    for (int64_t at = s->first; at != NO_ITEM && (w->desc.all || shown < SHOWN_OF_EQUALS); at = dump->lines[at].next) {
        put(w, dump->text.text + dump->lines[at].start, dump->lines[at].length);
        ++shown;
    }
    if (shown < s->items)
        put(w, row, (size_t)snprintf(row, sizeof row, "and %u more like these\n", s->items - shown));
    for (size_t i = 0; i < s->count; ++i) {
        name_call(w, s, i, name, sizeof name);
        put(w, row, (size_t)snprintf(row, sizeof row, "    %s\n", name));
    }
    put(w, "\n", 1);
}

/// Sorts stacks: those that most fibers are in first, then in the order in which they were found.
static int compare_stacks(const void *left, const void *right)
{
    const call_list *const *l = left, *const *r = right;
    if ((*l)->items != (*r)->items)
        return (*l)->items > (*r)->items ? -1 : 1;
    return *l < *r ? -1 : 1;
}

static bool write_all_text(const dump_writer *w, const tl__dump *dump)
{
    size_t size = (dump->stack_count + 1) * sizeof(call_list *);
    const call_list **sorted = tl__allocate(size);
    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < dump->stack_count; ++i)
        sorted[i] = &dump->stacks[i];
    qsort(sorted, dump->stack_count, sizeof *sorted, compare_stacks);
    char head[80];
    put(w, head,
        (size_t)snprintf(head, sizeof head, "telar: dump (fibers, jobs, scripts, waiting threads: %zu)\n\n",
                         dump->line_count));
    for (size_t i = 0; i < dump->stack_count; ++i)
        write_text(w, dump, sorted[i]);
    tl__free(sorted, size);
    return true;
}

static bool write_all_json(const dump_writer *w, const tl__dump *dump)
{
    tl__dump_text head = {0};
    char name[512];
    tl__dump_print(&head, "{\"stacks\":[");
    for (size_t i = 0; i < dump->stack_count; ++i) {
        tl__dump_json(&head, NULL, "{\"calls\":[");
        for (size_t call = 0; call < dump->stacks[i].count; ++call) {
            name_call(w, &dump->stacks[i], call, name, sizeof name);
            tl__dump_json_string(&head, NULL, name);
        }
        tl__dump_print(&head, "]}");
    }
    tl__dump_print(&head, "],\n\"fibers\":[\n");
    bool whole = !head.failed;
    if (whole) {
        put(w, head.text, head.length);
        for (size_t i = 0; i < dump->line_count; ++i) {
            put(w, dump->text.text + dump->lines[i].start, dump->lines[i].length);
            put(w, ",\n", i + 1 < dump->line_count ? 2 : 0);
        }
        put(w, "]}\n", 3);
    }
    tl__dump_text_free(&head);
    return whole;
}

/// Calls the program's functions, which may not suspend the fiber in the middle of this.
static void write_all(dump_writer *w)
{
    TL__CALLBACK(callback);
    w->opened = w->symbols != NULL ? w->symbols->open() : NULL;
    w->whole = w->desc.json ? write_all_json(w, w->dump) : write_all_text(w, w->dump);
    if (w->symbols != NULL)
        w->symbols->close(w->opened);
}

TL_FIBER(write_in_fiber, dump_writer *, w)
{
    write_all(*w);
}

/// Writes on a stack of its own, if a fiber runs: finding symbols takes more stack than most fibers have.
static void write_with_room(dump_writer *w)
{
    enum { ROOM = 1 << 20 };
    tl_fiber *fiber = NULL;
    void *stack_of_fiber = tl_fiber_current() != NULL ? tl__allocate(ROOM) : NULL;
    tl_fiber_desc desc = {.name = "tl_dump", .stack = stack_of_fiber, .stack_size = ROOM};
    if (tl_fiber_current() == NULL)
        write_all(w);
    else if (stack_of_fiber != NULL && tl_fiber_create_with(NULL, &desc, &fiber, write_in_fiber, w) == TL_OK) {
        tl_resume(fiber, NULL);
        tl_fiber_destroy(fiber);
    }
    tl__free(stack_of_fiber, ROOM);
}

static void free_dump(tl__dump *dump)
{
    for (size_t i = 0; i < dump->stack_count; ++i)
        tl__free(dump->stacks[i].calls, (dump->stacks[i].count + 1) * sizeof(void *));
    tl__free(dump->stacks, dump->stack_capacity * sizeof *dump->stacks);
    tl__free(dump->lines, dump->line_capacity * sizeof *dump->lines);
    tl__dump_text_free(&dump->text);
    tl__free(dump, sizeof *dump);
}

tl_result tl__dump_make(const tl_dump_desc *desc, void (*add_all)(tl__dump *dump, void *user_data), void *user_data)
{
    dump_writer *w = tl__allocate(sizeof *w);
    tl__dump *dump = tl__allocate_zeros(sizeof *dump);
    if (w == NULL || dump == NULL) {
        tl__free(w, sizeof *w);
        tl__free(dump, sizeof *dump);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    *w = (dump_writer){
        .desc = desc != NULL ? *desc : (tl_dump_desc){0}, .symbols = atomic_load(&symbolizer), .dump = dump};
    dump->json = w->desc.json;
    for (size_t i = 0; i < sizeof dump->table / sizeof *dump->table; ++i)
        dump->table[i] = NO_ITEM;
    add_all(dump, user_data);
    if (!dump->failed && !dump->text.failed)
        write_with_room(w);
    bool whole = w->whole;
    free_dump(dump);
    tl__free(w, sizeof *w);
    return whole ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}

tl_result tl_dump(const tl_dump_desc *desc)
{
    return tl__dump_make(desc, collect, NULL);
}
