/* A stand-in for S3 and DynamoDB that costs next to nothing: fixed answers over keep-alive HTTP.
 *
 * stand_in PORT FOLDER DYNAMODB_MICROSECONDS S3_MICROSECONDS
 *
 * FOLDER holds whole HTTP answers, named by DynamoDB operation (GetItem, Query, ...) or, for S3, by
 * method (PUT, DELETE, ...). OPERATION~TEXT answers calls of an operation whose bodies have the text;
 * of a body only what fits into the buffer counts. Each answer waits as long as its store is told to. GET /counts tells
 * how many calls and connections there were. Bodies need a Content-Length. One thread a connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_ANSWERS = 32, BUFFER = 1 << 16 };

struct answer { char name[64]; char *bytes; size_t size; };
struct connection { int socket; size_t used; char buffer[BUFFER + 1]; };

static struct answer answers[MOST_ANSWERS];
static int answer_count;
static useconds_t dynamodb_delay, s3_delay;
static long dynamodb_calls, s3_calls, connections;

static void fail(const char *what) { perror(what); exit(1); }

static void load(const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory || chdir(folder)) fail(folder);
    for (struct dirent *entry; (entry = readdir(directory)) && answer_count < MOST_ANSWERS;) {
        if (entry->d_name[0] == '.') continue;
        struct answer *answer = &answers[answer_count++];
        snprintf(answer->name, sizeof answer->name, "%.63s", entry->d_name);
        FILE *file = fopen(entry->d_name, "rb");
        if (!file || fseek(file, 0, SEEK_END)) fail(entry->d_name);
        answer->size = ftell(file);
        answer->bytes = malloc(answer->size + 1);
        rewind(file);
        if (fread(answer->bytes, 1, answer->size, file) != answer->size) fail(entry->d_name);
        fclose(file);
    }
    closedir(directory);
}

static struct answer *find(const char *name, size_t length) {
    for (int i = 0; i < answer_count; i++)
        if (strlen(answers[i].name) == length && !strncmp(answers[i].name, name, length))
            return &answers[i];
    return NULL;
}

/* Find the answer to an operation whose text is in the body; by default the operation's own. */
static struct answer *find_by_body(const char *name, size_t length, const char *body) {
    for (int i = 0; i < answer_count; i++) {
        char *text = strchr(answers[i].name, '~');
        if (text && (size_t)(text - answers[i].name) == length
            && !strncmp(answers[i].name, name, length) && strstr(body, text + 1))
            return &answers[i];
    }
    return find(name, length);
}

static int send_all(int to, const char *bytes, size_t size) {
    for (ssize_t sent; size; bytes += sent, size -= sent)
        if ((sent = send(to, bytes, size, MSG_NOSIGNAL)) <= 0) return 0;
    return 1;
}

static int send_counts(int to) {
    char body[128], answer[256];
    int size = snprintf(body, sizeof body, "{\"dynamodb\": %ld, \"s3\": %ld, \"connections\": %ld}",
                        dynamodb_calls, s3_calls, connections);
    size = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body);
    return send_all(to, answer, size);
}

/* Read until the empty line; return the head's length, or 0 when the connection has ended. */
static size_t read_head(struct connection *from) {
    for (;;) {
        from->buffer[from->used] = 0;
        char *end = strstr(from->buffer, "\r\n\r\n");
        if (end) return end + 4 - from->buffer;
        ssize_t got = recv(from->socket, from->buffer + from->used, BUFFER - from->used, 0);
        if (got <= 0) return 0;
        from->used += got;
    }
}

/* Read until the buffer has head and body, or is full. */
static int read_body(struct connection *from, size_t head, size_t body) {
    while (from->used < head + body && from->used < BUFFER) {
        ssize_t got = recv(from->socket, from->buffer + from->used, BUFFER - from->used, 0);
        if (got <= 0) return 0;
        from->used += got;
    }
    from->buffer[from->used] = 0;
    return 1;
}

/* Drop head and body; keep the bytes after them. */
static int drop(struct connection *from, size_t head, size_t body) {
    size_t here = from->used - head, taken = here < body ? here : body;
    from->used -= head + taken;
    memmove(from->buffer, from->buffer + head + taken, from->used);
    for (body -= taken; body;) {
        char scrap[BUFFER];
        ssize_t got = recv(from->socket, scrap, body < BUFFER ? body : BUFFER, 0);
        if (got <= 0) return 0;
        body -= got;
    }
    return 1;
}

static int answer_call(struct connection *from, size_t head) {
    char *text = from->buffer, *field;
    text[head - 1] = 0;
    if (!strncmp(text, "GET /counts ", 12)) return drop(from, head, 0) && send_counts(from->socket);
    char *target = strcasestr(text, "\r\nX-Amz-Target: ");
    char *name = target ? strchr(target, '.') + 1 : text;
    size_t length = strcspn(name, target ? "\r" : " ");
    size_t body = (field = strcasestr(text, "\r\nContent-Length: ")) ? atol(field + 18) : 0;
    if (target && !read_body(from, head, body)) return 0;
    struct answer *answer = target ? find_by_body(name, length, text + head) : find(name, length);
    if (!answer) return 0;
    __sync_fetch_and_add(target ? &dynamodb_calls : &s3_calls, 1);
    if (strcasestr(text, "\r\nExpect: ") && !send_all(from->socket, "HTTP/1.1 100 Continue\r\n\r\n", 25))
        return 0;
    if (!drop(from, head, body)) return 0;
    useconds_t delay = target ? dynamodb_delay : s3_delay;
    if (delay) usleep(delay);
    return send_all(from->socket, answer->bytes, answer->size);
}

static void *serve(void *given) {
    struct connection *connection = given;
    size_t head;
    while ((head = read_head(connection)) && answer_call(connection, head)) continue;
    close(connection->socket);
    free(connection);
    return NULL;
}

int main(int count, char **given) {
    if (count != 5) { fprintf(stderr, "stand_in PORT FOLDER DYNAMODB_US S3_US\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    load(given[2]);
    dynamodb_delay = atoi(given[3]);
    s3_delay = atoi(given[4]);
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(given[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (void *)&here, sizeof here) || listen(listener, 1024)) fail("bind");
    for (;;) {
        int accepted = accept(listener, NULL, NULL);
        struct connection *connection = calloc(1, sizeof *connection);
        if (accepted < 0 || !connection) continue;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        __sync_fetch_and_add(&connections, 1);
        connection->socket = accepted;
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, connection)) fail("thread");
        pthread_detach(thread);
    }
}
