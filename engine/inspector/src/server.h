// SPDX-License-Identifier: MIT
/// Serves the page over HTTP, on a thread of its own.
#ifndef TELAR_INSPECTOR_SERVER_H
#define TELAR_INSPECTOR_SERVER_H

#include "board.h"
#include "world/observer.h"

typedef struct tl__server tl__server;

/// Starts to serve. The token is copied.
/// @param port  0: one that is free
/// @return TL_OK; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_SYSTEM
tl_result tl__server_start(tl__board *board, const tl__observer *observer, uint16_t port, const char *token,
                           tl__server **server);
void tl__server_stop(tl__server *server);
uint16_t tl__server_port(const tl__server *server);

/// The page, made of page.html.
extern const unsigned char tl__html[];
extern const size_t tl__html_size;

#endif
