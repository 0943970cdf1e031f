"""Slow clients do not hold up others, and are served as long as they keep a minimum speed."""

import base64
import contextlib
import json
import os
import select
import socket
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.servers import CHUNKED, POST, parse
from tests.test_server import ROOT, start  # noqa: F401

LAST = b"Connection: close\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
FORM = POST.replace(b"application/json", b"multipart/form-data; boundary=x")
# Larger than what the kernel keeps for a connection.
LARGE = pictures.raw_png(4, 4, extra=pictures.chunk(b"noIs", os.urandom(3_000_000)))
HALVES = {
    "nothing": b"",
    "head": b"GET /health HTTP/1.1\r\nX-A",
    "JSON": POST + LENGTH % 100_000 + b"{",
    "chunks": CHUNKED + b"1000\r\n{",
    "form": FORM + LENGTH % 100_000 + b"--x",
    "refused": POST.replace(b"/images", b"/nothing") + LENGTH % 100_000 + b"{",
    "awaited": POST + b"Expect: 100-continue\r\n" + LENGTH % 100_000,
}
# gunicorn's settings, but with a tenth of a second or so in place of the times.
IMPATIENT = f"""
import runpy
globals().update(runpy.run_path({str(ROOT / "gunicorn.conf.py")!r}))
from service.running.gunicorn_worker import ImageWorker
class Impatient(ImageWorker):
    head_seconds = pace_seconds = 0.5
    pace_speed = {{speed}}
worker_class = Impatient
"""
FEW_FILES = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
runpy.run_path({main!r}, run_name="__main__")
"""


@pytest.fixture
def impatient(start, tmp_path, request):  # noqa: F811
    """A server that waits half a second where it usually waits 20 or 30."""
    settings = IMPATIENT.format(speed=getattr(request, "param", 1000))
    (tmp_path / "impatient.conf.py").write_text(settings)
    command = ("-m", "gunicorn", "-c", tmp_path / "impatient.conf.py", "main:app")
    return start(*command).wait_until_up()


def upload(server, content, more=LAST, timeout=5, **fields):
    """Upload a picture as JSON; return the answer's status and body."""
    body = body_of(content, **fields)
    with server.connect(timeout) as connection:
        connection.sendall(POST + more + LENGTH % len(body) + body)
        status, _, image = parse(read_all(connection))
    return status, image


def body_of(content, **fields):
    """Return the JSON body of an upload."""
    text = base64.b64encode(content).decode()
    return json.dumps({"user_id": "ana", "filename": "a.png", "image_data": text} | fields).encode()


def read_all(connection):
    """Return what the server sends until it closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def reading_slowly(server, stack, head):
    """Send a request, and read nothing of its answer."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(head)
    return connection


def trickle(connection, content, size, seconds=0.05):
    """Send content in pieces, until it is sent or the server answers; return the answer."""
    for place in range(0, len(content), size):
        if select.select([connection], [], [], seconds)[0]:
            break
        connection.sendall(content[place : place + size])
    return read_all(connection)


def path_of(image):
    """Return the path of an image's file, with its signature."""
    return "/files" + image["url"].partition("/files")[2]


@pytest.mark.parametrize("name", HALVES)
def test_senders_that_stop_half_way_hold_no_thread(start, name):  # noqa: F811
    server = start(THREADS="2").wait_until_up()
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(server.connect()).sendall(HALVES[name])

        assert server.status("/health", timeout=2) == 200
        assert upload(server, pictures.png(8, 8), timeout=2)[0] == 201


@pytest.mark.parametrize("kind", ["file", "range", "script"])
def test_slow_readers_hold_no_thread(start, kind):  # noqa: F811
    server = start(THREADS="2").wait_until_up()
    path = path_of(upload(server, LARGE)[1]).encode()
    more = b"Range: bytes=10-2900000\r\n" if kind == "range" else b""
    path = b"/docs/swagger-ui-bundle.js" if kind == "script" else path
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            reading_slowly(server, stack, b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (path, more))

        assert server.status("/health", timeout=2) == 200
        assert upload(server, pictures.png(8, 8), timeout=2)[0] == 201


@pytest.mark.parametrize("content", [HALVES["head"], HALVES["JSON"], HALVES["form"]])
def test_who_stops_half_way_is_told_why(impatient, content):
    status, headers, problem = parse(impatient.send(content))

    assert (status, problem["type"]) == (408, "/problems/request-timeout")
    assert headers["connection"] == "close"
    assert "arrive" in problem["detail"]


def test_who_sends_nothing_is_disconnected(impatient):
    assert impatient.send(b"") == b""


def test_the_time_for_a_head_does_not_renew(impatient):
    with impatient.connect() as connection:
        answer = trickle(connection, b"GET /health HTTP/1.1\r\nX: " + b"a" * 100, 1)

    assert parse(answer)[0] == 408


def test_a_body_below_the_minimum_speed_is_refused(impatient):
    with impatient.connect() as connection:
        connection.sendall(POST + LENGTH % 1000)
        answer = trickle(connection, b" " * 100, 1)

    assert parse(answer)[0] == 408


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_upload_at_a_low_speed_succeeds(impatient, framing):
    body = body_of(pictures.png(8, 8)) + b" " * 4000
    head = POST + LAST + LENGTH % len(body)
    if framing == "chunks":
        head = POST + LAST + b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with impatient.connect() as connection:
        connection.sendall(head)
        answer = trickle(connection, body, 100)

    # Two seconds, though the server waits for half a second where nothing comes.
    assert parse(answer)[0] == 201


def test_a_download_at_a_low_speed_succeeds(impatient):
    path = path_of(upload(impatient, LARGE)[1]).encode()
    with contextlib.ExitStack() as stack:
        head = b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path
        connection = reading_slowly(impatient, stack, head)
        answer = b""
        while piece := connection.recv(40_000):
            answer += piece
            select.select([], [], [], 0.02)

    assert answer.endswith(LARGE[-1000:])
    assert answer.partition(b"\r\n\r\n")[2] == LARGE


# What the kernels take of an answer counts as taken.
@pytest.mark.parametrize("impatient", [10_000_000], indirect=True)
def test_who_stops_reading_is_disconnected(impatient):
    path = path_of(upload(impatient, LARGE)[1]).encode()
    with contextlib.ExitStack() as stack:
        connection = reading_slowly(impatient, stack, b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path)
        gone = select.poll()
        gone.register(connection, select.POLLRDHUP)

        assert gone.poll(5000)


def test_answers_that_nobody_takes_are_bounded(start):  # noqa: F811
    server = start(WORKERS="1", THREADS="8").wait_until_up()
    page = b"GET /images?limit=100 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    fields = {"description": "\U0001f600" * 1000, "filename": "\U0001f600" * 255}
    tags = [chr(0x1F600 + number) * 50 for number in range(20)]
    for _ in range(100):
        assert upload(server, pictures.png(8, 8), tags=tags, **fields)[0] == 201
    with contextlib.ExitStack() as stack:
        readers = [reading_slowly(server, stack, page) for _ in range(100)]
        gone = select.poll()
        gone.register(readers[0], select.POLLRDHUP)

        # Each has nearly a megabyte. Readers that take nothing have 30 s otherwise.
        assert gone.poll(15_000)
        assert len(parse(read_all(readers[-1]))[2]["images"]) == 100


def test_a_kept_connection_goes_on_after_a_large_answer(start):  # noqa: F811
    server = start().wait_until_up()
    path = path_of(upload(server, LARGE)[1]).encode()
    get = b"GET %b HTTP/1.1\r\nHost: a\r\n" % path
    answer = server.send((get + b"\r\n") * 2 + get + LAST + b"\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(LARGE) == 3


def test_more_connections_than_files_end_no_worker(start):  # noqa: F811
    few = FEW_FILES.format(soft=200, hard=200, main=str(ROOT / "main.py"))
    server = start("-c", few, WORKERS="1", THREADS="4").wait_until_up()
    server.status("/health")
    before = server.workers()
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(server.connect())

        assert server.status("/health", timeout=2) == 200
        assert upload(server, pictures.png(8, 8), timeout=2)[0] == 201
    assert server.workers() == before
    assert server.stop() == (0, "")


def test_the_limit_of_open_files_is_raised(start):  # noqa: F811
    few = FEW_FILES.format(soft=100, hard=1000, main=str(ROOT / "main.py"))
    server = start("-c", few, WORKERS="1").wait_until_up()
    server.status("/health")
    (worker,) = server.workers()
    (line,) = [
        line
        for line in Path(f"/proc/{worker}/limits").read_text().splitlines()
        if line.startswith("Max open files")
    ]

    assert line.split()[3:5] == ["1000", "1000"]


def test_withheld_bodies_take_little_memory(start):  # noqa: F811
    server = start(WORKERS="1").wait_until_up()
    upload(server, LARGE)
    body = body_of(LARGE)
    (worker,) = server.workers()
    before = memory(worker, "VmRSS")
    with contextlib.ExitStack() as stack:
        senders = [stack.enter_context(server.connect(30)) for _ in range(20)]
        for connection in senders:
            connection.sendall(POST + LAST + LENGTH % len(body) + body[:-1])
        for connection in senders:
            connection.sendall(body[-1:])
        statuses = {parse(read_all(connection))[0] for connection in senders}

    assert statuses == {201}
    # They have 80 MB; one takes 16 MB while it is read, and two are read at once.
    assert memory(worker, "VmHWM") - before < 60
    assert memory(worker, "VmRSS") - before < 30


def memory(pid, name):
    """Return a figure of a process's memory, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    return int(line.split()[1]) / 1024
