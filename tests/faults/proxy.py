"""A store on the loopback: moto behind HTTP, and in front of it a TCP proxy with faults."""

import contextlib
import select
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.awsrequest import AWSPreparedRequest
from moto.core.models import botocore_stubber

CHUNK = 65536


class StoreHandler(BaseHTTPRequestHandler):
    """Answers an AWS request over HTTP with moto's answer."""

    protocol_version = "HTTP/1.1"
    # One packet per answer, because a client acknowledges half an answer only after 40 ms.
    wbufsize = -1
    turn = threading.Lock()

    def answer(self):
        """Answer one request."""
        host = "dynamodb.us-east-1" if "X-Amz-Target" in self.headers else "s3"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = f"https://{host}.amazonaws.com{self.path}"
        request = AWSPreparedRequest(self.command, url, self.headers, body, False)
        with self.turn:
            status, headers, content = botocore_stubber.process_request(request)
        content = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, value)
        # A HEAD tells the length of what a GET would bring.
        told = {name.lower(): value for name, value in headers.items()}
        length = told.get("content-length", 0) if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

    def handle_expect_100(self):
        """Ask for the body at once."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, *_args):
        """Log nothing."""


class Proxy:
    """Passes connections on to a server, except the next ones, which fail as set.

    A fault is the name of a method: reset, cut_at_once, cut_soon or held.
    """

    def __init__(self, server_address):
        self.server_address = server_address
        self.faults = []
        self.open = []
        self.serving = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.accepting = started(self.accept)

    def fail(self, *faults):
        """Set a fault for each of the next connections; wait until the open ones have ended."""
        self.faults = list(faults)
        while self.open:
            with contextlib.suppress(OSError):
                self.open.pop().shutdown(socket.SHUT_RDWR)
        while self.serving:
            self.serving.pop().join(5)

    def close(self):
        """Stop, after the open connections have ended."""
        # close() alone would not wake the thread that waits for connections.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join(5)
        self.fail()
        self.listener.close()

    def accept(self):
        """Take connections until the listener is shut down."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.open.append(client)
                fault = self.faults.pop(0) if self.faults else "passed"
                self.serving.append(started(self.serve, client, fault))

    def serve(self, client, fault):
        """Serve one connection to its end, with a fault or without."""
        with client, contextlib.suppress(OSError):
            getattr(self, fault)(client)
            # With SO_LINGER 0, close() sends a reset instead of a normal end.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def passed(self, client, most=None):
        """Pass bytes in both directions. most: the most bytes of the answer."""
        with socket.create_connection(self.server_address) as server:
            # Otherwise the second packet of a request waits 40 ms until the first is acknowledged.
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while most is None or most > 0:
                ready, _, _ = select.select([client, server], [], [])
                piece = ready[0].recv(CHUNK if ready[0] is client else most or CHUNK)
                if not piece:
                    return
                (server if ready[0] is client else client).sendall(piece)
                if ready[0] is server and most:
                    most -= len(piece)

    def reset(self, client):
        """Break off at once."""

    def cut_at_once(self, client):
        """Pass the request on and break off before the answer."""
        with socket.create_connection(self.server_address) as server:
            while not select.select([server], [], [], 0)[0]:
                if select.select([client, server], [], [])[0] == [client]:
                    server.sendall(client.recv(CHUNK))

    def cut_soon(self, client):
        """Pass the request on and break off in the middle of the answer's headers."""
        self.passed(client, 40)

    def held(self, client):
        """Pass the request on after the client has given up, so that it arrives late."""
        request = b"".join(iter(lambda: client.recv(CHUNK), b""))
        with socket.create_connection(self.server_address) as server:
            server.sendall(request)
            server.recv(CHUNK)


def started(run, *arguments):
    """Run a function in a thread; return the thread."""
    thread = threading.Thread(target=run, args=arguments, daemon=True)
    thread.start()
    return thread


@contextlib.contextmanager
def store_behind_a_proxy():
    """Run both; yield the proxy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StoreHandler)
    server.daemon_threads = False
    thread = started(server.serve_forever, 0.05)
    proxy = Proxy(server.server_address)
    try:
        yield proxy
    finally:
        proxy.close()
        server.shutdown()
        thread.join()
        server.server_close()
