"""The load generator of the comparison with others, against a server that answers in many ways."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.bench.peers.generator import NUMBER, Generator
from tests.bench.peers.messages import request
from tests.bench.stand_in import compiler

pytestmark = pytest.mark.skipif(not compiler(), reason="there is no C compiler")


class Answers(BaseHTTPRequestHandler):
    """Answers by path, and keeps the paths that were asked for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_facts):
        """Say nothing."""

    def do_GET(self):
        """Answer with a body of 100,000 bytes: sized, in chunks, or then hang up."""
        self.server.paths.append(self.path)
        status = 404 if self.path == "/missing" else 200
        self.send_response(status)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for size in (1, 65_536, 34_463):
                self.wfile.write(b"%x\r\n%b\r\n" % (size, b"\r\n0\r\n\r\n"[:size].ljust(size)))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", "100000")
        if self.path == "/closing":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(bytes(100_000))


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.paths = []
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("path", ["/sized", "/chunks", "/closing"])
def test_each_request_is_sent_once(server, path):
    told = Generator().send(server.server_port, [request("GET", path)] * 40, connections=3)

    assert told["answered"] == 40
    assert server.paths == [path] * 40


def test_requests_are_sent_again_until_the_time_is_over(server):
    requests = [request("GET", "/one"), request("GET", "/other")]

    told = Generator().send(server.server_port, requests, seconds=0.2)

    assert told["seconds"] >= 0.2
    assert told["answered"] == len(server.paths) > 2
    assert abs(server.paths.count("/one") - server.paths.count("/other")) <= 1


def test_numbers_are_counted_on(server):
    generator = Generator()

    for _ in range(2):
        generator.send(server.server_port, [request("GET", f"/{NUMBER}")] * 2, connections=1)

    assert server.paths == ["/00000001", "/00000002", "/00000003", "/00000004"]


def test_a_refusal_is_an_error(server):
    with pytest.raises(RuntimeError, match="1 requests failed: HTTP/1.1 404"):
        Generator().send(server.server_port, [request("GET", "/sized"), request("GET", "/missing")])
