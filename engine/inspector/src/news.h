// SPDX-License-Identifier: MIT
/// The library's latest messages (telar/log.h), for the pages of all inspectors of the process.
#ifndef TELAR_INSPECTOR_NEWS_H
#define TELAR_INSPECTOR_NEWS_H

#include "fiber/dump_text.h"

/// Begin and end to note messages. Each inspector does both.
void tl__news_begin(void);
void tl__news_end(void);

/// For the child of a fork: there are no messages, and no inspectors.
void tl__news_forget(void);

/// Writes the messages as members of a JSON array, the latest first.
void tl__news_write(tl__dump_text *json);

#endif
