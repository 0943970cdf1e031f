import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import struct
import threading
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.servers import Server, parse

HEAD = b"POST /images HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
INVITATION = b"HTTP/1.1 100 Continue\r\n\r\n"
# Larger than the memory limit of a spooled file, so that it is written to disk.
PICTURE = pictures.raw_png(4, 4, extra=pictures.chunk(b"noIs", bytes(900_000)))
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nana\r\n--b\r\n'
    b'Content-Disposition: form-data; name="image_data"; filename="cat.png"\r\n\r\n'
    + PICTURE
    + b"\r\n--b--\r\n"
)
FORM_TYPE = b"Content-Type: multipart/form-data; boundary=b\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n"
JSON_TYPE = b"Content-Type: application/json\r\n"
MANY = 100_000
RESET = struct.pack("ii", 1, 0)


@pytest.fixture
def start(tmp_path):
    """Start a server whose temporary files are in a folder of their own."""
    (tmp_path / "temporary").mkdir()
    with contextlib.ExitStack() as stack:

        def start():
            settings = {"TMPDIR": str(tmp_path / "temporary")}
            server = Server(tmp_path / "data", **settings).wait_until_up()
            stack.callback(server.end)
            stack.callback(server.process.kill)
            return server

        yield start


@contextlib.contextmanager
def upload(server, head):
    """Give a connection whose upload headers were read, so that the app waits for the body."""
    with server.connect() as connection:
        connection.sendall(HEAD + head)
        assert connection.recv(len(INVITATION), socket.MSG_WAITALL) == INVITATION
        yield connection


def read_answer(connection):
    """Return (status, JSON body) of the answer on a connection."""
    status, _, body = parse(b"".join(iter(lambda: connection.recv(65536), b"")))
    return status, body


def wait_until_refused(server):
    """Wait until the server accepts no new connection."""
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            server.connect().close()


def spooled(server):
    """Return the temporary files that the server's workers have open."""
    opened = []
    for worker in server.workers():
        for link in Path(f"/proc/{worker}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                opened.append(os.readlink(link))
    return [path for path in opened if "/temporary/" in path]


def left_in(folder):
    """Return the records and the files that a server left in its folder."""
    records = []
    if (folder / "data/images.db").exists():
        with contextlib.closing(sqlite3.connect(folder / "data/images.db")) as connection:
            # A server that is stopped at once has not created its tables yet.
            if connection.execute("SELECT * FROM sqlite_master").fetchall():
                records = connection.execute("SELECT * FROM images").fetchall()
    files = [*folder.glob("data/objects/images/**/*"), *folder.glob("temporary/*")]
    return records + files


def test_a_running_upload_is_finished(start):
    server = start()
    with upload(server, FORM_TYPE + LENGTH % len(FORM)) as connection:
        connection.sendall(FORM[:500_000])
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server)
        connection.sendall(FORM[500_000:])
        status, image = read_answer(connection)

    assert status == 201
    assert server.end() == (0, "")
    assert start().status(f"/images/{image['image_id']}") == 200


def test_a_running_bad_upload_is_answered(start, tmp_path):
    server = start()
    with upload(server, JSON_TYPE + LENGTH % 2) as connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server)
        connection.sendall(b"{}")
        status, problem = read_answer(connection)

    assert (status, problem["type"]) == (400, "/problems/invalid-fields")
    assert server.end() == (0, "")
    assert left_in(tmp_path) == []


def test_an_idle_connection_does_not_delay_the_stop(start):
    server = start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with contextlib.closing(connection):
        connection.request("GET", "/health")
        connection.getresponse().read()

        assert server.stop() == (0, "")
        assert connection.sock.recv(1) == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_quick_stop_waits_for_no_client(start, tmp_path, number):
    server = start()
    with upload(server, FORM_TYPE + LENGTH % len(FORM)) as connection:
        connection.sendall(FORM[:800_000])

        # Half a minute otherwise; end() waits for 20 s.
        assert server.stop(number) == (0, "")
    assert left_in(tmp_path) == []


def test_a_quick_stop_amid_a_rush_of_clients(start):
    server = start()
    threading.Timer(0.2, server.process.send_signal, [signal.SIGINT]).start()

    with contextlib.ExitStack() as connections, contextlib.suppress(OSError):
        while True:
            connection = connections.enter_context(server.connect())
            connection.sendall(HEAD + FORM_TYPE + LENGTH % len(FORM) + FORM[:100])

    assert server.end()[0] == 0


@pytest.mark.parametrize(
    ("head", "half", "way"),
    [
        (FORM_TYPE + LENGTH % len(FORM), FORM[:800_000], "closed"),
        (FORM_TYPE + LENGTH % len(FORM), FORM[:800_000], "reset"),
        (FORM_TYPE + CHUNKED % len(FORM), FORM[:800_000], "closed"),
        (JSON_TYPE + LENGTH % 2_000, json.dumps({"user_id": "ana"}).encode(), "reset"),
    ],
    ids=["form closed", "form reset", "chunks closed", "json reset"],
)
def test_a_client_gone_half_way_leaves_nothing(start, tmp_path, head, half, way):
    server = start()
    with upload(server, head) as connection:
        connection.sendall(half)
        if way == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    assert server.stop() == (0, "")
    assert left_in(tmp_path) == []


def test_a_client_gone_half_way_leaves_no_open_file(start):
    server = start()
    with upload(server, FORM_TYPE + LENGTH % len(FORM)) as connection:
        connection.sendall(FORM[:800_000])

        assert any(spooled(server) for _ in range(MANY))
    assert any(not spooled(server) for _ in range(MANY))
    assert server.stop() == (0, "")
