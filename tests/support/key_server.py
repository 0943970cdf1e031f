"""An issuer's server on the loopback, which publishes keys as it is told."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jwt.algorithms import ECAlgorithm, RSAAlgorithm


class Issuer(ThreadingHTTPServer):
    """Publishes keys at a URL, or whatever it is told to answer."""

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


class Answers(BaseHTTPRequestHandler):
    """Answers as the issuer is told."""

    def do_GET(self):
        """Answer when that is allowed."""
        self.server.paths.append(self.path)
        self.server.asked.set()
        status, headers, content = self.server.answer
        self.server.may_answer.wait(10)
        self.server.answered += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        # Whoever asked may have hung up.
        with contextlib.suppress(OSError):
            for piece in [content] if isinstance(content, bytes) else content:
                self.wfile.write(piece)

    def log_message(self, *_given):
        """Say nothing."""


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def drip(content, stopped):
    """Yield content after a second of blanks, one by one."""
    for _ in range(50):
        stopped.wait(0.02)
        yield b" "
    yield content


def rsa_jwk(key, **fields):
    """Return the public half of an RSA key as it is published, but for the fields given."""
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "r", "use": "sig"} | fields


def ec_jwk(key, **fields):
    """Return the public half of an EC key as it is published, but for the fields given."""
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "e"} | fields
