"""A thousand slow clients of each kind at once: others must be answered within a second."""

import base64
import contextlib
import json
import os
import resource
import select
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support import pictures
from tests.support.servers import POST, Server, parse

MANY = 1000
MOST_SECONDS = 1
# The time for a thousand requests that are served before the measurement: the threads of those who
# left compete for Python's lock, 5 s on a quiet machine.
SETTLE_SECONDS = 180
# So many that each worker gets some of them.
WAITING = 8
ROUNDS = 5
# A worker whose main loop gets no turn for so many seconds is killed: three times as soon as usual.
STRICT = "--timeout 20"
LAST = b"Connection: close\r\nContent-Length: %d\r\n\r\n"


def main():
    """Print the longest time for each kind of slow client; exit with 1 if it is too long."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", GUNICORN_CMD_ARGS=STRICT).wait_until_up()
        try:
            for name, start in starts(server).items():
                took = longest(server, start)
                failed |= took > MOST_SECONDS
                sys.stdout.write(f"{MANY} × {name:12} longest answer {took:.2f} s\n")
                sys.stdout.flush()
        finally:
            code, errors = server.stop()
            failed |= (code, errors) != (0, "")
            sys.stdout.write(f"the server ended with {code} {errors}".strip() + "\n")
    sys.exit(failed)


def starts(server):
    """Return how each kind of slow client begins."""
    large = pictures.raw_png(4, 4, extra=pictures.chunk(b"noIs", os.urandom(5_000_000)))
    path = "/files" + upload(server, large)["url"].partition("/files")[2]
    length = b"Content-Length: 100000\r\n\r\n{"
    return {
        "silence": b"",
        "half head": b"GET /health HTTP/1.1\r\nX-A",
        "half body": POST + length,
        "refused": POST.replace(b"/images", b"/nothing") + length,
        "slow reader": f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        "range reader": f"GET {path} HTTP/1.1\r\nHost: a\r\nRange: bytes=9-\r\n\r\n".encode(),
        "page reader": b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n",
    }


def longest(server, start):
    """Return the longest time for a view of /health and an upload, beside the slow clients."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(slow_client(server, start)) for _ in range(MANY)]
        settle(server)
        times = []
        for _ in range(ROUNDS):
            renew(server, clients, start, stack)
            times.append(seconds(lambda: server.status("/health", SETTLE_SECONDS)))
            times.append(seconds(lambda: upload(server, pictures.png(8, 8))))
    return max(times)


def settle(server):
    """Wait until those who came before are served. In every worker some wait behind them."""
    with ThreadPoolExecutor(WAITING) as threads:
        list(threads.map(lambda _: server.status("/health", SETTLE_SECONDS), range(WAITING)))


def slow_client(server, start):
    """Return a connection that has sent a start, and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.sendall(start)
    return client


def renew(server, clients, start, stack):
    """Replace clients that the server has disconnected."""
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLRDHUP)
    gone = {descriptor for descriptor, _ in poll.poll(0)}
    # Some at a time: a thousand requests at once are no slow clients.
    for place in [place for place, one in enumerate(clients) if one.fileno() in gone][:100]:
        clients[place].close()
        clients[place] = stack.enter_context(slow_client(server, start))


def upload(server, content):
    """Upload a picture as JSON; return the image."""
    text = base64.b64encode(content).decode()
    body = json.dumps({"user_id": "ana", "filename": "a.png", "image_data": text}).encode()
    with server.connect(SETTLE_SECONDS) as connection:
        connection.sendall(POST + LAST % len(body) + body)
        status, _, image = parse(b"".join(iter(lambda: connection.recv(65536), b"")))
    assert status == 201, image
    return image


def seconds(call):
    """Return how long a call takes."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
