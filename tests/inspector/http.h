// SPDX-License-Identifier: MIT
/// Requests to an inspector, as a browser or something worse sends them.
#ifndef TELAR_TEST_HTTP_H
#define TELAR_TEST_HTTP_H

#include "telar/inspector.h"

/// A request. Null in any field: what the inspector's own page would send.
typedef struct request {
    const char *method; ///< default GET
    const char *path;   ///< what stands before the '?'; default "/state"
    const char *query;  ///< what stands behind the token; default ""
    const char *token, *host, *origin, *type;
} request;

typedef struct response {
    int status;
    char *text; ///< the head and the body
    char *body; ///< ended by a zero; binary ones have `size` bytes
    size_t size;
} response;

/// Sends a request to an inspector and waits for all of the answer, which must be freed.
response http_ask(const tl_inspector *inspector, request ask);
void http_free(response answer);

/// Returns the status only.
int http_status(const tl_inspector *inspector, request ask);

/// Sends what the page sends when a button is pressed; `query` says which, such as "what=pause". Expects that it is
/// taken.
void http_act(const tl_inspector *inspector, const char *query);

/// Returns the state, as text that must be freed. Checks that it is JSON.
char *http_state(const tl_inspector *inspector, const char *query);

/// Opens a connection that asks nothing. Returns its descriptor.
int http_connect_silently(const tl_inspector *inspector);

/// The inspector's port and token, as its URL has them.
void http_place(const tl_inspector *inspector, unsigned *port, char token[65]);

#endif
