// SPDX-License-Identifier: MIT
#include "http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

void http_place(const tl_inspector *inspector, unsigned *port, char token[65])
{
    CHECK_INT(2, sscanf(tl_inspector_url(inspector), "http://127.0.0.1:%u/?token=%64s", port, token));
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connection >= 0);
    CHECK_INT(0, connect(connection, (const struct sockaddr *)&address, sizeof address));
    struct timeval patience = {.tv_sec = 25}; // an answer that takes longer is none
    CHECK_INT(0, setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    return connection;
}

int http_connect_silently(const tl_inspector *inspector)
{
    unsigned port;
    char token[65];
    http_place(inspector, &port, token);
    return connect_to(port);
}

static void send_request(int connection, const tl_inspector *inspector, const request *r)
{
    char text[2048], token[65], host[64];
    unsigned port;
    http_place(inspector, &port, token);
    snprintf(host, sizeof host, "127.0.0.1:%u", port);
    int length = snprintf(text, sizeof text, "%s %s?token=%s&%s HTTP/1.1\r\nConnection: close\r\n",
                          r->method != NULL ? r->method : "GET", r->path != NULL ? r->path : "/state",
                          r->token != NULL ? r->token : token, r->query != NULL ? r->query : "");
    const char *const headers[][2] = {
        {"Host", r->host != NULL ? r->host : host}, {"Origin", r->origin}, {"Content-Type", r->type}};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; ++i)
        if (headers[i][1] != NULL)
            length += snprintf(text + length, sizeof text - (size_t)length, "%s: %s\r\n", headers[i][0], headers[i][1]);
    bool posts = r->method != NULL && strcmp(r->method, "POST") == 0;
    length += snprintf(text + length, sizeof text - (size_t)length, posts ? "Content-Length: 2\r\n\r\n{}" : "\r\n");
    CHECK_INT(length, send(connection, text, (size_t)length, MSG_NOSIGNAL));
}

response http_ask(const tl_inspector *inspector, request ask)
{
    unsigned port;
    char token[65];
    http_place(inspector, &port, token);
    int connection = connect_to(port);
    send_request(connection, inspector, &ask);
    size_t used = 0, room = 1 << 16;
    response answer = {.text = malloc(room + 1)};
    ssize_t got;
    while ((got = recv(connection, answer.text + used, room - used, 0)) > 0) {
        used += (size_t)got;
        if (used == room)
            answer.text = realloc(answer.text, (room *= 2) + 1);
    }
    close(connection);
    answer.text[used] = '\0';
    CHECK_INT(1, sscanf(answer.text, "HTTP/1.1 %d", &answer.status));
    answer.body = strstr(answer.text, "\r\n\r\n");
    CHECK(answer.body != NULL);
    answer.body += 4;
    answer.size = used - (size_t)(answer.body - answer.text);
    return answer;
}

void http_free(response answer)
{
    free(answer.text);
}

int http_status(const tl_inspector *inspector, request ask)
{
    response answer = http_ask(inspector, ask);
    http_free(answer);
    return answer.status;
}

void http_act(const tl_inspector *inspector, const char *query)
{
    request action = {.method = "POST", .path = "/do", .type = "application/json", .query = query};
    CHECK_INT(202, http_status(inspector, action));
}

// A check of JSON, as a browser would read it.

static const char *skip_value(const char *at);

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \n\t\r");
}

static const char *skip_string(const char *at)
{
    for (++at; *at != '"'; ++at) {
        CHECK((unsigned char)*at >= ' ');
        if (*at == '\\')
            ++at;
    }
    return at + 1;
}

/// Skips the members of an object or array.
static const char *skip_members(const char *at, char end)
{
    at = skip_space(at + 1);
    while (*at != end) {
        if (end == '}') {
            CHECK(*at == '"');
            at = skip_space(skip_string(at));
            CHECK(*at == ':');
            at = skip_space(at + 1);
        }
        at = skip_space(skip_value(at));
        CHECK(*at == end || *at == ',');
        if (*at == ',') {
            at = skip_space(at + 1);
            CHECK(*at != end);
        }
    }
    return at + 1;
}

static const char *skip_number(const char *at)
{
    at += *at == '-';
    size_t digits = strspn(at, "0123456789");
    CHECK(digits > 0 && (digits == 1 || *at != '0'));
    at += digits;
    if (*at == '.') {
        digits = strspn(at + 1, "0123456789");
        CHECK(digits > 0);
        at += 1 + digits;
    }
    return at;
}

static const char *skip_value(const char *at)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*at == '{' || *at == '[')
        return skip_members(at, *at == '{' ? '}' : ']');
    if (*at == '"')
        return skip_string(at);
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return skip_number(at);
}

char *http_state(const tl_inspector *inspector, const char *query)
{
    response answer = http_ask(inspector, (request){.query = query});
    CHECK_INT(200, answer.status);
    CHECK(*skip_space(skip_value(answer.body)) == '\0');
    memmove(answer.text, answer.body, answer.size + 1);
    return answer.text;
}
