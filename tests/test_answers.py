"""How answers go out: in one piece, in chunks, or broken off."""

import http.client
import json

import pytest

from tests.support.gateway_events import multipart
from tests.support.servers import parse
from tests.test_server import ROOT, server, start  # noqa: F401

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"
# gunicorn's settings, and routes whose answers have no length.
STREAMS = f"""
import runpy
globals().update(runpy.run_path({str(ROOT / "gunicorn.conf.py")!r}))
import main
def pieces(kind):
    yield b"one, "
    yield b""
    if kind == "broken":
        raise ValueError("nothing more")
    yield b"two"
def stream(kind):
    return main.app.response_class(pieces(kind), mimetype="text/plain")
main.app.add_url_rule("/streams/<kind>", view_func=stream)
"""


@pytest.fixture
def streams(start, tmp_path):  # noqa: F811
    (tmp_path / "streams.conf.py").write_text(STREAMS)
    command = ("-m", "gunicorn", "-c", tmp_path / "streams.conf.py", "main:app")
    return start(*command).wait_until_up()


def test_an_answer_comes_in_one_piece(server):  # noqa: F811
    with server.connect() as connection:
        for _ in range(20):
            connection.sendall(GET % b"/images")
            status, headers, body = parse(connection.recv(65536))

            assert status == 200
            assert body == {"images": [], "count": 0, "next_cursor": None}
            assert headers["connection"] == "keep-alive"


def test_an_answer_without_a_body_comes_at_once(server):  # noqa: F811
    with server.connect() as connection:
        connection.sendall((GET % b"/health").replace(b"GET", b"HEAD") * 2)
        answer = connection.recv(65536)
        while answer.count(b"\r\n\r\n") < 2:
            answer += connection.recv(65536)

        assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_a_file_that_has_become_empty_breaks_nothing(start, tmp_path, picture):  # noqa: F811
    serving = start().wait_until_up()
    body, content_type = multipart(picture, user_id="ana")
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=5)
    connection.request("POST", "/images", body, {"Content-Type": content_type})
    address = json.load(connection.getresponse())["url"]
    for file in tmp_path.glob("data/objects/images/*/*"):
        file.write_bytes(b"")
    for _ in range(2):
        connection.request("GET", address)
        response = connection.getresponse()

        assert (response.status, response.read()) == (200, b"")
    connection.close()
    assert serving.stop() == (0, "")


def test_a_stream_comes_in_chunks(streams):
    connection = http.client.HTTPConnection("127.0.0.1", streams.port, timeout=5)
    for _ in range(2):
        connection.request("GET", "/streams/whole")
        response = connection.getresponse()

        assert response.headers["Transfer-Encoding"] == "chunked"
        assert response.read() == b"one, two"
    connection.close()


def test_a_broken_stream_ends_its_connection(streams):
    with streams.connect() as connection:
        connection.sendall(GET % b"/streams/broken")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    # Neither a second answer nor the end of the first.
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(b"5\r\none, \r\n")
    assert streams.status("/health") == 200
    _code, errors = streams.stop()
    assert "answer broken off" in errors
    assert "nothing more" in errors
