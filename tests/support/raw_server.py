"""A server that answers with prepared bytes, over TLS if a certificate is given."""

import contextlib
import socket
import threading


class RawServer:
    """Answers each request with the next of `answers`, which are lists of pieces.

    A piece None ends the connection, a piece HOLD waits until the client has ended it. requests:
    the bytes of each; connections: the number of the connection on which each came.
    """

    HOLD = object()

    def __init__(self, context=None):
        self.context = context
        self.answers = []
        self.requests = []
        self.connections = []
        self.opened = 0
        self.open = []
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start(self.accept)

    def start(self, run, *arguments):
        """Run a function in a thread."""
        self.threads.append(threading.Thread(target=run, args=arguments, daemon=True))
        self.threads[-1].start()

    def accept(self):
        """Take connections until the listener is shut down."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.opened += 1
                self.start(self.serve, client, self.opened)

    def serve(self, client, number):
        """Serve one connection to its end."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self.context:
                client = stack.enter_context(self.context.wrap_socket(client, server_side=True))
            self.open.append(client)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := read_request(client):
                self.requests.append(request)
                self.connections.append(number)
                if not self.answer(client, self.answers.pop(0)):
                    return

    def answer(self, client, pieces):
        """Send the pieces of an answer. Return False if the connection ends."""
        for piece in pieces:
            if piece is None:
                return False
            if piece is self.HOLD:
                return bool(client.recv(1))
            client.sendall(piece)
            # The next piece shall come in a packet of its own.
            threading.Event().wait(0.01 if len(pieces) > 1 else 0)
        return True

    def drop(self):
        """End the open connections, and wait until they have ended."""
        while self.open:
            with contextlib.suppress(OSError):
                self.open.pop().shutdown(socket.SHUT_RDWR)
        for thread in self.threads[1:]:
            thread.join(5)

    def close(self):
        """Stop."""
        # close() alone would not wake the thread that waits for connections.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join(5)
        self.drop()
        self.listener.close()


def read_request(client):
    """Return the next request with its body, b"" at the connection's end."""
    request = b""
    while b"\r\n\r\n" not in request:
        piece = client.recv(65536)
        if not piece:
            return b""
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(body) < size:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def raw_server(context=None):
    """Give a RawServer that runs until the block ends."""
    server = RawServer(context)
    try:
        yield server
    finally:
        server.close()
