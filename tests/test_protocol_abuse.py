"""Requests with a wrong end are refused, and bytes after them are never read as a request."""

import base64
import contextlib
import json
import re
import socket

import pytest

from tests.support import pictures
from tests.support.servers import CHUNKED, POST, Server

BEHIND = b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
LAST = b"Connection: close\r\n"
PICTURE = base64.b64encode(pictures.png(8, 8)).decode()
UPLOAD = json.dumps({"user_id": "ana", "filename": "cat.png", "image_data": PICTURE}).encode()
FORM = b"POST /images HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
BODY = b'{"a":"b"}'

FRAMING = {
    "length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "one length twice": POST + b"Content-Length: 9\r\nContent-Length: 9\r\n\r\n" + BODY,
    "lengths in a list": POST + b"Content-Length: 9, 9\r\n\r\n" + BODY,
    "length with a sign": POST + b"Content-Length: +9\r\n\r\n" + BODY,
    "length in base 16": POST + b"Content-Length: 0x9\r\n\r\n" + BODY,
    "length with an underscore": POST + b"Content-Length: 0_9\r\n\r\n" + BODY,
    "length in other digits": POST + "Content-Length: ９\r\n\r\n".encode() + BODY,
    "no length": POST + b"Content-Length:\r\n\r\n" + BODY,
    "space before the colon": POST + b"Content-Length : 9\r\n\r\n" + BODY,
    "length in a folded line": POST + b"Content-Length:\r\n 9\r\n\r\n" + BODY,
    "chunks twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunks in two headers": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "chunks, then another": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a tab in chunked": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "nearly chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "carriage return alone": POST + b"X: a\rContent-Length: 9\r\n\r\n" + BODY,
    "line feed alone": POST + b"X: a\nContent-Length: 9\r\n\r\n" + BODY,
}
CHUNKS = {
    "negative": b"-9\r\n" + BODY,
    "signed": b"+9\r\n" + BODY,
    "prefixed": b"0x9\r\n" + BODY,
    "underscore": b"0_9\r\n" + BODY,
    "space before": b" 9\r\n" + BODY,
    "two numbers": b"9 9\r\n" + BODY,
    "none": b"\r\n" + BODY,
    "line feed alone": b"9\n" + BODY,
    "line feed in an extension": b"9;a=\n\r\n" + BODY,
    "too short": b"8\r\n" + BODY,
    "too long": b"a\r\n" + BODY,
    "trailer without a colon": b"0\r\nno colon\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("abuse") / "data").wait_until_up()
    yield server
    assert server.stop() == (0, "")


def statuses(answer):
    """Return the status of each response in a server's bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize("name", FRAMING)
def test_ambiguous_framing_is_refused(server, name):
    answer = server.send(FRAMING[name] + BEHIND)

    assert statuses(answer) in ([400], [501])
    assert b"connection: close" in answer.lower()


def test_a_request_without_a_host_is_refused(server):
    answer = server.send(b"GET /health HTTP/1.1\r\n\r\n")

    assert statuses(answer) == [400]
    assert b"Send a Host header" in answer


def test_an_old_request_needs_no_host(server):
    assert server.send(b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")


@pytest.mark.parametrize(
    "options", [b"TE, close", b"Close", b"close,TE", b"TE\r\nConnection: close"]
)
def test_a_connection_is_closed_when_a_client_asks(server, options):
    request = b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: " + options + b"\r\n\r\n"

    assert statuses(server.send(request + BEHIND)) == [200]


@pytest.mark.parametrize("name", CHUNKS)
def test_bad_chunks_are_refused(server, name):
    answer = server.send(CHUNKED + CHUNKS[name] + b"\r\n0\r\n\r\n" + BEHIND)

    assert statuses(answer) == [400]
    assert b"connection: close" in answer.lower()


def chunked(data, size):
    """Return data in chunks of `size` bytes."""
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_far_more_chunks_than_bytes_call_for_are_refused(server):
    answer = server.send(CHUNKED + chunked(b" " * 11_000 + UPLOAD, 1) + BEHIND)

    assert statuses(answer) == [400]


@pytest.mark.parametrize(("space", "size"), [(9_000, 1), (1_000_000, 100), (8_000_000, 600)])
def test_small_chunks_are_taken(server, space, size):
    answer = server.send(CHUNKED + chunked(b" " * space + UPLOAD, size) + BEHIND)

    assert statuses(answer) == [201, 200]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (POST + b"Content-Length: 5000000000\r\n\r\n", 413),
        (CHUNKED + b"1000000000\r\n", 400),
        (POST.replace(b"application/json", b"text/plain") + LENGTH % 1000, 415),
        (POST.replace(b"/images", b"/nothing") + LENGTH % 1000, 404),
        (POST.replace(b"POST", b"PUT") + LENGTH % 1000, 405),
        (POST.replace(b"/images", b"/images?a=b") + LENGTH % 1000, 400),
    ],
    ids=["5 GB", "a chunk of 64 GB", "no upload", "no path", "no method", "no parameter"],
)
def test_an_unread_body_is_never_a_request(server, head, status):
    with server.connect() as connection:
        connection.sendall(head + BEHIND * 4)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert statuses(answer) == [status]
    assert b"connection: close" in answer.lower()


def test_a_read_body_is_never_a_request(server):
    answer = server.send(POST + LENGTH % len(BEHIND) + BEHIND + BEHIND)

    assert statuses(answer) == [400, 200]


@pytest.mark.parametrize(
    "body",
    [LENGTH % len(UPLOAD) + UPLOAD, b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%b\r\n0\r\n\r\n"],
    ids=["length", "chunks"],
)
def test_two_uploads_in_one_write_are_both_stored(server, body):
    if b"%x" in body:
        body %= (len(UPLOAD), UPLOAD)
    answer = server.send(POST + body + POST + LAST + body)

    assert statuses(answer) == [201, 201]
    paths = re.findall(rb"Location: (\S+)", answer)
    assert len(set(paths)) == 2
    assert {server.status(path.decode()) for path in paths} == {200}


def test_an_upload_in_tiny_chunks_is_stored(server):
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in UPLOAD)

    assert statuses(server.send(POST + LAST + CHUNKED[len(POST) :] + chunks + b"0\r\n\r\n")) == [
        201
    ]


@pytest.mark.parametrize("count", [101, 1000, 20_000])
def test_a_form_of_many_parts_is_refused(server, count):
    part = b'--x\r\nContent-Disposition: form-data; name="tags"\r\n\r\na\r\n'
    body = part * count + b"--x--\r\n"

    assert statuses(server.send(FORM + LAST + LENGTH % len(body) + body)) == [413]


def test_an_upload_among_slow_senders_is_stored(server):
    starts = [POST[:-2], POST + LENGTH % 100_000 + b"{", FORM + LENGTH % 100_000 + b"--x", CHUNKED]
    with contextlib.ExitStack() as stack:
        for start in starts * 10:
            stack.enter_context(server.connect()).sendall(start)

        answer = server.send(POST + LAST + LENGTH % len(UPLOAD) + UPLOAD)

    assert statuses(answer) == [201]


def test_aborted_uploads_do_not_harm_the_server(server):
    for cut in range(1, len(UPLOAD), len(UPLOAD) // 40):
        with server.connect() as connection:
            connection.sendall(POST + LENGTH % len(UPLOAD) + UPLOAD[:cut])

    assert server.status("/ready") == 200
