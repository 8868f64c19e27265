// SPDX-License-Identifier: MIT
// What is served, and to whom. A request must come to this machine's own name, as a browser says it in Host: else a
// page of another site could have given its own name this machine's address. It must not come from another site's page,
// which a browser says in Origin. And it must have the token. What changes anything is a POST whose type is JSON, which
// browsers let no other site's page send without asking first.
#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/allocator.h"
#include "os/threads.h"
#include "state.h"

enum { TOKEN_SIZE = 65, USUAL_ROWS = 200, MOST_ROWS = 10000 };
/// The page asks several times a second on one connection or two, so a connection that is silent for longer is not its
/// own. They need no token, so there may be many before the page's is refused.
enum { MOST_CONNECTIONS = 128, SILENT_SECONDS = 5 };

struct tl__server {
    struct MHD_Daemon *daemon;
    tl__board *board;
    const tl__observer *observer;
    tl__snapshot *read;
    tl__stuck stuck;
    _Atomic uint16_t port; ///< set once more when the system has chosen it, while the thread runs
    char token[TOKEN_SIZE];
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *argument(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
    return value != NULL ? value : "";
}

// Who may ask.

/// Whether `host` is this server, after an optional prefix.
static bool is_here(const tl__server *server, const char *host, const char *prefix)
{
    char expected[64];
    static const char *const names[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        snprintf(expected, sizeof expected, "%s%s:%u", prefix, names[i], server->port);
        if (strcmp(host, expected) == 0)
            return true;
        snprintf(expected, sizeof expected, "%s%s", prefix, names[i]); // a browser leaves out ":80"
        if (server->port == 80 && strcmp(host, expected) == 0)
            return true;
    }
    return false;
}

/// Whether it is the token. Takes as long for each wrong one of the same length.
static bool has_token(const tl__server *server, const char *token)
{
    size_t length = strlen(server->token);
    unsigned differs = 0;
    if (strlen(token) != length)
        return false;
    for (size_t i = 0; i < length; ++i)
        differs |= (unsigned)(token[i] ^ server->token[i]);
    return differs == 0;
}

/// Returns why a request is refused; null if it is not.
static const char *why_refused(const tl__server *server, struct MHD_Connection *connection)
{
    const char *host = header(connection, MHD_HTTP_HEADER_HOST), *origin = header(connection, MHD_HTTP_HEADER_ORIGIN);
    if (host == NULL || !is_here(server, host, ""))
        return "refused: Host is not 127.0.0.1 or localhost, with this port\n";
    if (origin != NULL && !is_here(server, origin, "http://"))
        return "refused: Origin is another site\n";
    if (!has_token(server, argument(connection, "token")))
        return "refused: this is not the URL with the token, which the game has printed\n";
    return NULL;
}

// Answers.

static enum MHD_Result send_answer(struct MHD_Connection *connection, unsigned status, const char *type,
                                   struct MHD_Response *response)
{
    static const char policy[] = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
                                 "connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; "
                                 "form-action 'none'";
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer"); // the URL has the token
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static struct MHD_Response *copied(const char *bytes, size_t size)
{
    return MHD_create_response_from_buffer(size, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return send_answer(connection, status, "text/plain; charset=utf-8", copied(text, strlen(text)));
}

static enum MHD_Result answer_page(struct MHD_Connection *connection)
{
    void *page = (void *)(uintptr_t)tl__html;
    return send_answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8",
                       MHD_create_response_from_buffer(tl__html_size, page, MHD_RESPMEM_PERSISTENT));
}

static tl__query query_of(struct MHD_Connection *connection)
{
    static const struct {
        const char *name;
        tl__sort sort;
    } sorts[] = {{"name", TL__BY_NAME}, {"wait", TL__BY_WAIT}, {"waited", TL__BY_WAITED},
                 {"age", TL__BY_AGE},   {"used", TL__BY_USED}, {"place", TL__BY_PLACE}};
    tl__query query = {.sort = TL__BY_ID, .filter = argument(connection, "filter"), .most = USUAL_ROWS};
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; ++i)
        if (strcmp(argument(connection, "sort"), sorts[i].name) == 0)
            query.sort = sorts[i].sort;
    query.descends = argument(connection, "descends")[0] == '1';
    query.tree = argument(connection, "tree")[0] == '1';
    unsigned long most = strtoul(argument(connection, "most"), NULL, 10);
    if (most > 0)
        query.most = most < MOST_ROWS ? (uint32_t)most : MOST_ROWS;
    return query;
}

static enum MHD_Result answer_state(tl__server *server, struct MHD_Connection *connection)
{
    tl__query query = query_of(connection);
    tl__dump_text json = {0};
    atomic_store_explicit(&server->board->asked, tl__monotonic_time(), memory_order_relaxed);
    if (tl__board_take(server->board, &server->read))
        tl__snapshot_merge(server->read);
    atomic_store(&server->board->wanted, true);
    tl__state_write(&json, server->read, server->board, server->observer, &server->stuck, &query);
    enum MHD_Result sent =
        json.failed ? answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "there is no memory\n")
                    : send_answer(connection, MHD_HTTP_OK, "application/json", copied(json.text, json.length));
    tl__dump_text_free(&json);
    return sent;
}

static enum MHD_Result answer_trace(tl__server *server, struct MHD_Connection *connection)
{
    tl__board *board = server->board;
    char name[96];
    pthread_mutex_lock(&board->lock);
    struct MHD_Response *response = board->trace_number > 0 ? copied(board->trace, board->trace_size) : NULL;
    snprintf(name, sizeof name, "attachment; filename=\"telar-%llu.pftrace\"", (unsigned long long)board->trace_number);
    pthread_mutex_unlock(&board->lock);
    if (response == NULL)
        return answer_text(connection, MHD_HTTP_NOT_FOUND, "no trace was saved\n");
    MHD_add_response_header(response, "Content-Disposition", name);
    return send_answer(connection, MHD_HTTP_OK, "application/octet-stream", response);
}

/// Reads a decimal fraction from 0.01 to 100, whatever the program's locale takes for a point.
static bool read_speed(const char *text, double *speed)
{
    double unit = 1;
    bool has_point = false;
    *speed = 0;
    for (const char *at = text; *at != '\0'; ++at) {
        if (*at == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || at - text > 10)
            return false;
        *speed = 10 * *speed + (*at - '0');
        unit *= has_point ? 10 : 1;
    }
    *speed /= unit;
    return *speed >= 0.01 && *speed <= 100;
}

/// Reads an action. Returns false if it is none.
static bool read_action(struct MHD_Connection *connection, tl__action *action)
{
    static const struct {
        const char *name;
        tl__action_kind kind;
    } kinds[] = {{"pause", TL__PAUSE}, {"resume", TL__RESUME},    {"step", TL__SINGLE_STEP}, {"speed", TL__SPEED},
                 {"trace", TL__TRACE}, {"untrace", TL__NO_TRACE}, {"cancel", TL__CANCEL}};
    const char *what = argument(connection, "what");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i)
        if (strcmp(what, kinds[i].name) == 0)
            action->kind = kinds[i].kind;
    char rest;
    if (action->kind == TL__SPEED)
        return read_speed(argument(connection, "speed"), &action->speed);
    if (action->kind == TL__CANCEL)
        return sscanf(argument(connection, "script"), "%u.%u%c", &action->script.index1, &action->script.generation,
                      &rest) == 2;
    return action->kind != 0;
}

static enum MHD_Result answer_action(tl__server *server, struct MHD_Connection *connection)
{
    const char *type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    tl__action action = {0};
    if (type == NULL || strcmp(type, "application/json") != 0)
        return answer_text(connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "application/json is needed\n");
    if (!read_action(connection, &action))
        return answer_text(connection, MHD_HTTP_BAD_REQUEST, "no such action\n");
    uint64_t number = tl__board_queue(server->board, action);
    if (number == 0)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many actions are queued\n");
    char json[64];
    int length = snprintf(json, sizeof json, "{\"number\":%llu}", (unsigned long long)number);
    return send_answer(connection, MHD_HTTP_ACCEPTED, "application/json", copied(json, (size_t)length));
}

static enum MHD_Result answer_request(tl__server *server, struct MHD_Connection *connection, const char *path,
                                      const char *method)
{
    bool gets = strcmp(method, MHD_HTTP_METHOD_GET) == 0, posts = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (strcmp(path, "/") == 0 && gets)
        return answer_page(connection);
    if (strcmp(path, "/state") == 0 && gets)
        return answer_state(server, connection);
    if (strcmp(path, "/trace") == 0 && gets)
        return answer_trace(server, connection);
    if (strcmp(path, "/do") == 0 && posts)
        return answer_action(server, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "there is no such page\n");
}

/// The daemon's handler. It calls it once when it has a request's header, then with its body, if any, piece by piece,
/// and last to be answered; a request that is refused is answered at once.
static enum MHD_Result handle_http(void *user_data, struct MHD_Connection *connection, const char *path,
                                   const char *method, const char *version, const char *body, size_t *body_size,
                                   void **state)
{
    static char begun;
    tl__server *server = user_data;
    (void)version;
    (void)body;
    if (*state == NULL) {
        *state = &begun;
        const char *refused = why_refused(server, connection);
        return refused == NULL ? MHD_YES : answer_text(connection, MHD_HTTP_FORBIDDEN, refused);
    }
    if (*body_size > 0) { // nothing is in it
        *body_size = 0;
        return MHD_YES;
    }
    return answer_request(server, connection, path, method);
}

// Start and stop.

/// Starts the daemon with all signals blocked in its thread, since the program's are for its own threads.
static struct MHD_Daemon *start_daemon(tl__server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sigset_t blocked, before;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, server->port, NULL, NULL, handle_http, server,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_SECONDS, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

static void free_server(tl__server *server)
{
    if (server->read != NULL) {
        tl__snapshot_free(server->read);
        tl__free(server->read, sizeof *server->read);
    }
    tl__free(server, sizeof *server);
}

tl_result tl__server_start(tl__board *board, const tl__observer *observer, uint16_t port, const char *token,
                           tl__server **server)
{
    tl__server *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->board = board;
    made->observer = observer;
    made->port = port;
    made->read = tl__allocate_zeros(sizeof *made->read);
    snprintf(made->token, sizeof made->token, "%s", token);
    if (made->read != NULL)
        made->daemon = start_daemon(made);
    if (made->daemon == NULL) {
        tl_result result = made->read != NULL ? TL_ERROR_SYSTEM : TL_ERROR_OUT_OF_MEMORY;
        free_server(made);
        return result;
    }
    made->port = MHD_get_daemon_info(made->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    *server = made;
    return TL_OK;
}

void tl__server_stop(tl__server *server)
{
    MHD_stop_daemon(server->daemon);
    free_server(server);
}

uint16_t tl__server_port(const tl__server *server)
{
    return server->port;
}
