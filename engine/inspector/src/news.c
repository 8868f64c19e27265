// SPDX-License-Identifier: MIT
#include "news.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "os/threads.h"

enum { KEPT = 16 };

typedef struct message {
    int64_t time;
    char text[800];
} message;

static struct {
    pthread_mutex_t lock;
    uint32_t readers; ///< inspectors
    uint64_t count;   ///< messages so far
    message latest[KEPT];
} news = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_message(const tl_log *item)
{
    pthread_mutex_lock(&news.lock);
    message *to = &news.latest[news.count++ % KEPT];
    to->time = tl__monotonic_time();
    snprintf(to->text, sizeof to->text, "%s", item->text);
    pthread_mutex_unlock(&news.lock);
}

void tl__news_begin(void)
{
    pthread_mutex_lock(&news.lock);
    if (news.readers++ == 0)
        news.count = 0;
    pthread_mutex_unlock(&news.lock);
    tl__log_listen(note_message);
}

void tl__news_end(void)
{
    pthread_mutex_lock(&news.lock);
    if (--news.readers == 0)
        tl__log_listen(NULL);
    pthread_mutex_unlock(&news.lock);
}

void tl__news_forget(void)
{
    tl__log_listen(NULL);
    pthread_mutex_init(&news.lock, NULL); // another thread may have held it
    news.readers = 0;
}

void tl__news_write(tl__dump_text *json)
{
    pthread_mutex_lock(&news.lock);
    int64_t now = tl__monotonic_time();
    for (uint64_t i = 0; i < news.count && i < KEPT; ++i) {
        const message *from = &news.latest[(news.count - 1 - i) % KEPT];
        tl__dump_json(json, NULL, "{");
        tl__dump_json_fixed(json, "seconds_ago", (double)(now - from->time) / 1e9, 1);
        tl__dump_json_string(json, "text", from->text);
        tl__dump_print(json, "}");
    }
    pthread_mutex_unlock(&news.lock);
}
