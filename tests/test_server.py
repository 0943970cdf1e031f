import contextlib
import http.client
import json
import os
import signal
from pathlib import Path

import pytest

from service.common.version import VERSION
from tests.support.servers import CHUNKED, POST, Server, parse

ROOT = Path(__file__).resolve().parent.parent
STOPPED_AT_BIRTH = f"""
import os, runpy, signal
shipped = runpy.run_path({str(ROOT / "gunicorn.conf.py")!r})
globals().update(shipped)
def post_fork(arbiter, worker):
    shipped["post_fork"](arbiter, worker)
    if worker.age == 1:
        open("first", "w").write(str(worker.pid))
        os.kill(worker.pid, signal.SIGTERM)
"""
# Simulates a machine without gunicorn.
WITHOUT_GUNICORN = f"""
import runpy, sys
sys.modules["gunicorn"] = None
runpy.run_path({str(ROOT / "main.py")!r}, run_name="__main__")
"""
MALFORMED = {
    "no request": (b"HELO\r\n\r\n", 400),
    "bytes": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "lower case method": (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bad version": (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400),
    "bad header": (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
    "folded header": (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "NUL in header": (b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "length and chunks": (CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    "negative length": (POST + b"Content-Length: -5\r\n\r\n", 400),
    "unknown coding": (POST + b"Transfer-Encoding: magic\r\n\r\n", 400),
    "long URL": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "64 KB header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 65536 + b"\r\n\r\n", 431),
    "90 KB of headers": (
        b"GET / HTTP/1.1\r\n" + (b"A: " + b"a" * 8000 + b"\r\n") * 11 + b"\r\n",
        431,
    ),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431),
    "expectation": (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
    "bad chunk size": (CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", 400),
    "endless chunk size": (CHUNKED + b"f" * 9000, 400),
    "unterminated chunk": (CHUNKED + b"5\r\nhelloXX0\r\n\r\n", 400),
}


@pytest.fixture
def start(tmp_path):
    servers = []

    def start(*command, data_dir=tmp_path / "data", **settings):
        servers.append(Server(data_dir, *command, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server") / "data").wait_until_up()
    yield server
    assert server.stop() == (0, "")


def test_it_works(start, tmp_path):
    server = start().wait_until_up()

    assert server.status("/health") == 200
    assert f"http://localhost:{server.port}, version {VERSION}," in server.line
    assert f"{tmp_path / 'data'}." in server.line
    assert f"curl -F user_id=me -F image_data=@photo.jpg http://localhost:{server.port}/images" in (
        server.line
    )
    assert server.stop() == (0, "")


def test_a_taken_port_is_one_clear_line(server, start):
    code, errors = start(port=server.port).end()

    assert code == 1
    assert errors.count("\n") == 1
    assert f"Port {server.port} is taken" in errors
    assert f"PORT={server.port + 1}" in errors


def test_a_second_server_on_the_same_data_is_refused(start, tmp_path):
    start().wait_until_up()
    code, errors = start().end()

    assert code == 1
    assert errors == (
        f"Another server is already running on DATA_DIR={tmp_path / 'data'}: stop it first.\n"
    )


def test_werkzeugs_server_locks_the_data_too(start, tmp_path):
    first = start("-c", WITHOUT_GUNICORN).wait_until_up()
    code, errors = start("-c", WITHOUT_GUNICORN).end()
    with_gunicorn = start().end()
    first.stop(signal.SIGKILL)

    assert "no gunicorn here" in first.line
    assert (code, errors) == with_gunicorn
    assert errors == (
        f"Another server is already running on DATA_DIR={tmp_path / 'data'}: stop it first.\n"
    )
    assert start().wait_until_up().status("/health") == 200


def test_an_unwritable_data_folder_is_one_clear_line(start, tmp_path):
    (tmp_path / "file").write_text("")
    code, errors = start(data_dir=tmp_path / "file").end()

    assert code == 1
    assert errors == f"DATA_DIR={tmp_path / 'file'} cannot be written to: File exists.\n"


@pytest.mark.parametrize(
    "command",
    [
        (),
        (ROOT / "main.py", "doctor"),
        ("-m", "gunicorn", "-c", ROOT / "gunicorn.conf.py", "main:app"),
        ("-m", "flask", "run"),
    ],
    ids=["main", "command", "gunicorn", "flask"],
)
def test_a_bad_setting_is_one_clear_line(start, command):
    code, errors = start(*command, FLASK_APP="main", MAX_IMAGE_SIZE="10MB").end()

    assert code == 2
    assert errors.startswith("MAX_IMAGE_SIZE='10MB' cannot be used")
    assert errors.count("\n") == 1


def test_a_killed_worker_is_replaced(start):
    server = start().wait_until_up()
    server.status("/health")
    before = server.workers()
    os.kill(int(before[0]), signal.SIGKILL)

    assert server.status("/health") == 200
    assert server.workers() != before
    assert "SIGKILL" in json.loads(server.stop()[1])["event"]


def test_a_worker_stopped_just_after_the_fork_stops(start, tmp_path):
    (tmp_path / "stopped.conf.py").write_text(STOPPED_AT_BIRTH)
    server = start("-m", "gunicorn", "-c", tmp_path / "stopped.conf.py", "main:app").wait_until_up()

    assert server.status("/health") == 200
    assert server.workers() != [(tmp_path / "first").read_text()]
    assert server.stop() == (0, "")


def test_a_killed_server_starts_again_at_once(start):
    server = start().wait_until_up()
    server.status("/health")
    server.stop(signal.SIGKILL)

    assert start(port=server.port).wait_until_up().status("/health") == 200


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_a_problem(server, name):
    content, expected = MALFORMED[name]
    status, headers, body = parse(server.send(content))

    assert status == body["status"] == expected
    assert body["type"].startswith("/problems/")
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"] == body["request_id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["connection"] == "close"
    assert server.status(body["type"]) == 200


@pytest.mark.parametrize(("name", "path"), [("90 KB of headers", "/"), ("64 KB header", None)])
def test_a_malformed_request_names_its_path_if_known(server, name, path):
    _, _, body = parse(server.send(MALFORMED[name][0]))

    assert body.get("instance") == path


def test_too_large_a_body_is_refused_without_100_continue(server):
    content = POST + b"Content-Length: 5000000000\r\nExpect: 100-continue\r\n\r\n"
    status, headers, _ = parse(server.send(content))

    assert status == 413
    assert headers["connection"] == "close"


def test_a_refused_sender_reads_the_answer(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with contextlib.closing(connection):
        connection.request("POST", "/images", bytes(40 << 20), {"Content-Type": "application/json"})

        assert connection.getresponse().status == 413


def test_100_continue_is_sent_to_a_client_that_waits(server):
    with server.connect() as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")

        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_very_slow_clients_do_not_block_others(server):
    with contextlib.ExitStack() as stack:
        for start in [b"GET /health HTTP/1.1\r\nX-A"] * 40 + [
            POST + b"Content-Length: 100000\r\n\r\n{"
        ] * 24:
            stack.enter_context(server.connect()).sendall(start)

        assert server.status("/health", timeout=1) == 200
