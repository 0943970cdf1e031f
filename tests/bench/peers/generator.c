/* A load generator that costs next to nothing, so that it takes no processor from what it measures.
 *
 * generator PORT FILE CONNECTIONS SECONDS FIRST
 *
 * FILE holds whole HTTP requests, each after a line with its length in bytes. They are sent in turn
 * on kept connections, again and again for SECONDS; if SECONDS is 0, each once. "########" in the
 * first 1,024 bytes of a request is replaced by a number of eight digits, which starts at FIRST.
 * Prints JSON: answered, failed (not 2xx, or hung up), the first of these, seconds, p50 and p99 in
 * ms, the generator's own CPU seconds, the next number. One thread; answers with Content-Length or
 * in chunks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 256, LINES = 1 << 14, MARK = 8, MARKED = 1024, PATIENCE = 60 };
/* Where in an answer a connection is. LAST is the empty line after the last chunk. */
enum place { HEAD, BODY, CHUNK_SIZE, CHUNK, LAST };

struct request { char *bytes, *mark; size_t size; };
struct connection {
    int socket, busy, status, closes;
    const char *unsent;
    size_t unsent_size;
    enum place place;
    char lines[LINES + 1];   /* the head, or the line with a chunk's size */
    size_t used;
    size_t missing;          /* bytes of the body or chunk */
    double began;
};

static struct request *requests;
static long request_count, next_request, number, answered, failed, room;
static double *milliseconds, end;
static int port, once;
static char failure[256];
static struct connection connections[MOST_CONNECTIONS];

static void fail(const char *what) { perror(what); exit(1); }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    for (size_t size; fscanf(file, "%zu", &size) == 1; request_count++) {
        requests = realloc(requests, (request_count + 1) * sizeof *requests);
        struct request *request = &requests[request_count];
        request->size = size;
        request->bytes = malloc(size);
        if (fgetc(file) != '\n' || fread(request->bytes, 1, size, file) != size) fail(path);
        request->mark = memmem(request->bytes, size < MARKED ? size : MARKED, "########", MARK);
    }
    fclose(file);
}

static void dial(struct connection *one) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    one->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->socket, (void *)&there, sizeof there)) fail("connect");
    setsockopt(one->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(one->socket, F_SETFL, O_NONBLOCK);
}

static void send_more(struct connection *one) {
    while (one->unsent_size) {
        ssize_t sent = send(one->socket, one->unsent, one->unsent_size, MSG_NOSIGNAL);
        if (sent < 0) return;  /* it has to wait, or has hung up, which the next recv tells */
        one->unsent += sent;
        one->unsent_size -= sent;
    }
}

static void start(struct connection *one) {
    one->busy = once ? next_request < request_count : now() < end;
    if (!one->busy) return;
    struct request *request = &requests[next_request++ % request_count];
    one->unsent = request->bytes;
    one->unsent_size = request->size;
    if (request->mark) {
        char digits[32];
        snprintf(digits, sizeof digits, "%08ld", number++ % 100000000);
        /* A request that waits to be sent further has its mark behind it already. */
        memcpy(request->mark, digits, MARK);
    }
    one->place = HEAD;
    one->used = 0;
    one->began = now();
    send_more(one);
}

static void note_failure(const char *said) {
    failed++;
    if (*failure) return;
    snprintf(failure, sizeof failure, "%.250s", said);
    for (char *c = failure; *c; c++)
        if (*c < ' ' || *c == '"' || *c == '\\') *c = ' ';
}

static void redial(struct connection *one) {
    close(one->socket);
    dial(one);
}

static void finish(struct connection *one) {
    if (answered == room) {
        room = room ? 2 * room : 4096;
        milliseconds = realloc(milliseconds, room * sizeof *milliseconds);
    }
    milliseconds[answered++] = (now() - one->began) * 1e3;
    if (one->status / 100 != 2) note_failure(one->lines);
    if (one->closes || one->unsent_size) redial(one);
    start(one);
}

static void read_head(struct connection *one) {
    char *length = strcasestr(one->lines, "\r\nContent-Length: ");
    int chunked = strcasestr(one->lines, "\r\nTransfer-Encoding: chunked") != NULL;
    one->status = atoi(one->lines + strlen("HTTP/1.1 "));
    one->closes = strcasestr(one->lines, "\r\nConnection: close") != NULL;
    one->missing = length && !chunked ? strtoul(length + strlen("\r\nContent-Length: "), NULL, 10) : 0;
    one->used = 0;
    one->place = chunked ? CHUNK_SIZE : BODY;
}

/* Take the bytes of a line, up to its end; return how many were taken. */
static size_t take_line(struct connection *one, const char *bytes, size_t size, const char *ending) {
    size_t taken = 0, length = strlen(ending);
    while (taken < size) {
        if (one->used == LINES) { fprintf(stderr, "a line is too long\n"); exit(1); }
        one->lines[one->used++] = bytes[taken++];
        if (one->used < length || memcmp(one->lines + one->used - length, ending, length)) continue;
        one->lines[one->used] = 0;
        if (one->place == HEAD) { read_head(one); break; }
        /* A chunk ends with an empty line's characters, which count as its own. */
        size_t chunk = strtoul(one->lines, NULL, 16);
        one->missing = chunk + 2;
        one->place = chunk ? CHUNK : LAST;
        one->used = 0;
        break;
    }
    return taken;
}

/* Take what was received of an answer; start the next request at its end. */
static void receive(struct connection *one, const char *bytes, size_t size) {
    do {
        size_t taken;
        if (one->place == HEAD) taken = take_line(one, bytes, size, "\r\n\r\n");
        else if (one->place == CHUNK_SIZE) taken = take_line(one, bytes, size, "\r\n");
        else {
            taken = size < one->missing ? size : one->missing;
            one->missing -= taken;
        }
        bytes += taken;
        size -= taken;
        if (one->place == CHUNK && !one->missing) one->place = CHUNK_SIZE;
        else if ((one->place == BODY || one->place == LAST) && !one->missing) { finish(one); return; }
    } while (size);
}

static void read_more(struct connection *one) {
    static char bytes[1 << 18];
    ssize_t got = recv(one->socket, bytes, sizeof bytes, 0);
    if (got > 0) receive(one, bytes, got);
    else if (got == 0 || errno != EAGAIN) {
        note_failure("hung up");
        redial(one);
        start(one);
    }
}

static int wait_for(int count, double last) {
    struct pollfd asked[MOST_CONNECTIONS];
    int busy = 0;
    for (int i = 0; i < count; i++) {
        struct connection *one = &connections[i];
        asked[i].fd = one->busy ? one->socket : -1;
        asked[i].events = POLLIN | (one->unsent_size ? POLLOUT : 0);
        busy += one->busy;
    }
    if (!busy) return 0;
    if (now() > last) { fprintf(stderr, "%d requests are not answered\n", busy); exit(1); }
    poll(asked, count, 1000);
    for (int i = 0; i < count; i++) {
        if (asked[i].fd < 0) continue;
        if (asked[i].revents & POLLOUT) send_more(&connections[i]);
        if (asked[i].revents & (POLLIN | POLLHUP | POLLERR)) read_more(&connections[i]);
    }
    return 1;
}

static int compare(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double percentile(double part) {
    return answered ? milliseconds[(long)(part * (answered - 1))] : 0;
}

static double seconds_of(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int count, char **given) {
    if (count != 6) { fprintf(stderr, "generator PORT FILE CONNECTIONS SECONDS FIRST\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    port = atoi(given[1]);
    load(given[2]);
    int size = atoi(given[3]);
    if (size > MOST_CONNECTIONS || !request_count) { fprintf(stderr, "nothing to do\n"); return 2; }
    once = atof(given[4]) == 0;
    number = atol(given[5]);
    for (int i = 0; i < size; i++) dial(&connections[i]);
    double began = now();
    end = began + atof(given[4]);
    for (int i = 0; i < size; i++) start(&connections[i]);
    while (wait_for(size, end + PATIENCE)) continue;
    double seconds = now() - began;
    qsort(milliseconds, answered, sizeof *milliseconds, compare);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"answered\": %ld, \"failed\": %ld, \"failure\": \"%s\", \"seconds\": %.6f, \"p50\": %.4f, "
           "\"p99\": %.4f, \"cpu_seconds\": %.6f, \"number\": %ld}\n",
           answered, failed, failure, seconds, percentile(.5), percentile(.99),
           seconds_of(used.ru_utime) + seconds_of(used.ru_stime), number);
}
