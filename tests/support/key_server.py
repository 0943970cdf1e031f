"""A server of an issuer on this machine, which publishes the keys of a test."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jwt.algorithms import ECAlgorithm, RSAAlgorithm


class Issuer(ThreadingHTTPServer):
    """Publishes keys, or any other answer of a test, at a URL."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}/keys"
        self.answer = (200, {}, b"")
        self.paths = []
        self.answered = 0
        self.asked = threading.Event()
        self.stopped = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def publish(self, *keys):
        """Answer with these keys from now on."""
        self.answer = (200, {}, json.dumps({"keys": keys}).encode())


@contextlib.contextmanager
def running_issuer(*keys):
    """Give an Issuer that publishes these keys and answers until the end."""
    with Issuer() as issuer:
        issuer.publish(*keys)
        thread = threading.Thread(target=issuer.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            issuer.may_answer.set()
            issuer.stopped.set()
            issuer.shutdown()
            thread.join()


class Answers(BaseHTTPRequestHandler):
    """Sends the issuer's answer."""

    def do_GET(self):
        """Answer what is published once `may_answer` is set."""
        self.server.paths.append(self.path)
        self.server.asked.set()
        self.server.may_answer.wait(10)
        status, headers, content = self.server.answer
        self.server.answered += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        # The client may have closed the connection.
        with contextlib.suppress(OSError):
            for piece in [content] if isinstance(content, bytes) else content:
                self.wfile.write(piece)

    def log_message(self, *_line):
        """Log nothing."""


def send_pieces(listener, pieces, pause, stopped):
    """Answer each connection in turn with the pieces, a pause before each, until stopped."""
    listener.settimeout(0.05)
    while not stopped.is_set():
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            for piece in pieces:
                stopped.wait(pause)
                connection.sendall(piece)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def drip(content, stopped):
    """Yield spaces for a second, one at a time, then the content."""
    for _ in range(50):
        stopped.wait(0.02)
        yield b" "
    yield content


def rsa_jwk(key, **fields):
    """Return the public half of an RSA key as a JWK. Arguments replace fields; None leaves out."""
    own = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "r", "use": "sig"}
    return {name: value for name, value in (own | fields).items() if value is not None}


def ec_jwk(key, **fields):
    """Return the public half of an EC key as a JWK. Arguments replace fields."""
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "e"} | fields
