"""New connections go to the worker that has fewer, and never wait for one that is not there."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.test_server import start  # noqa: F401

ASK = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def server(start):  # noqa: F811
    server = start(WORKERS="2").wait_until_up()
    wait_for_both(server)
    return server


def wait_for_both(server):
    """Open connections until both workers have some, then close them."""
    with contextlib.ExitStack() as stack:
        while True:
            open_some(server, stack, 1)
            found = [sockets(worker) for worker in server.workers()]
            # One of them is where it accepts connections.
            if len(found) == 2 and min(found) > 1:
                return


def sockets(worker):
    """Return how many sockets a process has open."""
    found = 0
    for link in Path(f"/proc/{worker}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += os.readlink(link).startswith("socket:")
    return found


def open_some(server, stack, number):
    """Open connections that are kept, one after another; return the longest wait for an answer."""
    waits = []
    for _ in range(number):
        began = time.monotonic()
        connection = stack.enter_context(server.connect())
        connection.sendall(ASK)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        waits.append(time.monotonic() - began)
    return max(waits)


@contextlib.contextmanager
def stopped(worker):
    """Let a worker do nothing while a block runs."""
    os.kill(int(worker), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(int(worker), signal.SIGCONT)


def test_a_worker_with_fewer_connections_gets_the_next_ones(server):
    first, second = server.workers()
    with contextlib.ExitStack() as stack:
        with stopped(second):
            # The first one takes all that come, and hardly waits for the second.
            assert open_some(server, stack, 10) < 1
            assert sockets(first) - sockets(second) >= 9

        # On a machine that is very busy, the second one may not wake in time for some of them.
        for _ in range(4):
            open_some(server, stack, 15)
            if abs(sockets(first) - sockets(second)) <= 6:
                break
        assert abs(sockets(first) - sockets(second)) <= 6


def test_a_killed_worker_is_not_waited_for(server):
    first, _second = server.workers()
    with contextlib.ExitStack() as stack:
        open_some(server, stack, 10)
        os.kill(int(first), signal.SIGKILL)
        assert open_some(server, stack, 10) < 1
        wait_for_both(server)
        assert first not in server.workers()
