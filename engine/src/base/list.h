// SPDX-License-Identifier: MIT
/// An intrusive, doubly linked list: the links are members of the items, and form a ring through the list's head.
#ifndef TELAR_ENGINE_BASE_LIST_H
#define TELAR_ENGINE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl__link {
    struct tl__link *previous, *next; ///< both null when in no list
} tl__link;

/// The item of type `type` that contains a link as its member `member`.
#define TL__ITEM(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void tl__list_init(tl__link *head)
{
    head->previous = head->next = head;
}

static inline bool tl__list_is_empty(const tl__link *head)
{
    return head->next == head;
}

static inline void tl__list_append(tl__link *head, tl__link *link)
{
    link->previous = head->previous;
    link->next = head;
    head->previous->next = link;
    head->previous = link;
}

static inline void tl__list_prepend(tl__link *head, tl__link *link)
{
    tl__list_append(head->next, link);
}

/// Removes a link from its list; does nothing if it is in no list.
static inline void tl__list_remove(tl__link *link)
{
    if (link->next == NULL)
        return;
    link->previous->next = link->next;
    link->next->previous = link->previous;
    link->previous = link->next = NULL;
}

#endif
